// @ts-check
/** Mistakes: the confusion matrix, the images behind each of its cells, and calibration. */

import { lineChart } from "./charts.js";
import { confusionTable } from "./confusion.js";
import { imagePages } from "./image_pages.js";
import { insideOf } from "./inside.js";
import { resultsOf } from "./results.js";
import { computed, h, signal } from "./view.js";
import { waiting } from "./waiting.js";
import { percent, words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./results.js").Scores} Scores */
/** @typedef {[truth: number, read: number]} Cell */

/** @param {Store} store @returns {HTMLElement} */
export function scoresView(store) {
  return waiting(resultsOf(store).scores, words.results.reading,
    (scores) => shown(store, scores));
}

/** @param {Store} store @param {Scores} scores */
function shown(store, scores) {
  const text = words.results, classes = store.model.classes;
  const { kept } = resultsOf(store);
  /** @type {import("./view.js").Signal<Cell | null>} */
  const cell = kept.get("cell") ?? signal(null);
  kept.set("cell", cell);
  const indices = computed(() => behind(scores, cell.value));
  /** @param {number} index @returns {[string, string]} */
  function name(index) {
    const [truth, read] = [classes[scores.labels[index]], classes[scores.predictions[index]]];
    const share = percent(scores.confidences[index]);
    return [text.caption(truth, read, share), text.said(index, truth, read, share)];
  }
  return h("div", { class: "stack" },
    h("dl", { class: "compared card" },
      figure(text.accuracy, percent2(scores.right / scores.count),
        text.ofAll(scores.right, scores.count)),
      figure(text.interval, `${percent2(scores.interval[0])} – ${percent2(scores.interval[1])}`,
        text.intervalHelp),
      figure(text.calibrationError, percent2(scores.calibration_error), text.calibrationHelp)),
    h("div", { class: "results-columns" },
      h("section", { class: "card stack", "aria-label": text.confusion },
        h("h3", {}, text.confusion), h("p", { class: "muted small" }, text.confusionHelp),
        confusionTable(scores.confusion, classes, cell)),
      h("section", { class: "card stack behind", "aria-labelledby": "behind-title" },
        h("div", { class: "card-head" },
          h("h3", { id: "behind-title", "aria-live": "polite" }, () =>
            text.behind(cell.value && cell.value.map((k) => classes[k]), indices.value.length)),
          h("button", { type: "button", class: "small", hidden: () => cell.value === null,
            onclick: () => (cell.value = null) }, text.allMistakes)),
        h("p", { class: "muted small" }, text.order),
        imagePages(store, () => indices.value, name))),
    calibration(store, scores));
}

/** The images behind a cell, or all mistakes: those that the network is surest of first.
 * @param {Scores} scores @param {Cell | null} cell */
function behind(scores, cell) {
  if (!cell) return scores.mistakes;
  const [truth, read] = cell;
  const found = [];
  for (let i = 0; i < scores.count; i++) {
    if (scores.labels[i] === truth && scores.predictions[i] === read) found.push(i);
  }
  const sure = (/** @type {number} */ i) => scores.confidences[i];
  return found.sort((a, b) => (truth === read ? sure(a) - sure(b) : sure(b) - sure(a)));
}

/** How sure, and how often right: were both equal, the curve would be the diagonal.
 * @param {Store} store @param {Scores} scores */
function calibration(store, scores) {
  const text = words.results, inside = insideOf(store);
  const x = scores.reliability.map(({ confidence }) => confidence);
  const ends = [Math.min(...x, 0.5), 1];
  return h("section", { class: "card stack", "aria-label": text.calibration },
    h("h3", {}, text.calibration), h("p", { class: "muted small" }, text.reliabilityHelp),
    h("div", { class: "reliability" }, lineChart({ x: text.confidence, y: text.rightShare,
      span: () => [ends[0], 1], range: [Math.min(ends[0],
        ...scores.reliability.map(({ accuracy }) => accuracy)), 1],
      format: percent, redraw: () => inside.dark.value, height: 240,
      lines: () => [{ name: text.measured, x, y: scores.reliability.map((b) => b.accuracy) },
        { name: text.ideal, x: x.length ? x : ends, y: x.length ? x : ends, colour: 2 }] }),
    h("div", { class: "table-room", tabindex: "0", role: "region",
      "aria-label": text.bins }, h("table", { class: "sum" },
      h("thead", {}, h("tr", {}, ...text.binHeads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, ...scores.reliability.map((bin) => h("tr", {},
        h("th", { scope: "row" }, percent(bin.confidence)),
        h("td", {}, percent(bin.accuracy)), h("td", {}, bin.count.toLocaleString("en")))))))));
}

/** @param {string} name @param {string} value @param {string} more */
export const figure = (name, value, more) => h("div", {}, h("dt", {}, name), h("dd", {}, value,
  h("span", { class: "figure-more" }, more)));

/** With two decimals: models of MNIST differ there. @param {number} share */
export const percent2 = (share) => `${(100 * share).toFixed(2)} %`;
