// @ts-check
/** Robustness: sliders change the images, and the accuracy on a sample follows. */

import { fromBase64 } from "./base64.js";
import { pixelCanvas } from "./pixel_canvas.js";
import { newest, resultsOf } from "./results.js";
import { percent2 } from "./scores_view.js";
import { slider } from "./slider.js";
import { effect, h, signal, untracked } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{count: number, right: number, interval: [number, number],
 *   examples: {pixels: string, label: number, read: number}[]}} Answer */
/** @typedef {{name: string, low: number, high: number, step: number, unit: string}} Range */

/** What can be changed, and how far, for images of a height. @param {number} side
 * @returns {Range[]} */
const ranges = (side) => [
  { name: "degrees", low: -60, high: 60, step: 1, unit: "°" },
  { name: "right", low: -Math.ceil(side / 4), high: Math.ceil(side / 4), step: 1, unit: " px" },
  { name: "down", low: -Math.ceil(side / 4), high: Math.ceil(side / 4), step: 1, unit: " px" },
  { name: "scale", low: 0.5, high: 1.5, step: 0.05, unit: "×" },
  { name: "thickness", low: -1.5, high: 2, step: 0.25, unit: " px" },
  { name: "noise", low: 0, high: 120, step: 5, unit: "" },
];

/** @param {Store} store @returns {HTMLElement} */
export function robustnessView(store) {
  const text = words.results.robustness, { kept } = resultsOf(store);
  const parts = ranges(Math.min(...store.model.shape));
  const at = kept.get("robustness") ?? Object.fromEntries(parts.map(({ name }) =>
    [name, signal(untouched(name))]));
  kept.set("robustness", at);
  const before = signal(/** @type {Answer | null} */ (null));
  const now = signal(/** @type {Answer | null} */ (null));
  const state = signal("busy");
  const query = () => Object.fromEntries(parts.map(({ name }) => [name, at[name].value]));
  const ask = newest((asked) => store.source.ask("robustness", asked), (found, asked) => {
    if (!found) return void (state.value = "failed");
    now.value = /** @type {Answer} */ (found);
    if (parts.every(({ name }) => /** @type {any} */ (asked)[name] === untouched(name))) {
      before.value = now.value;
    }
    state.value = "done";
  });
  if (!before.peek()) ask(Object.fromEntries(parts.map(({ name }) => [name, untouched(name)])));
  effect(() => {
    const wanted = query();
    untracked(() => (state.value = "busy"));
    // questions in between are left out; the first, of untouched images, is not
    if (untracked(() => before.value)) ask(wanted);
  });
  effect(() => {
    if (before.value) untracked(() => ask(query()));
  });
  const reset = () => parts.forEach(({ name }) => (at[name].value = untouched(name)));
  const share = (/** @type {Answer | null} */ found) =>
    (found ? percent2(found.right / found.count) : "…");
  return h("div", { class: "results-columns" },
    h("section", { class: "card stack", "aria-label": text.sliders },
      h("h3", {}, text.sliders), ...parts.map(({ name, low, high, step, unit }) => slider({
        name: /** @type {any} */ (text.names)[name], low, high, step, value: at[name],
        format: (value) => `${value}`.replace("-", "−") + unit })),
      h("button", { type: "button", onclick: reset }, text.reset)),
    h("section", { class: "card stack", "aria-label": text.accuracy },
      h("dl", { class: "compared", "data-state": () => state.value },
        h("div", {}, h("dt", {}, text.before), h("dd", {}, () => share(before.value))),
        h("div", {}, h("dt", {}, text.now),
          h("dd", { class: "after" }, () => share(now.value)))),
      h("p", { class: "muted small", role: "status" }, () => state.value === "failed"
        ? words.results.failed : now.value
          ? words.results.sampled(now.value, store.lab.data?.count ?? 0) : words.results.counting),
      h("h3", {}, text.seen),
      h("div", { class: "image-grid" }, () => (now.value?.examples ?? []).map((each) =>
        seen(store, each)))));
}

/** @param {string} name */
const untouched = (name) => (name === "scale" ? 1 : 0);

/** One image as the network sees it, and how it reads it. @param {Store} store
 * @param {{pixels: string, label: number, read: number}} image */
function seen(store, { pixels, label, read }) {
  const [height, width] = store.model.shape, { classes } = store.model;
  const line = words.results.robustness.read(classes[label], classes[read]);
  return h("figure", { class: label === read ? "image" : "image misread" },
    pixelCanvas({ width, height, data: fromBase64(pixels) }, line),
    h("figcaption", { "aria-hidden": "true" },
      label === read ? classes[read] : `${classes[label]} → ${classes[read]}`));
}
