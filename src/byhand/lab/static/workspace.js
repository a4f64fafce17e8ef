// @ts-check
/** What stays beside every view: the drawing pad and the answer. */

import { answerView } from "./answer_view.js";
import { pad } from "./pad.js";
import { h } from "./view.js";
import { words } from "./words.js";

/** @param {import("./store.js").Store} store @returns {HTMLElement} */
export const workspace = (store) =>
  h("section", { class: "workspace", "aria-label": words.app.workspace },
    pad(store), answerView(store));
