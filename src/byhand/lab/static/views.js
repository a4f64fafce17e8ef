// @ts-check
/** The views beside the drawing pad, in the order of their tabs. A new view is a line here. */

import { drawView } from "./draw_view.js";
import { readView } from "./read_view.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{name: string, show: (store: Store) => HTMLElement}} View */

/** @type {View[]} */
export const VIEWS = [
  { name: "draw", show: drawView },
  { name: "several", show: readView },
];
