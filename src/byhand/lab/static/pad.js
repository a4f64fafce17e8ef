// @ts-check
/** The drawing pad. */

import { h } from "./view.js";

/** @param {import("./store.js").Store} store @returns {HTMLElement} */
export const pad = (store) => h("section", { class: "pad" });
