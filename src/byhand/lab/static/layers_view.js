// @ts-check
/** The network from the square to the classes, every layer as pictures; forward and backward. */

import { terms, seenBox } from "./explain.js";
import { gradientOf, insideOf, outputNames, outputOf, titleOf } from "./inside.js";
import { layerCard } from "./layer_card.js";
import { outputsCard } from "./outputs_card.js";
import { clamped, unitView } from "./unit_view.js";
import { weightView } from "./weight_view.js";
import { lossCard } from "./loss_card.js";
import { tip } from "./tip.js";
import { effect, h } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./layer_card.js").Mark} Mark */

const MANY = 2000; // terms: more are marked as all

/** Every layer's activations. @param {Store} store @returns {HTMLElement} */
export const forwardView = (store) => layersView(store, false);

/** Every layer's gradient. @param {Store} store @returns {HTMLElement} */
export const backwardView = (store) => layersView(store, true);

/** @param {Store} store @param {boolean} backward */
function layersView(store, backward) {
  const inside = insideOf(store);
  const text = backward ? words.inside.backward : words.inside.forward;
  const { layers } = store.network.peek();
  inside.pointed.value = null;

  const cards = [-1, ...layers.map((/** @type {any} */ layer) => layer.index)].map((layer) =>
    layerCard(store, {
      layer,
      title: layer < 0 ? words.inside.input : titleOf(layers[layer]),
      what: backward ? words.inside.gradient
        : layer < 0 ? words.inside.grey : words.inside.activation,
      signed: backward,
      numbers: () => {
        const numbers = backward ? store.back.value : store.pass.value;
        if (!numbers) return null;
        return backward ? gradientOf(numbers, layer) : outputOf(numbers, layer);
      },
      marks: () => marksOf(store, layer),
    }));
  cards.push(outputsCard(store, backward));
  if (backward) cards.reverse();

  return h("div", { class: "inside" },
    h("div", { class: "inside-head" },
      h("h2", {}, text.title, " ", tip(words.inside.tipName(text.title), text.tip)),
      h("p", { class: "muted" }, text.lead),
      backward ? lossCard(store) : null),
    h("p", { class: "empty-note", hidden: () => store.pass.value !== null }, words.inside.empty),
    h("div", { class: "inside-columns" },
      h("ol", { class: "layers" }, ...cards),
      unitPanel(store)));
}

/** The unit that is open, or a weight of it. @param {Store} store */
function unitPanel(store) {
  const inside = insideOf(store);
  const heading = h("h3", { tabindex: "-1" }, () => panelTitle(store));
  const panel = h("aside", {
    class: "unit-panel card",
    "aria-label": words.inside.panel,
    "data-open": () => (inside.opened.value ? "yes" : false),
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") close();
    },
  },
  h("div", { class: "unit-head" }, heading, h("button", {
    type: "button", class: "quiet close", hidden: () => !inside.opened.value, onclick: close,
  }, words.inside.close)),
  h("div", { hidden: () => inside.weight.value !== null }, unitView(store)),
  h("div", { hidden: () => inside.weight.value === null },
    () => (inside.weight.value ? weightView(store, inside.weight.value) : null)));

  function close() {
    if (inside.weight.peek()) {
      inside.weight.value = null;
      return queueMicrotask(() => heading.focus());
    }
    const layer = inside.opened.peek()?.layer;
    inside.open(null);
    /** @type {HTMLElement | null} */ (document.querySelector(`#layer-${layer} .units`))?.focus();
  }
  effect(() => {
    if (inside.opened.value) panel.scrollTop = 0;
  });
  return panel;
}

/** @param {Store} store */
function panelTitle(store) {
  const seen = insideOf(store).seen.value;
  if (!seen) return words.inside.panel;
  const { layers } = store.network.value;
  if (seen.layer < 0) return words.inside.input;
  const name = outputNames(store.model)[seen.unit];
  if (seen.layer >= layers.length) return words.inside.softmaxOf(name);
  return `${seen.layer} ${titleOf(layers[seen.layer])}`;
}

/**
 * What is marked in a layer: the unit itself, what it is computed from, where it looks.
 * @param {Store} store @param {number} layer @returns {Mark[]}
 */
function marksOf(store, layer) {
  const seen = insideOf(store).seen.value;
  const [pass, network] = [store.pass.value, store.network.value];
  if (!seen || !pass || seen.layer >= network.layers.length) return [];
  /** @type {Mark[]} */
  const marks = [];
  if (seen.layer === layer) marks.push({ kind: "unit", at: [seen.unit] });
  if (seen.layer < 0 || seen.unit >= outputOf(pass, seen.layer).data.length) return marks;
  if (seen.layer === layer + 1) {
    const sum = terms(network, pass, seen.layer, seen.unit);
    const from = sum.terms.filter(({ at, of }) => at >= 0 && !of).map(({ at }) => at);
    const all = from.length > MANY || (from.length > 4 && outputOf(pass, layer).shape.length === 1);
    marks.push({ kind: "window", at: all ? "all" : from });
    if (sum.winner !== undefined) marks.push({ kind: "winner", at: [sum.winner] });
  } else if (layer < 0) {
    const [height, width] = store.model.shape;
    const box = clamped(seenBox(network, seen.layer, seen.unit), height, width);
    const last = (box.y + box.height - 1) * width + box.x + box.width - 1;
    marks.push({ kind: "window", at: [box.y * width + box.x, last] });
  }
  return marks;
}
