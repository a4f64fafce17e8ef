// @ts-check
/** What spoke for and against each class: gradient × input, and covered squares. */

import { scaleOf } from "./colours.js";
import { shown } from "./decimals.js";
import { gradientTimesInput, occlusionRows } from "./explain.js";
import { insideOf, outputNames } from "./inside.js";
import { legend } from "./legend.js";
import { arranged, picture } from "./picture.js";
import { tip } from "./tip.js";
import { computed, effect, h, signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

/** @param {Store} store @returns {HTMLElement} */
export function spokeView(store) {
  const text = words.inside.spoke;
  const chosen = signal(/** @type {number | null} */ (null));
  const output = computed(() => chosen.value ?? store.answer.value?.best ?? 0);
  const all = computed(() => {
    const pass = store.pass.value;
    return pass && outputNames(store.model).map((_, k) =>
      gradientTimesInput(store.network.value, pass, k));
  });
  return h("div", { class: "inside spoke" },
    h("div", { class: "inside-head" },
      h("h2", {}, text.title, " ", tip(words.inside.tipName(text.title), text.tip)),
      h("p", { class: "muted" }, text.lead)),
    h("p", { class: "empty-note", hidden: () => store.pass.value !== null }, words.inside.empty),
    h("div", { class: "spoke-columns", hidden: () => store.pass.value === null },
      everyClass(store, all, output, chosen),
      h("div", { class: "spoke-large" },
        large(store, text.gradient, text.gradientHelp, () => {
          const data = all.value?.[output.value];
          return data && { shape: store.model.shape, data };
        }, (data) => text.sums(shown(part(data, 1), 2), shown(part(data, -1), 2))),
        occluded(store, output))));
}

/** @typedef {{shape: number[], data: Float64Array}} Tensor */

/** The sum of what is above 0, or below. @param {ArrayLike<number>} data @param {number} sign */
const part = (data, sign) =>
  Array.from(data).reduce((sum, value) => (value * sign > 0 ? sum + value : sum), 0);

/**
 * Gradient × input of every class, in the same colours.
 * @param {Store} store
 * @param {{value: Float64Array[] | null}} all
 * @param {{value: number}} output
 * @param {{value: number | null}} chosen
 */
function everyClass(store, all, output, chosen) {
  const inside = insideOf(store);
  const key = legend(words.inside.spoke.what);
  const made = outputNames(store.model).map((name, k) => {
    const shownThere = picture();
    const button = h("button", {
      type: "button", class: "spoke-class", "aria-pressed": () => String(output.value === k),
      onclick: () => (chosen.value = k),
    }, shownThere.node, h("span", { class: "spoke-name" }, name));
    return { button, shownThere };
  });
  effect(() => {
    const { value } = all;
    if (!value) return;
    const scale = scaleOf(value.flatMap((data) => [Math.min(...data), Math.max(...data)]), true);
    const { layout, zoom } = arranged(store.model.shape, 96, 84);
    made.forEach(({ shownThere }, k) =>
      shownThere.show(value[k], layout, zoom, scale, inside.dark.value));
    key.show(scale, inside.dark.value);
  });
  return h("section", { class: "card stack", "aria-label": words.inside.spoke.every },
    h("h3", {}, words.inside.spoke.every), key.node,
    h("div", { class: "spoke-classes" }, ...made.map(({ button }) => button)));
}

/**
 * One large picture with its legend.
 * @param {Store} store @param {string} title @param {string} help
 * @param {() => Tensor | null | undefined} tensor followed
 * @param {(data: Float64Array) => string} [line]
 */
function large(store, title, help, tensor, line) {
  const inside = insideOf(store);
  const shownThere = picture();
  const key = legend(words.inside.spoke.what);
  const below = h("p", { class: "small" });
  effect(() => {
    const found = tensor();
    if (!found) return;
    const scale = scaleOf(found.data, true);
    const { layout, zoom } = arranged(found.shape, 300, 252);
    shownThere.show(found.data, layout, zoom, scale, inside.dark.value);
    key.show(scale, inside.dark.value);
    below.textContent = line ? line(found.data) : "";
  });
  return h("section", { class: "card stack", "aria-label": title },
    h("h3", {}, title), shownThere.node, key.node, below, h("p", { class: "muted small" }, help));
}

/** Occlusion, computed row by row while the page stays alive.
 * @param {Store} store @param {{value: number}} output */
function occluded(store, output) {
  const text = words.inside.spoke;
  const [height, width] = store.model.shape;
  const side = Math.max(1, Math.round(Math.min(height, width) / 7));
  const step = Math.ceil(Math.min(height, width) / 28);
  const [down, across] = [Math.ceil(height / step), Math.ceil(width / step)];
  const rows = signal(/** @type {Float64Array[][]} */ ([]));
  effect(() => {
    const [network, square] = [store.network.value, store.square.value];
    rows.value = [];
    if (!square) return;
    const coming = occlusionRows(network, square.square, side, step);
    const next = () => {
      if (store.network.peek() !== network || store.square.peek() !== square) return;
      const { done, value } = coming.next();
      if (done || !node.isConnected) return;
      rows.value = [...rows.peek(), value];
      setTimeout(next);
    };
    setTimeout(next);
  });
  const node = large(store, text.occlusion, text.occlusionHelp(side), () => {
    const data = new Float64Array(down * across);
    rows.value.forEach((row, i) => row.forEach((drops, j) => {
      data[i * across + j] = drops[output.value];
    }));
    return { shape: [down, across], data };
  });
  node.append(h("progress", {
    max: String(down), value: () => rows.value.length, "aria-label": text.occlusion,
    hidden: () => rows.value.length === down,
  }));
  return node;
}
