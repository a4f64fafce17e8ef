// @ts-check
/** A map of test images: near each other are those of which a layer makes nearly the same. */

import { fromBase64 } from "./base64.js";
import { imageButton } from "./image_button.js";
import { titleOf } from "./inside.js";
import { mapPlot } from "./map_plot.js";
import { pixelCanvas } from "./pixel_canvas.js";
import { resultsOf } from "./results.js";
import { computed, effect, h, signal, untracked } from "./view.js";
import { waiting } from "./waiting.js";
import { percent, words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./results.js").Scores} Scores */
/** @typedef {import("./source.js").Example} Example */
/** @typedef {{images: number[], places: Float32Array, nearest: Uint16Array,
 *   explained: number[]}} Places */

const NEAREST = 5; // neighbours of each image

/** @param {Store} store @returns {HTMLElement} */
export function mapView(store) {
  return waiting(resultsOf(store).scores, words.results.reading,
    (scores) => shown(store, scores));
}

/** @param {Store} store @param {Scores} scores */
function shown(store, scores) {
  const text = words.results.map, results = resultsOf(store);
  const choice = results.kept.get("map") ?? { method: signal("pca"),
    layer: signal(scores.layers[Math.max(0, scores.layers.length - 2)].layer) };
  results.kept.set("map", choice);
  const select = h("select", { onchange: () => (choice.layer.value = Number(select.value)) },
    ...scores.layers.map(({ layer, text: line, numbers }) => h("option", { value: String(layer),
      selected: layer === choice.layer.peek() },
    text.layer(layer, layer < 0 ? "" : titleOf({ text: line }), numbers))));
  const method = (/** @type {string} */ name) => h("button", { type: "button",
    "aria-pressed": () => String(choice.method.value === name),
    onclick: () => (choice.method.value = name) }, /** @type {any} */ (text.methods)[name]);
  return h("div", { class: "stack" },
    h("p", { class: "muted" }, text.lead),
    h("div", { class: "row" }, h("label", {}, text.choose, select),
      h("div", { class: "row", role: "group", "aria-label": text.method },
        method("pca"), method("tsne"))),
    waiting(() => results.find("map",
      { layer: choice.layer.value, method: choice.method.value }, readPlaces),
    text.waiting, (places) => drawn(store, scores, places, choice.method.peek())));
}

/** @param {any} answer @returns {Places} */
const readPlaces = (answer) => ({ ...answer,
  places: new Float32Array(fromBase64(answer.places).buffer),
  nearest: new Uint16Array(fromBase64(answer.nearest).buffer) });

/** The plot, and beside it the image that is pointed at. @param {Store} store
 * @param {Scores} scores @param {Places} places @param {string} method */
function drawn(store, scores, places, method) {
  const text = words.results.map, { imagesOf } = resultsOf(store);
  const at = signal(/** @type {number | null} */ (null));
  const near = (/** @type {number} */ i) =>
    Array.from(places.nearest.subarray(NEAREST * i, NEAREST * (i + 1)));
  const chosen = computed(() => at.value === null ? [] : [at.value, ...near(at.value)]);
  const images = signal(/** @type {Example[]} */ ([]));
  effect(() => {
    const wanted = chosen.value.map((i) => places.images[i]);
    imagesOf(wanted).then((found) => {
      if (untracked(() => chosen.value)[0] === places.images.indexOf(wanted[0])) {
        images.value = found;
      }
    }, () => {});
  });
  return h("div", { class: "map-columns" },
    h("div", { class: "stack" },
      mapPlot(store, { count: places.images.length, places: places.places, at, near,
        label: (i) => scores.labels[places.images[i]],
        wrong: (i) => scores.predictions[places.images[i]] !== scores.labels[places.images[i]],
        said: () => (at.value === null ? "" : line(at.value)) }),
      h("p", { class: "muted small" }, text.shown(places.images.length, scores.count),
        method === "pca" && ` ${text.explained(...places.explained.map(percent))}`)),
    h("aside", { class: "card stack map-panel", "aria-label": text.panel }, () =>
      images.value.length ? panel(images.value) : h("p", { class: "muted" }, text.point)));

  /** @param {number} i */
  function line(i) {
    const index = places.images[i], { classes } = store.model;
    const [truth, read] = [classes[scores.labels[index]], classes[scores.predictions[index]]];
    return words.results.said(index, truth, read, percent(scores.confidences[index]));
  }
  /** @param {Example[]} found the image, then its neighbours */
  function panel([image, ...neighbours]) {
    const [height, width] = store.model.shape;
    const name = (/** @type {Example} */ { index, label }) =>
      words.examples.one(store.model.classes[label], index);
    return [h("figure", { class: "map-image", "data-index": String(image.index) },
      pixelCanvas({ width, height, data: image.pixels }, name(image)),
      h("figcaption", {}, line(places.images.indexOf(image.index)))),
    h("h3", {}, text.neighbours),
    h("div", { class: "image-grid near" }, ...neighbours.map((each) => untracked(() =>
      h("figure", { class: "image" }, imageButton(store, each, name(each)),
        h("figcaption", { "aria-hidden": "true" }, store.model.classes[each.label])))))];
  }
}
