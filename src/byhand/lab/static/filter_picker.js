// @ts-check
/** All filters of a layer as small pictures; one click zeroes one. */

import { scaleOf } from "./colours.js";
import { shapeBefore } from "./figures.js";
import { insideOf } from "./inside.js";
import { legend } from "./legend.js";
import { arranged, picture } from "./picture.js";
import { effect, h, signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

/**
 * @param {Store} store
 * @param {any[]} layers that have weights
 * @param {(layer: number, number: number) => void} zero
 * @returns {HTMLElement}
 */
export function filterPicker(store, layers, zero) {
  const chosen = signal(layers[0]?.index ?? 0);
  const select = h("select", {
    id: "filter-layer", onchange: () => (chosen.value = Number(select.value)),
  }, ...layers.map(({ index, text }) => h("option", { value: String(index) }, `${index} ${text}`)));
  const key = legend(words.inside.weights);
  return h("div", { class: "stack" },
    h("label", { for: "filter-layer" }, words.inside.break.layer, select),
    key.node,
    h("div", { class: "filters" }, () => tiles(store, chosen.value, zero, key)));
}

/** @param {Store} store @param {number} layer
 * @param {(layer: number, number: number) => void} zero @param {any} key */
function tiles(store, layer, zero, key) {
  const network = store.network.peek();
  const { shape } = network.layers[layer].params.w;
  const count = shape[shape.length - 1];
  const dark = insideOf(store).dark.value;
  const made = Array.from({ length: count }, (_, number) => {
    const shown = picture();
    const button = h("button", {
      type: "button", class: "filter",
      "aria-label": words.inside.break.zeroFilter(number),
      title: words.inside.break.zeroFilter(number),
      "aria-pressed": () => String(isZeroed(store, layer, number)),
      onclick: () => toggle(store, layer, number, zero),
    }, shown.node, h("span", { class: "filter-number" }, String(number)));
    return { button, shown, number };
  });
  effect(() => {
    const { data } = store.network.value.layers[layer].params.w;
    const scale = scaleOf(data, true);
    key.show(scale, dark);
    for (const { shown, number } of made) {
      const tensor = seenFilter(store, layer, data, number);
      const { layout, zoom } = arranged(tensor.shape, 56, tensor.shape.length === 1 ? 25 : 52);
      shown.show(tensor.data, layout, zoom, scale, dark);
    }
  });
  return made.map(({ button }) => button);
}

/** A filter as one picture: the mean over its input channels, in the shape of what it sees.
 * @param {Store} store @param {number} layer @param {ArrayLike<number>} data
 * @param {number} number */
function seenFilter(store, layer, data, number) {
  const network = store.network.peek();
  const { kind, params } = network.layers[layer];
  const shape = kind === "conv" ? params.w.shape.slice(0, 3) : shapeBefore(network, layer);
  const filters = params.w.shape[params.w.shape.length - 1];
  if (shape.length === 1) {
    const own = Float64Array.from({ length: shape[0] }, (_, d) => data[d * filters + number]);
    return { shape, data: own };
  }
  const [height, width, channels = 1] = shape;
  const mean = Float64Array.from({ length: height * width }, (_, i) => {
    let sum = 0;
    for (let c = 0; c < channels; c++) sum += data[(i * channels + c) * filters + number];
    return sum / channels;
  });
  return { shape: [height, width], data: mean };
}

/** @param {Store} store @param {number} layer @param {number} number */
const isZeroed = (store, layer, number) => store.changes.value.some((change) =>
  "filter" in change && change.filter.layer === layer && change.filter.number === number);

/** @param {Store} store @param {number} layer @param {number} number
 * @param {(layer: number, number: number) => void} zero */
function toggle(store, layer, number, zero) {
  const changes = store.changes.peek();
  const kept = changes.filter((change) =>
    !("filter" in change && change.filter.layer === layer && change.filter.number === number));
  if (kept.length < changes.length) store.changes.value = kept;
  else zero(layer, number);
}
