// @ts-check
/** The views beside the drawing pad, in the order of their tabs. A new view is a line here. */

import { breakView } from "./break_view.js";
import { drawView } from "./draw_view.js";
import { backwardView, forwardView } from "./layers_view.js";
import { readView } from "./read_view.js";
import { SERVED } from "./served_views.js";
import { spokeView } from "./spoke_view.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{name: string, show: (store: Store) => HTMLElement}} View */

/** @type {View[]} */
export const VIEWS = [
  { name: "draw", show: drawView },
  { name: "several", show: readView },
  { name: "forward", show: forwardView },
  { name: "backward", show: backwardView },
  { name: "spoke", show: spokeView },
  { name: "break", show: breakView },
  ...SERVED,
];
