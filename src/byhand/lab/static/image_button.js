// @ts-check
/** A test image as a button that shows it on the pad. */

import { pixelCanvas } from "./pixel_canvas.js";
import { h } from "./view.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./source.js").Example} Example */

/** Show an image on the pad; its true class is known. @param {Store} store
 * @param {Example} image */
export function use(store, { index, label, pixels }) {
  store.show({ kind: "square", pixels, index, label });
  const name = store.lab.data?.classes[label] ?? "";
  const number = store.model.classes.indexOf(name);
  store.label.value = number >= 0 ? number : null;
}

/** One image as a button. @param {Store} store @param {Example} image @param {string} label */
export function imageButton(store, image, label) {
  const [height, width] = store.model.shape;
  const chosen = () => {
    const { value } = store.drawing;
    return value.kind === "square" && value.index === image.index;
  };
  return h("button", { type: "button", class: "example", onclick: () => use(store, image),
    "data-index": String(image.index), "aria-pressed": () => String(chosen()),
    "aria-label": label }, pixelCanvas({ width, height, data: image.pixels }, ""));
}
