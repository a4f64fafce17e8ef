// @ts-check
/** One weight: changed by hand; its gradient written out, and checked by a central difference. */

import { changeWeight, changesOf, undoWeight } from "./break_it.js";
import { centralDifference, weightTerms } from "./explain.js";
import { indices, insideOf } from "./inside.js";
import { labelChoice } from "./loss_card.js";
import { parsed, shown } from "./decimals.js";
import { FIRST, lastRow, sumTable, termRows } from "./sums.js";
import { tip } from "./tip.js";
import { computed, effect, h, signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./inside.js").Weight} Weight */

const H = 1e-5; // as nn/gradcheck.py

/**
 * A weight that is open.
 * @param {Store} store
 * @param {Weight} weight
 * @returns {HTMLElement}
 */
export function weightView(store, weight) {
  const [layerText, name] = weight.name.split(".");
  const layer = Number(layerText);
  const { shape } = store.tensors[weight.name];
  const place = indices(shape, weight.index).join(", ");
  const value = computed(() => store.network.value.layers[layer].params[name].data[weight.index]);
  const title = h("h4", { tabindex: "-1" }, `${weight.name}[${place}]`);
  queueMicrotask(() => title.focus());
  const back = h("button", { type: "button", class: "quiet back",
    onclick: () => (insideOf(store).weight.value = null) }, words.inside.toUnit);
  return h("div", { class: "weight-view" }, back, title,
    changer(store, weight, value),
    h("h4", {}, words.inside.itsGradient, " ",
      tip(words.inside.tipName(words.inside.itsGradient), words.inside.gradientTip)),
    () => (store.label.value === null ? [
      h("p", { class: "muted" }, words.inside.chooseFirst), labelChoice(store)] : null),
    gradient(store, weight, layer, name));
}

/** @param {Store} store @param {Weight} weight
 * @param {{value: number, peek: () => number}} value */
function changer(store, weight, value) {
  const changed = () => changesOf(store, weight).length > 0;
  const field = h("input", {
    type: "text", inputmode: "decimal", id: "weight-value", value: () => shown(value.value, 6),
    onchange: () => {
      const number = parsed(field.value);
      const good = Number.isFinite(number);
      field.setAttribute("aria-invalid", String(!good));
      wrong.textContent = good ? "" : words.inside.notNumber;
      if (good) changeWeight(store, weight, number);
    },
  });
  const wrong = h("span", { class: "wrong", role: "status" });
  /** @param {string} text @param {() => number} next */
  const button = (text, next) => h("button", { type: "button",
    onclick: () => changeWeight(store, weight, next()) }, text);
  return h("div", { class: "changer" },
    h("label", { for: "weight-value" }, words.inside.value), field,
    button(words.inside.zero, () => 0), button(words.inside.opposite, () => -value.peek()),
    h("button", { type: "button", disabled: () => !changed(),
      onclick: () => undoWeight(store, weight) }, words.inside.undo),
    wrong);
}

/** @param {Store} store @param {Weight} weight @param {number} layer @param {string} name */
function gradient(store, weight, layer, name) {
  const inside = insideOf(store);
  const all = signal(false);
  const known = computed(() => {
    const [pass, back] = [store.pass.value, store.back.value];
    return pass && back
      ? weightTerms(store.network.value, pass, back, layer, name, weight.index) : null;
  });
  const numeric = signal(/** @type {number | null} */ (null));
  effect(() => {
    const { network: { value: network }, square: { value: square } } = store;
    const label = store.label.value;
    numeric.value = null;
    if (!square || label === null) return;
    const wanted = known.value;
    setTimeout(() => {
      if (known.peek() !== wanted) return;
      const { index } = weight;
      numeric.value = centralDifference(network, square.square, label, layer, name, index, H);
    });
  });
  const rows = () => (known.value?.terms ?? []).map((term) => ({
    product: term.product, cells: [outputPlace(store, layer, term), shown(term.x), shown(term.dy)],
  }));
  const count = () => known.value?.terms.length ?? 0;
  const places = words.inside.outputPlace(store.network.peek().layers[layer].outShape.length);
  const apart = () => (numeric.value === null || !known.value ? "…"
    : shown(Math.abs(numeric.value - known.value.sum)));
  return h("div", { hidden: () => !known.value },
    h("dl", { class: "compared" },
      h("div", {}, h("dt", {}, words.inside.byHand), h("dd", { class: "by-hand" },
        () => (known.value ? shown(known.value.sum, 8) : ""))),
      h("div", {}, h("dt", {}, words.inside.byDifference), h("dd", { class: "by-difference" },
        () => (numeric.value === null ? "…" : shown(numeric.value, 8)))),
      h("div", {}, h("dt", {}, words.inside.apart), h("dd", {}, () => apart()))),
    h("p", { class: "formula" }, words.inside.differenceFormula(shown(H))),
    sumTable(words.inside.itsGradient,
      () => [places, "x", "dy", "x · dy"],
      () => (known.value ? [...termRows(rows(), all.value, inside.dark.value),
        lastRow(`d${name}`, known.value.sum, 3, "total")] : [])),
    h("button", {
      type: "button", hidden: () => count() <= FIRST, "aria-expanded": () => String(all.value),
      onclick: () => (all.value = !all.value),
    }, () => (all.value ? words.inside.fewer : words.inside.showAll(count()))));
}

/** @param {Store} store @param {number} layer @param {{unit: number}} term */
const outputPlace = (store, layer, { unit }) =>
  indices(store.network.peek().layers[layer].outShape, unit).join(", ");
