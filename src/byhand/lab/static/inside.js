// @ts-check
/** What the views of the inside share: the unit that is pointed at, the open weight, names. */

import { computed, signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./network.js").Tensor} Tensor */
/** @typedef {{layer: number, unit: number}} Unit layer -1 is the input */
/** @typedef {{name: string, index: number}} Weight "1.w" and a flat index */
/** @typedef {ReturnType<typeof makeInside>} Inside */

/** @type {WeakMap<object, Inside>} */
const states = new WeakMap();

/** The state of the views of the inside, one for each store. @param {Store} store */
export function insideOf(store) {
  const state = states.get(store) ?? makeInside(store);
  states.set(store, state);
  return state;
}

/** @param {Store} store */
function makeInside(store) {
  const pointed = signal(/** @type {Unit | null} */ (null));
  const weight = signal(/** @type {Weight | null} */ (null));
  const backward = computed(() => store.view.value === "backward");
  const systemDark = signal(matchMedia("(prefers-color-scheme: dark)").matches);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", (event) => {
    systemDark.value = event.matches;
  });
  const dark = computed(() =>
    store.theme.value === "auto" ? systemDark.value : store.theme.value === "dark");
  const opened = computed(() => {
    const [layer, unit] = [store.layer.value, store.unit.value];
    return layer === null || unit === null ? null : { layer, unit };
  });
  return {
    pointed, weight, backward, dark, opened,
    /** The unit to be shown: the one pointed at, or the open one. */
    seen: computed(() => pointed.value ?? opened.value),
    /** Open a unit, or close it. @param {Unit | null} unit */
    open(unit) {
      weight.value = null;
      store.layer.value = unit && unit.layer;
      store.unit.value = unit && unit.unit;
    },
  };
}

/** How many units a shape has. @param {number[]} shape */
export const sizeOfShape = (shape) => shape.reduce((product, side) => product * side, 1);

/** "24 × 24 × 32". @param {number[]} shape */
export const shapeText = (shape) => shape.join(" × ");

/** Indices of a flat index, row-major. @param {number[]} shape @param {number} index */
export function indices(shape, index) {
  const found = [];
  for (const side of [...shape].reverse()) {
    found.unshift(index % side);
    index = Math.floor(index / side);
  }
  return found;
}

/**
 * The place of a unit in words: "row 3, column 12, channel 7" or "unit 41".
 * @param {number[]} shape @param {number} index
 */
export function placeText(shape, index) {
  const found = indices(shape, index);
  return found.length === 1 ? words.inside.unitAt(found[0]) : words.inside.placeAt(found);
}

/** The outputs of a layer; -1 is the input. @param {any} pass @param {number} layer
 * @returns {Tensor} */
export const outputOf = (pass, layer) => (layer < 0 ? pass.inputs[0] : pass.outputs[layer]);

/** The gradients of a layer's outputs; -1 is the input. @param {any} back
 * @param {number} layer @returns {Tensor} */
export const gradientOf = (back, layer) => (layer < 0 ? back.dinputs[0] : back.doutputs[layer]);

/** A layer's text with numbers that can be read: "pixels 1/255".
 * @param {{text: string}} layer */
export const titleOf = ({ text }) => text.replace(/0\.00\d+/g, (number) => {
  const below = 1 / Number(number);
  return Math.abs(below - Math.round(below)) < 1e-6 ? `1/${Math.round(below)}` : number;
}).replace(/(\d) 0\.0$/, "$1");

/** The names of the outputs: the classes, and the reject class behind them.
 * @param {{classes: string[], reject: boolean}} model */
export const outputNames = (model) =>
  model.reject ? [...model.classes, words.inside.reject] : model.classes;
