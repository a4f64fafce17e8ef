// @ts-check
/** The small pictures beside a sum: the channel, where it looks, its inputs and its weights. */

import { scaleOf } from "./colours.js";
import { legend } from "./legend.js";
import { arranged, picture, targetOf } from "./picture.js";
import { h } from "./view.js";

/** @typedef {import("./network.js").Tensor} Tensor */
/** @typedef {import("./picture.js").Box} Box */
/** @typedef {import("./colours.js").Scale} Scale */

/**
 * A tensor with its name above and its legend below.
 * @param {object} figure
 * @param {string} figure.name
 * @param {Tensor} figure.tensor
 * @param {Scale} figure.scale
 * @param {boolean} figure.dark
 * @param {string} figure.what the numbers
 * @param {number} [figure.room] CSS pixels
 * @param {number} [figure.target] CSS pixels of a channel
 * @param {Array<Box & {kind: string}>} [figure.marks]
 */
export function figure({ name, tensor, scale, dark, what, room = 300, target = 120, marks = [] }) {
  const shown = picture();
  const key = legend(what);
  const { layout, zoom } = arranged(tensor.shape, room, target);
  shown.show(tensor.data, layout, zoom, scale, dark);
  shown.mark(marks);
  key.show(scale, dark);
  return h("figure", { class: "figure" }, h("figcaption", {}, name), shown.node, key.node);
}

/**
 * What a sum is made of, in the shape in which it is seen: inputs, weights and products.
 * @param {any} layer of the network
 * @param {{x: number, w: number, product: number, wIndex?: number}[]} terms
 * @param {number[]} inputShape of a dense layer, what its row of inputs was before
 * @returns {{x: Tensor, w: Tensor, product: Tensor} | null} null where a sum has one term
 */
export function parts(layer, terms, inputShape) {
  if (terms.length < 2) return null;
  const shape = shapeOf(layer, terms.length, inputShape);
  if (!shape) return null;
  /** @param {"x" | "w" | "product"} name */
  const of = (name) => ({ shape, data: Float64Array.from(terms, (term) => term[name]) });
  return { x: of("x"), w: of("w"), product: of("product") };
}

/** @param {any} layer @param {number} count @param {number[]} inputShape */
function shapeOf(layer, count, inputShape) {
  if (layer.kind === "conv") return layer.params.w.shape.slice(0, 3);
  if (layer.kind === "dense") return inputShape;
  if (layer.rows * layer.columns === count) return [layer.rows, layer.columns];
  return null;
}

/** The shape that a layer's inputs had before they were written in one row.
 * @param {any} network @param {number} layer @returns {number[]} */
export function shapeBefore(network, layer) {
  let at = layer;
  while (at > 0 && SAME.has(network.layers[at - 1].kind)) at--;
  return network.layers[at].inShape;
}

/** Kinds of layers that repeat the numbers of the one before. */
export const SAME = new Set(["flatten", "dropout", "as"]);

/** One channel of a tensor. @param {Tensor} tensor @param {number} channel @returns {Tensor} */
export function channelOf({ shape, data }, channel) {
  const [height, width, count = 1] = shape;
  const picked = Float64Array.from({ length: height * width }, (_, i) => data[i * count + channel]);
  return { shape: [height, width], data: picked };
}

/** The largest of several scales of one kind. @param {...Tensor} tensors */
export const scaleOfAll = (...tensors) =>
  scaleOf(tensors.flatMap(({ data }) => [Math.min(...data), Math.max(...data)]), true);

const SIDE = 140; // CSS pixels, so that three are side by side

/** How large many channels, or a row of numbers, are shown so that they fill a square.
 * @param {number[]} shape @returns {{room: number, target: number}} */
export function inSquare(shape) {
  const flat = shape.length === 1;
  const [height, width, count = 1] = flat ? [1, 1, shape[0]] : shape;
  if (count === 1) return { room: SIDE, target: SIDE };
  const gap = flat ? 0 : 1;
  const zoom = Math.floor(SIDE / Math.sqrt(count * (height + gap) * (width + gap)));
  return { room: SIDE, target: targetOf(shape, Math.max(3, zoom)) };
}
