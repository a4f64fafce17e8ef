// @ts-check
/** The first view: what the network sees, and drawings to start from. */

import { h } from "./view.js";

/** @param {import("./store.js").Store} store @returns {HTMLElement} */
export function drawView(store) {
  return h("div", { class: "stack" });
}
