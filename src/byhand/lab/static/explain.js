// @ts-check
// Why a number is what it is: sums written out, receptive fields, what spoke for a class.

import { imageShape } from "./layer.js";
import { crossEntropy, softmax } from "./loss.js";
import { sizeOf } from "./tensors.js";

/**
 * @typedef {import("./network.js").Network} Network
 * @typedef {import("./network.js").Pass} Pass
 * @typedef {import("./network.js").Backward} Backward
 * @typedef {import("./layer.js").Box} Box
 * @typedef {import("./layer.js").Term} Term
 */

/**
 * Return one output of a layer written out: the terms, their sum with the bias, and the
 * output itself (which ReLU makes of the sum).
 *
 * @param {Network} network
 * @param {Pass} pass
 * @param {number} layer
 * @param {number} unit  flat index in outputs[layer]
 * @returns {{kind: string, terms: Term[], bias: number, sum: number, value: number,
 *   winner?: number, norm?: import("./layer.js").Sum["norm"]}}
 */
export function terms(network, pass, layer, unit) {
  const x = pass.inputs[layer].data, y = pass.outputs[layer].data;
  const parts = network.layers[layer].sum(unit, x, y, pass.caches[layer]?.data);
  const sum = parts.terms.reduce((total, { product }) => total + product, parts.bias);
  return { kind: network.layers[layer].kind, ...parts, sum, value: y[unit] };
}

/**
 * Return softmax of some scores written out: e to the power of each score less the
 * largest, their sum, and each one's share of it.
 *
 * @param {ArrayLike<number>} logits
 * @param {number} temperature  divides the scores first
 */
export function softmaxTerms(logits, temperature = 1) {
  const scores = Array.from(logits, (score) => score / temperature);
  const largest = scores.reduce((a, b) => Math.max(a, b), -Infinity);
  const probabilities = softmax(scores);
  const terms = scores.map((score, at) => ({
    at, score, exponential: Math.exp(score - largest), probability: probabilities[at] }));
  const sum = terms.reduce((total, { exponential }) => total + exponential, 0);
  return { terms, largest, sum };
}

/**
 * Return the receptive field of a unit: the part of the input image that it depends on.
 *
 * @param {Network} network
 * @param {number} layer
 * @param {number} unit  flat index in outputs[layer]
 * @returns {Box}
 */
export function seenBox(network, layer, unit) {
  /** What the named outputs' uses have seen so far. @type {Record<string, Box>} */
  const named = {};
  /** @type {Box | null} null: a flat output, of which only `at` is meant, or all */
  let box = null;
  let at = unit; // -1: all of a flat output
  if (network.layers[layer].outShape.length > 1) {
    box = pixelOf(unit, network.layers[layer].outShape);
  }
  for (let i = layer; i >= 0; i--) {
    const { kind, named: name, inShape, outShape } = network.layers[i];
    if (kind === "as" && named[name] && box) box = around(box, named[name]);
    if ((kind === "add" || kind === "concat") && box) {
      named[name] = named[name] ? around(named[name], box) : box;
    }
    if (box) {
      box = clipped(network.layers[i].seen(box), inShape);
    } else if (inShape.length > 1) {
      const single = kind === "flatten" && at >= 0;
      box = single ? pixelOf(at, inShape) : everything(inShape);
    } else if (kind === "dense" || kind === "add" || kind === "concat") {
      at = -1;
    }
    if (!box && outShape.length === 1 && kind === "as" && named[name]) at = -1;
  }
  return box ?? everything(network.shape);
}

/** @param {number} unit @param {number[]} shape @returns {Box} */
function pixelOf(unit, shape) {
  const [, width, channels] = imageShape(shape), pixel = Math.floor(unit / channels);
  return { x: pixel % width, y: Math.floor(pixel / width), width: 1, height: 1 };
}

/** @param {number[]} shape @returns {Box} */
function everything(shape) {
  return { x: 0, y: 0, width: shape[1], height: shape[0] };
}

/** @param {Box} box @param {number[]} shape @returns {Box} */
function clipped(box, [rows, columns]) {
  const x = Math.max(0, box.x), y = Math.max(0, box.y);
  const right = Math.min(columns, box.x + box.width);
  return { x, y, width: right - x, height: Math.min(rows, box.y + box.height) - y };
}

/** @param {Box} a @param {Box} b @returns {Box} */
function around(a, b) {
  const x = Math.min(a.x, b.x), y = Math.min(a.y, b.y);
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}

/**
 * Return the gradient of the loss by one number of a parameter, written out.
 *
 * @param {Network} network
 * @param {Pass} pass
 * @param {Backward} back
 * @param {number} layer
 * @param {string} name  of the parameter: "w", "b"
 * @param {number} index  flat
 * @returns {{terms: {at: number, unit: number, x: number, dy: number, product: number}[],
 *   sum: number}}  at: flat index of x in the layer's input, -1 for none
 */
export function weightTerms(network, pass, back, layer, name, index) {
  const x = pass.inputs[layer].data, dy = back.doutputs[layer].data;
  const parts = network.layers[layer].weightTerms(name, index, x, dy);
  return { terms: parts, sum: parts.reduce((sum, { product }) => sum + product, 0) };
}

/**
 * Return the slope of the loss between a weight a little smaller and a little larger: in
 * float64, (loss(w + h) - loss(w - h)) / 2h.
 *
 * @param {Network} network
 * @param {ArrayLike<number>} pixels
 * @param {number} label
 * @param {number} layer
 * @param {string} name  of the parameter
 * @param {number} index  flat
 * @param {number} h
 */
export function centralDifference(network, pixels, label, layer, name, index, h = 1e-5) {
  const double = network.inDouble(), pass = double.forward(pixels);
  const weights = double.layers[layer].params[name].data, value = weights[index];
  const losses = [value + h, value - h].map((changed) => {
    weights[index] = changed;
    const again = double.forwardFrom(layer, pass.inputs[layer], pass);
    return crossEntropy(double.logits(again), label).loss;
  });
  return (losses[0] - losses[1]) / (2 * h);
}

/**
 * Return what each pixel said for or against a class: the gradient of the class's score
 * by the pixel, times the pixel.
 *
 * @param {Network} network
 * @param {Pass} pass
 * @param {number} output  a class, or the reject class
 * @returns {Float64Array}  H·W; above 0 what spoke for it
 */
export function gradientTimesInput(network, pass, output) {
  const dlogits = new Float64Array(network.logits(pass).length);
  dlogits[output] = 1;
  const { data } = network.backwardFrom(pass, dlogits, false).dinputs[0];
  const pixels = pass.inputs[0].data;
  return Float64Array.from(data, (dx, i) => dx * pixels[i]);
}

/**
 * Yield, row by row, how much the probability of each output falls when a square of the
 * image is covered with 0: above 0 where the square spoke for it.
 *
 * @param {Network} network
 * @param {Uint8Array} pixels
 * @param {number} side  of the square, in pixels
 * @param {number} step  pixels from one square to the next
 * @returns {Generator<Float64Array[]>}  for each square of the row, one number an output
 */
export function* occlusionRows(network, pixels, side, step) {
  const [height, width] = network.shape;
  const before = softmax(network.logits(network.forward(pixels)));
  for (let top = 0; top < height; top += step) {
    const row = [];
    for (let left = 0; left < width; left += step) {
      const covered = coveredAt(pixels, width, top + step / 2, left + step / 2, side);
      if (!covered) {
        row.push(new Float64Array(before.length));
        continue;
      }
      const after = softmax(network.logits(network.forward(covered)));
      row.push(before.map((p, k) => p - after[k]));
    }
    yield row;
  }
}

/**
 * Return the occlusion of all rows: drops[(row · columns + column) · K + k].
 *
 * @param {Network} network
 * @param {Uint8Array} pixels
 * @param {{side?: number, step?: number}} options
 */
export function occlusion(network, pixels, options = {}) {
  const shortest = Math.min(network.shape[0], network.shape[1]);
  const { side = Math.max(1, Math.round(shortest / 7)), step = Math.ceil(shortest / 28) } =
    options;
  const rows = [...occlusionRows(network, pixels, side, step)];
  const outputs = sizeOf(network.layers[network.layers.length - 1].outShape);
  const drops = new Float64Array(rows.length * rows[0].length * outputs);
  rows.flat().forEach((values, place) => drops.set(values, place * outputs));
  return { shape: [rows.length, rows[0].length, outputs], drops };
}

/**
 * Return the image with a square around a point set to 0; null if it is 0 already.
 *
 * @param {Uint8Array} pixels @param {number} width @param {number} y @param {number} x
 * @param {number} side
 */
function coveredAt(pixels, width, y, x, side) {
  const top = Math.max(0, Math.round(y - side / 2));
  const left = Math.max(0, Math.round(x - side / 2));
  const right = Math.min(width, Math.round(x + side / 2));
  const bottom = Math.min(pixels.length / width, Math.round(y + side / 2));
  const covered = pixels.slice();
  let ink = 0;
  for (let i = top; i < bottom; i++) {
    for (let at = i * width + left; at < i * width + right; at++) {
      ink += covered[at];
      covered[at] = 0;
    }
  }
  return ink ? covered : null;
}
