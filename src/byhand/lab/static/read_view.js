// @ts-check
/** Several digits at once: the rows that were read, digit by digit with its confidence. */

import { h } from "./view.js";
import { percent, words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./rows.js").Line} Line */

/** @param {Store} store @returns {HTMLElement} */
export function readView(store) {
  return h("section", { class: "reading card stack", "aria-labelledby": "reading-title" },
    h("h2", { id: "reading-title" }, words.reading.title),
    h("p", { class: "muted" }, words.reading.about(store.source.kind === "inline")),
    h("div", { class: "stack", "aria-live": "polite", "aria-busy": () =>
      String(["busy", "warming"].includes(store.rows.value.state)) }, () => shown(store)));
}

/** @param {Store} store */
function shown(store) {
  const { state, lines, warnings } = store.rows.value;
  if (store.drawing.value.kind === "square") {
    return h("p", { class: "muted" }, words.reading.square);
  }
  if (state === "failed") return h("p", { class: "wrong" }, warnings[0] ?? words.reading.failed);
  if (state === "empty") return h("p", { class: "muted" }, words.reading.empty);
  if (state === "warming") return h("p", { class: "muted" }, words.reading.warming);
  if (state === "busy" && lines.length === 0) {
    return h("p", { class: "muted" }, words.reading.busy);
  }
  if (lines.length === 0) return h("p", {}, words.reading.nothing);
  return [...lines.map(row), ...warnings.map((each) => h("p", { class: "wrong" }, each))];
}

/** @param {Line} line */
function row({ marked, confidence, digits }) {
  return h("article", { class: "read-line" },
    h("p", { class: "read-text" }, marked),
    h("p", { class: "muted small" }, words.reading.line(percent(confidence))),
    h("ol", { class: "read-digits", "aria-label": words.reading.digits },
      ...digits.map((digit) => h("li", { "data-doubtful": digit.confidence < 0.9 },
        h("span", { class: "read-digit" }, String(digit.digit)),
        h("span", { class: "small" }, percent(digit.confidence))))));
}
