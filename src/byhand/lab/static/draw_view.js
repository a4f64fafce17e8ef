// @ts-check
/** The first view: what the network sees, and drawings to start from. */

import { examplesView } from "./examples_view.js";
import { squareView } from "./square_view.js";
import { h } from "./view.js";

/** @param {import("./store.js").Store} store @returns {HTMLElement} */
export const drawView = (store) =>
  h("div", { class: "stack" }, squareView(store), examplesView(store));
