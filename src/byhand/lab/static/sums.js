// @ts-check
/** Sums as tables: terms in the order of their size, the small ones folded into one line. */

import { cssColour } from "./colours.js";
import { shown } from "./decimals.js";
import { h } from "./view.js";
import { words } from "./words.js";

export const FIRST = 10; // terms that are shown at first

/**
 * @typedef {object} Row
 * @property {number} product what is added up
 * @property {(string | Node)[]} cells what is shown before it
 * @property {boolean} [marked]
 */

/**
 * The body of a table of terms: the largest first, and below them what the others add up to.
 * @param {Row[]} rows in any order
 * @param {boolean} all whether every term is shown
 * @param {boolean} dark whether the page is dark
 * @param {boolean} [summed] whether the products are to be added up
 * @returns {HTMLElement[]}
 */
export function termRows(rows, all, dark, summed = true) {
  const sorted = [...rows].sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
  const visible = all ? sorted : sorted.slice(0, FIRST);
  const rest = sorted.slice(visible.length);
  const limit = Math.abs(sorted[0]?.product ?? 0) || 1;
  const lines = visible.map(({ product, cells, marked }) =>
    h("tr", { class: marked ? "marked" : false },
      ...cells.map((cell) => h("td", {}, cell)),
      h("td", { class: "product" }, bar(product, limit, dark), h("span", {}, shown(product)))));
  if (!rest.length || !summed) return lines;
  const others = rest.reduce((sum, { product }) => sum + product, 0);
  const width = String((sorted[0]?.cells.length ?? 0));
  return [...lines, h("tr", { class: "rest" },
    h("td", { colspan: width }, words.inside.others(rest.length)),
    h("td", { class: "product" }, h("span", {}, shown(others))))];
}

/** A bar from the middle, as long as the number is large.
 * @param {number} value @param {number} limit @param {boolean} dark */
function bar(value, limit, dark) {
  const share = Math.abs(value) / limit;
  const colour = cssColour(Math.sign(value) * (0.35 + 0.4 * share), SIGNED, dark);
  return h("span", { class: "term-bar", "aria-hidden": "true" },
    h("span", {
      class: value < 0 ? "less" : "more",
      style: { width: `${50 * share}%`, background: colour },
    }));
}

const SIGNED = { kind: /** @type {"signed"} */ ("signed"), low: -1, high: 1 };

/** A line below the terms: a name and a number.
 * @param {string} name @param {number} value @param {number} columns @param {string} kind */
export const lastRow = (name, value, columns, kind) =>
  h("tr", { class: kind },
    h("th", { scope: "row", colspan: String(columns) }, name),
    h("td", { class: "product" }, h("span", {}, shown(value))));

/**
 * A table with its head, of which the body follows signals.
 * @param {string} label
 * @param {() => string[]} heads
 * @param {() => HTMLElement[]} body
 */
export const sumTable = (label, heads, body) =>
  h("div", { class: "table-room", tabindex: "0", role: "region", "aria-label": label },
    h("table", { class: "sum" },
      h("thead", {}, h("tr", {}, () => heads().map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, body)));
