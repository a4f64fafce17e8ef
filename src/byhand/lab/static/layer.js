// @ts-check
// What every layer is. Letters: H × W pixels, C channels, D values of a flat input.

import { sizeOf } from "./tensors.js";

/**
 * @typedef {import("./tensors.js").Reals} Reals
 * @typedef {import("./tensors.js").Tensor} Tensor
 * @typedef {{x: number, y: number, width: number, height: number}} Box
 * @typedef {{at: number, x: number, w: number, product: number, wIndex?: number,
 *   param?: string, of?: string}} Term
 *   `at` is the flat index in the layer's input, -1 outside of it (padding); `wIndex` the
 *   flat index in the parameter `param`; `of` the named output that x is from, of skips
 * @typedef {{terms: Term[], bias: number, winner?: number,
 *   norm?: {mean: number, var: number, gamma: number, beta: number, eps: number}}} Sum
 * @typedef {{dx: Reals, grads: Record<string, Reals>, dother?: Reals}} Back
 */

/** A layer that passes its input on as it is; the others say what they do instead. */
export class Layer {
  /**
   * @param {string} kind
   * @param {string[]} words  behind the kind
   * @param {number[]} inShape
   */
  constructor(kind, words, inShape) {
    this.index = 0;
    this.kind = kind;
    this.text = [kind, ...words].join(" ");
    this.inShape = inShape;
    /** @type {number[]} */
    this.outShape = inShape;
    /** @type {Record<string, Tensor>} */
    this.params = {};
    /** @type {Record<string, Tensor>} */
    this.state = {};
    /** The shapes of parameters and state. @type {Record<string, number[]>} */
    this.expected = {};
    this.stateNames = /** @type {string[]} */ ([]);
    this.named = ""; // of skips, the name of the other output
  }

  /**
   * Return the output y. Of skips, `other` is the named output.
   *
   * @param {Reals} x
   * @param {Reals} [other]
   * @returns {Reals}
   */
  forward(x, other) {
    return x;
  }

  /**
   * Return dx and the gradients of the parameters (none of them unless `grads`).
   *
   * @param {Reals} dy
   * @param {Reals} x
   * @param {Reals} y
   * @param {boolean} grads
   * @returns {Back}
   */
  backward(dy, x, y, grads) {
    return { dx: dy, grads: {} };
  }

  /**
   * Return one output written out: what is summed, and what is added to it.
   *
   * @param {number} unit  flat index in y
   * @param {Reals} x
   * @param {Reals} y
   * @param {Reals} [other]
   * @returns {Sum}
   */
  sum(unit, x, y, other) {
    return { terms: [term(unit, x[unit], 1)], bias: 0 };
  }

  /**
   * Return the gradient of a parameter's number written out: which x met which dy.
   *
   * @param {string} name
   * @param {number} index
   * @param {Reals} x
   * @param {Reals} dy
   * @returns {{at: number, unit: number, x: number, dy: number, product: number}[]}
   */
  weightTerms(name, index, x, dy) {
    throw new Error(`${this.kind}: it has no parameter ${name}`);
  }

  /**
   * Return which pixels of the input a box of the output's pixels is computed from.
   *
   * @param {Box} box
   * @returns {Box}
   */
  seen(box) {
    return box;
  }

  /** Return an array for the output. @param {Reals} x @returns {Reals} */
  empty(x) {
    return emptyLike(x, sizeOf(this.outShape));
  }
}

/** Return zeros of the same precision. @param {Reals} x @param {number} length */
export function emptyLike(x, length) {
  return x instanceof Float64Array ? new Float64Array(length) : new Float32Array(length);
}

/** @param {number} at @param {number} x @param {number} w @returns {Term} */
export function term(at, x, w) {
  return { at, x, w, product: x * w };
}

/** Return (H, W, C); plain images have one channel. @param {number[]} shape */
export function imageShape(shape) {
  if (shape.length !== 2 && shape.length !== 3) {
    throw new Error(`expected images, got shape (${shape})`);
  }
  return [shape[0], shape[1], shape[2] ?? 1];
}
