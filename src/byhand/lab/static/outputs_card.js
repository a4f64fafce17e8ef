// @ts-check
/** The last step: from scores to probabilities, one line a class; a line opens its softmax. */

import { insideOf, outputNames } from "./inside.js";
import { softmax } from "./network.js";
import { brief } from "./decimals.js";
import { h } from "./view.js";
import { percent, words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

/**
 * Softmax over all outputs; backward, how the loss pulls at each score.
 * @param {Store} store @param {boolean} backward
 * @returns {HTMLElement}
 */
export function outputsCard(store, backward) {
  const inside = insideOf(store);
  const layer = store.network.peek().layers.length;
  const names = outputNames(store.model);
  /** @param {number} unit */
  const line = (unit) => h("li", {}, h("button", {
    type: "button", class: "output",
    "aria-pressed": () => String(isOpen(unit)),
    onclick: () => inside.open(isOpen(unit) ? null : { layer, unit }),
    onpointerenter: () => (inside.pointed.value = { layer, unit }),
    onpointerleave: () => (inside.pointed.value = null),
    onfocus: () => (inside.pointed.value = { layer, unit }),
    onblur: () => (inside.pointed.value = null),
  },
  h("span", { class: "output-name" }, names[unit]),
  h("span", { class: "output-score" }, () => score(unit)),
  h("span", { class: "output-bar", "aria-hidden": "true" }, h("span", {
    style: () => ({ width: `${100 * (shares()?.[unit] ?? 0)}%` }) })),
  h("span", { class: "output-share" }, () => share(unit))));

  const isOpen = (/** @type {number} */ unit) =>
    inside.opened.value?.layer === layer && inside.opened.value.unit === unit;
  const shares = () => store.pass.value && probabilities(store);
  const score = (/** @type {number} */ unit) =>
    store.pass.value ? brief(store.network.value.logits(store.pass.value)[unit]) : "–";
  function share(/** @type {number} */ unit) {
    const found = shares();
    if (!found) return "–";
    if (!backward) return percent(found[unit]);
    const label = store.label.value;
    return label === null ? "–" : brief(found[unit] - (unit === label ? 1 : 0));
  }
  return h("li", { class: "layer", id: `layer-${layer}` },
    h("div", { class: "layer-head" },
      h("h3", {}, words.inside.softmax),
      h("span", { class: "layer-shape" }, String(names.length)),
      h("span", { class: "output-heads" },
        backward ? words.inside.outputHeadsBackward : words.inside.outputHeads)),
    h("ol", { class: "outputs" }, ...names.map((_, unit) => line(unit))));
}

/** The softmax of all outputs, without a temperature, as the loss has it.
 * @param {Store} store @returns {Float64Array} */
export const probabilities = (store) =>
  softmax(store.network.value.logits(/** @type {any} */ (store.pass.value)));
