// @ts-check
/** The answer: the class, or that it is none, and every class's probability. */

import { h } from "./view.js";

/** @param {import("./store.js").Store} store @returns {HTMLElement} */
export const answerView = (store) => h("section", { class: "answer" });
