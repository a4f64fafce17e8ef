// @ts-check
/** What made an exported page, and whose the examples in it are. */

import { h } from "./view.js";
import { words } from "./words.js";

/** Return the line at the foot of the page; nothing where a server gives the page.
 * @param {any} lab @returns {HTMLElement[]} */
export function madeBy({ made, data }) {
  if (!made) return [];
  const examples = data?.licence ? words.made.examples(data.name, data.licence) : "";
  return [h("footer", { class: "made muted small" },
    h("p", {}, words.made.by(made.by, made.model), examples))];
}
