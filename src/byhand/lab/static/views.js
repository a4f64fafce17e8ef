// @ts-check
/** The views beside the drawing pad, in the order of their tabs. A new view is a line here. */

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{name: string, show: (store: Store) => HTMLElement}} View */

import { drawView } from "./draw_view.js";

/** @type {View[]} */
export const VIEWS = [{ name: "draw", show: drawView }];
