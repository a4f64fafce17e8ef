// @ts-check
/** Softmax written out: each score's power, their sum, and the share of one class. */

import { softmaxTerms } from "./explain.js";
import { gradientOf, insideOf, outputNames } from "./inside.js";
import { probabilities } from "./outputs_card.js";
import { shown } from "./decimals.js";
import { lastRow, sumTable, termRows } from "./sums.js";
import { h } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

/**
 * The softmax of the class that is pointed at or open; null if a unit of a layer is.
 * @param {Store} store
 * @returns {HTMLElement | null}
 */
export function softmaxView(store) {
  const inside = insideOf(store);
  const [seen, pass, network] = [inside.seen.value, store.pass.value, store.network.value];
  if (!seen || !pass || seen.layer !== network.layers.length) return null;
  const scores = network.logits(pass);
  if (seen.unit >= scores.length) return null;
  const dark = inside.dark.value;
  const { terms, sum } = softmaxTerms(scores);
  const names = outputNames(store.model);
  const rows = terms.map(({ at, score, exponential }) => ({
    product: exponential, cells: [names[at], shown(score)], marked: at === seen.unit,
  }));
  const { exponential, probability: p } = terms[seen.unit];
  return h("div", { class: "softmax" },
    h("p", { class: "unit-value" }, h("span", { class: "value-name" }, "p"), " = ",
      h("output", {}, shown(p))),
    h("p", { class: "formula" }, words.inside.softmaxFormula),
    h("p", { class: "formula numbers" },
      `p = ${shown(exponential)} / ${shown(sum)} = ${shown(p)}`),
    inside.backward.value ? h("p", { class: "formula numbers" }, gradient(store, seen.unit)) : null,
    sumTable(words.inside.softmax,
      () => [words.inside.outputHead, words.inside.scoreHead, words.inside.powerHead],
      () => [...termRows(rows, true, dark), lastRow(words.inside.total, sum, 2, "total")]),
    store.model.temperature === 1 ? null
      : h("p", { class: "muted small" }, words.inside.temperature(shown(store.model.temperature))));
}

/** @param {Store} store @param {number} unit */
function gradient(store, unit) {
  const label = store.label.value;
  if (label === null || !store.back.value) return words.inside.chooseFirst;
  const layer = store.network.value.layers.length - 1;
  const dy = gradientOf(store.back.value, layer).data[unit];
  const p = shown(probabilities(store)[unit]);
  return `dy = p − [k = label] = ${p} − ${unit === label ? 1 : 0} = ${shown(dy)}`;
}
