// @ts-check
/** A confusion matrix as a table: each cell that counts an image is a button. */

import { h } from "./view.js";
import { words } from "./words.js";

/** @typedef {[truth: number, read: number]} Cell */

const FIT = 12; // classes that have room beside each other on a phone

/**
 * @param {number[][]} counts rows are the truth, columns what was read
 * @param {string[]} classes
 * @param {import("./view.js").Signal<Cell | null>} chosen
 * @returns {HTMLElement}
 */
export function confusionTable(counts, classes, chosen) {
  const text = words.results;
  const most = Math.max(1, ...counts.flatMap((row, truth) =>
    row.filter((_, read) => read !== truth)));
  /** @type {Map<string, HTMLElement>} */
  const buttons = new Map();
  const isChosen = (/** @type {number} */ truth, /** @type {number} */ read) =>
    chosen.value?.[0] === truth && chosen.value[1] === read;
  let stop = "";
  const cells = counts.map((row, truth) => row.map((count, read) => {
    if (!count) return h("td", { class: "none" }, h("span", { "aria-hidden": "true" }, "·"));
    const key = `${truth} ${read}`, right = truth === read;
    stop ||= key;
    const button = h("button", {
      type: "button", "data-cell": key, tabindex: key === stop ? "0" : "-1",
      "aria-pressed": () => String(isChosen(truth, read)),
      "aria-label": text.cell(classes[truth], classes[read], count), onfocus: () => move(key),
      onclick: () => (chosen.value = isChosen(truth, read) ? null : [truth, read]),
    }, String(count));
    buttons.set(key, button);
    return h("td", { class: right ? "right" : "wrong-cell",
      style: { "--heat": `${right ? 0 : Math.round(12 + 33 * (count / most))}%` } }, button);
  }));

  /** One button is reached by Tab, the others by arrow keys. @param {string} key */
  function move(key) {
    buttons.get(stop)?.setAttribute("tabindex", "-1");
    buttons.get(key)?.setAttribute("tabindex", "0");
    stop = key;
  }
  /** @param {KeyboardEvent} event */
  function step(event) {
    const by = { ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowDown: [1, 0],
      ArrowUp: [-1, 0] }[event.key];
    if (!by) return;
    event.preventDefault();
    let [truth, read] = stop.split(" ").map(Number);
    do {
      [truth, read] = [truth + by[0], read + by[1]];
      if (!counts[truth] || counts[truth][read] === undefined) return;
    } while (!buttons.has(`${truth} ${read}`));
    buttons.get(`${truth} ${read}`)?.focus();
  }
  return h("div", { class: "table-room" }, h("table", {
    class: classes.length > FIT ? "confusion" : "confusion fits", onkeydown: step,
  },
    h("caption", { class: "visually-hidden" }, text.confusionCaption),
    h("thead", {}, h("tr", {}, h("th", { scope: "col" }, text.truth),
      ...classes.map((name) => h("th", { scope: "col" }, name)))),
    h("tbody", {}, ...cells.map((row, truth) =>
      h("tr", {}, h("th", { scope: "row" }, classes[truth]), ...row)))));
}
