// @ts-check
/** The square that the network really sees, how it was made step by step, and without that. */

import { pixelCanvas } from "./pixel_canvas.js";
import { h } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

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
    h("div", { class: "path" }, () => seen(store), () => steps(store)));
}

/** @param {Store} store */
function seen(store) {
  const [height, width] = store.model.shape;
  const data = store.square.value?.square ?? new Uint8Array(height * width);
  return h("figure", { class: "seen" },
    pixelCanvas({ width, height, data }, words.square.seen(height, width)),
    h("figcaption", {}, words.square.size(height, width)));
}

/** The steps of the preparation, each with its name and what it does. @param {Store} store */
function steps(store) {
  const square = store.square.value;
  if (!square) return h("p", { class: "muted steps-none" }, words.square.empty);
  if (square.steps.length === 0) return null;
  const known = /** @type {Record<string, string[]>} */ (words.square.steps);
  return h("ol", { class: "steps", "aria-label": words.square.stepsLabel },
    ...square.steps.filter(({ name }) => name !== "square").map((step) => {
      const [title, about] = known[step.name] ?? [step.name, ""];
      return h("li", { class: "step" }, pixelCanvas(step, title),
        h("p", {}, h("strong", {}, title), h("span", { class: "muted" }, about)));
    }));
}
