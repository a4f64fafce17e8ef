// @ts-check
/** Weights changed by hand and filters zeroed: made, undone, and named. */

import { indices } from "./inside.js";
import { shown } from "./decimals.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./inside.js").Weight} Weight */
/** @typedef {import("./changes.js").Change} Change */

/** The changes of one weight. @param {Store} store @param {Weight} weight */
export const changesOf = (store, weight) =>
  store.changes.value.filter((change) => isOf(change, weight));

/** @param {Change} change @param {Weight} weight */
const isOf = (change, { name, index }) =>
  "name" in change && change.name === name && change.index === index;

/** Give a weight another value. @param {Store} store @param {Weight} weight
 * @param {number} value */
export function changeWeight(store, { name, index }, value) {
  store.changes.value = [...store.changes.peek(), { name, index, value }];
}

/** Take the last change of a weight back. @param {Store} store @param {Weight} weight */
export function undoWeight(store, weight) {
  const changes = store.changes.peek();
  const last = changes.findLastIndex((change) => isOf(change, weight));
  store.changes.value = changes.filter((_, i) => i !== last);
}

/** Zero a filter, or a unit of a dense layer: its weights and its bias.
 * @param {Store} store @param {number} layer @param {number} number */
export function zeroFilter(store, layer, number) {
  const others = store.changes.peek().filter((change) =>
    !("filter" in change && change.filter.layer === layer && change.filter.number === number));
  store.changes.value = [...others, { filter: { layer, number } }];
}

/** A change in words. @param {Store} store @param {Change} change */
export function changeText(store, change) {
  if ("filter" in change) {
    const { layer, number } = change.filter;
    return words.inside.zeroed(store.network.peek().layers[layer].text, layer, number);
  }
  const { shape, data } = store.tensors[change.name];
  const place = indices(shape, change.index).join(", ");
  return words.inside.changed(`${change.name}[${place}]`, shown(data[change.index]),
    shown(change.value));
}
