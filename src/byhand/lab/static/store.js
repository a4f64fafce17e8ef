// @ts-check
/**
 * The state of the page: what is drawn and chosen, and what follows from it.
 *
 * `drawing`, `prepared`, `label`, `layer`, `unit`, `changes`, `view` are set by views; `square`,
 * `network`, `pass`, `answer`, `back` follow from them and are computed only if a view reads them.
 */

import { changedTensors } from "./changes.js";
import { answer, buildNetwork } from "./network.js";
import { prepare } from "./prepare.js";
import { rasterise, shrunk } from "./raster.js";
import { NOTHING } from "./rows.js";
import { EMPTY, PAD } from "./strokes.js";
import { computed, signal } from "./view.js";

/** @typedef {import("./strokes.js").Drawing} Drawing */
/** @typedef {{width: number, height: number, data: Uint8Array}} Grey */
/** @typedef {{name: string, width: number, height: number, data: Uint8Array}} Step */
/** @typedef {{square: Uint8Array, cutOff: boolean, steps: Step[]}} Square */
/** @typedef {{name: string, architecture: string, shape: [number, number], classes: string[],
 *   reject: boolean, temperature: number, threshold: number}} ModelFacts */
/** @typedef {{start: number, version: string, model: ModelFacts,
 *   data: {name: string, classes: string[], count: number} | null}} Lab */
/** @typedef {ReturnType<typeof makeStore>} Store */

const LONGEST_PAST = 200; // drawings that undo can bring back

/**
 * @param {Lab} lab facts of the model and of the data
 * @param {Record<string, import("./network.js").Tensor>} tensors the model's arrays
 * @param {any} source answers what the page cannot compute itself
 */
export function makeStore(lab, tensors, source) {
  const { model } = lab;
  const drawing = signal(/** @type {Drawing} */ (EMPTY));
  const past = signal(/** @type {Drawing[]} */ ([]));
  const future = signal(/** @type {Drawing[]} */ ([]));
  const prepared = signal(true);
  const label = signal(/** @type {number | null} */ (null));
  const layer = signal(/** @type {number | null} */ (null));
  const unit = signal(/** @type {number | null} */ (null));
  const changes = signal(/** @type {import("./changes.js").Change[]} */ ([]));
  const view = signal("draw");
  const theme = signal("auto");
  const notice = signal("");
  const rows = signal(/** @type {import("./rows.js").Rows} */ (NOTHING));

  const square = computed(() => squareOf(drawing.value, prepared.value, model.shape));
  const network = computed(() =>
    buildNetwork(model.architecture, model.shape, changedTensors(tensors, changes.value)));
  const pass = computed(() => square.value && network.value.forward(square.value.square));
  const read = computed(() => pass.value && answer(network.value.logits(pass.value), model));
  const back = computed(() =>
    pass.value && label.value !== null ? network.value.backward(pass.value, label.value) : null);

  /** Remember the drawing as it is, before it changes. */
  function remember() {
    past.value = [...past.value, drawing.value].slice(-LONGEST_PAST);
    future.value = [];
  }

  return {
    lab, model, source, tensors,
    drawing, past, future, prepared, label, layer, unit, changes, view, theme, notice, rows,
    square, network, pass, answer: read, back,
    remember,
    /** Show another drawing; undo brings this one back. @param {Drawing} next */
    show(next) {
      remember();
      drawing.value = next;
    },
    undo() {
      const before = past.value.at(-1);
      if (!before) return;
      future.value = [drawing.value, ...future.value];
      past.value = past.value.slice(0, -1);
      drawing.value = before;
    },
    redo() {
      const [next, ...rest] = future.value;
      if (!next) return;
      past.value = [...past.value, drawing.value];
      future.value = rest;
      drawing.value = next;
    },
  };
}

/**
 * What the network gets of a drawing; null if nothing is drawn.
 * @param {Drawing} drawing @param {boolean} prepared @param {[number, number]} shape
 * @returns {Square | null}
 */
export function squareOf(drawing, prepared, shape) {
  if (drawing.kind === "square") return { square: drawing.pixels, cutOff: false, steps: [] };
  const grey = greyOf(drawing);
  if (!grey) return null;
  if (prepared) return prepare(grey, shape);
  return { square: shrunk(grey, shape), cutOff: false, steps: [] };
}

/** A drawing as grey levels, dark ink on light; null if nothing is drawn, or it is a square.
 * @param {Drawing} drawing @returns {Grey | null} */
export function greyOf(drawing) {
  if (drawing.kind === "picture") return drawing.grey;
  if (drawing.kind === "square" || !drawing.strokes.some((each) => !each.eraser)) return null;
  return rasterise(drawing.strokes, PAD.width, PAD.height);
}
