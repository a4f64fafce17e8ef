// @ts-check
/** The square that the network really sees, how it was made step by step, and without that. */

import { later } from "./later.js";
import { pixelCanvas } from "./pixel_canvas.js";
import { effect, h, signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

const LONGEST = 200; // pixels of a step's side

/** @param {Store} store @returns {HTMLElement} */
export function squareView(store) {
  const [height, width] = store.model.shape;
  const fixed = () => store.drawing.value.kind === "square";
  return h("section", { class: "square card", "aria-labelledby": "square-title" },
    h("div", { class: "card-head" },
      h("h2", { id: "square-title" }, words.square.title),
      h("label", { class: "switch" },
        h("input", { type: "checkbox", role: "switch", disabled: fixed,
          checked: () => !store.prepared.value,
          onchange: (/** @type {Event} */ event) => {
            store.prepared.value = !(/** @type {HTMLInputElement} */ (event.target)).checked;
          } }),
        words.square.without)),
    h("p", { class: "muted square-about" }, () =>
      fixed() ? words.square.fixed : store.prepared.value ? words.square.about(height, width)
        : words.square.aboutWithout(height, width)),
    () => store.square.value?.cutOff ? h("p", { class: "wrong" }, words.square.cutOff) : null,
    h("div", { class: "path" }, seen(store), steps(store)));
}

/** @param {Store} store */
function seen(store) {
  const [height, width] = store.model.shape;
  const blank = new Uint8Array(height * width);
  const shown = () => ({ width, height, data: store.square.value?.square ?? blank });
  return h("figure", { class: "seen" },
    pixelCanvas(shown, words.square.seen(height, width)),
    h("figcaption", {}, words.square.size(height, width)));
}

/** A step as large as it is shown at most: every other pixel, or fewer.
 * @param {import("./store.js").Step | undefined} of */
function thinned(of) {
  if (!of) return null;
  const { width, height, data } = of;
  const step = Math.max(1, Math.floor(Math.max(width, height) / LONGEST));
  const [rows, columns] = [Math.ceil(height / step), Math.ceil(width / step)];
  const small = new Uint8Array(rows * columns);
  for (let y = 0, to = 0; y < height; y += step) {
    for (let x = 0; x < width; x += step) small[to++] = data[y * width + x];
  }
  return { width: columns, height: rows, data: small };
}

/** The steps of the preparation, each with its name and what it does. They are large pictures,
 * painted after the answer. @param {Store} store */
function steps(store) {
  const found = later(() => store.square.value?.steps.filter(({ name }) => name !== "square"));
  const names = signal(/** @type {string | undefined} */ (undefined));
  effect(() => (names.value = found.value?.map(({ name }) => name).join(" ")));
  const known = /** @type {Record<string, string[]>} */ (words.square.steps);
  return h("div", { class: "path-steps" }, () => {
    if (names.value === undefined) return h("p", { class: "muted steps-none" }, words.square.empty);
    if (names.value === "") return null;
    return h("ol", { class: "steps", "aria-label": words.square.stepsLabel },
      ...names.value.split(" ").map((name, at) => {
        const [title, about] = known[name] ?? [name, ""];
        return h("li", { class: "step" }, pixelCanvas(() => thinned(found.value?.[at]), title),
          h("p", {}, h("strong", {}, title), h("span", { class: "muted" }, about)));
      }));
  });
}
