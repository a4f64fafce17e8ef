// @ts-check
/** The true class, chosen by a click, and the loss that follows. */

import { outputNames } from "./inside.js";
import { shown } from "./decimals.js";
import { probabilities } from "./outputs_card.js";
import { h } from "./view.js";
import { percent, words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

/** @param {Store} store @returns {HTMLElement} */
export const lossCard = (store) =>
  h("div", { class: "loss card" }, labelChoice(store),
    h("p", { class: "loss-line" }, () => loss(store)));

/** One button a class; again on the same takes the choice back.
 * @param {Store} store @returns {HTMLElement} */
export function labelChoice(store) {
  const given = () => {
    const drawing = store.drawing.value;
    return drawing.kind === "square" ? drawing.label ?? null : null;
  };
  return h("div", { class: "labels", role: "group", "aria-label": words.inside.trueClass },
    h("span", { class: "labels-name" }, words.inside.trueClass),
    ...outputNames(store.model).map((name, k) => h("button", {
      type: "button", class: () => (given() === k ? "label given" : "label"),
      "aria-pressed": () => String(store.label.value === k),
      title: () => (given() === k ? words.inside.givenLabel : false),
      onclick: () => (store.label.value = store.label.peek() === k ? null : k),
    }, name)));
}

/** @param {Store} store */
function loss(store) {
  const [label, back] = [store.label.value, store.back.value];
  if (label === null) return words.inside.chooseFirst;
  if (!back) return words.inside.empty;
  const p = percent(probabilities(store)[label]);
  const means = words.inside.lossMeans(outputNames(store.model)[label], p);
  return [h("span", { class: "formula" }, "L = −log p = "), h("output", {}, shown(back.loss)),
    h("span", { class: "muted" }, means)];
}
