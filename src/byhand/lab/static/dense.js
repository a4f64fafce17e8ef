// @ts-check
// Dense layers: y = x @ w + b. Letters: D inputs, M outputs.

import { Layer, emptyLike, term } from "./layer.js";
import { Inputs, backThroughRow } from "./products.js";

/** @typedef {import("./layer.js").Reals} Reals */

/** w is (D, M): the row of an input holds its weight in each output. */
export class Dense extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("dense", words, shape);
    if (shape.length !== 1) throw new Error(`dense: expected a flat input, got (${shape})`);
    this.outShape = [Number(words[0])];
    this.expected = { w: [shape[0], this.outShape[0]], b: this.outShape };
    this.inputs = new Inputs(shape[0]);
    this.sums = new Float64Array(this.outShape[0]);
  }

  /** @param {Reals} x */
  forward(x) {
    const { inputs, sums } = this;
    sums.set(this.params.b.data);
    inputs.count = 0;
    inputs.add(x, 0, x.length, 0, sums.length);
    inputs.addProducts(this.params.w.data, sums);
    const y = this.empty(x);
    y.set(sums);
    return y;
  }

  /**
   * @param {Reals} dy @param {Reals} x @param {Reals} y @param {boolean} grads
   * @returns {import("./layer.js").Back}
   */
  backward(dy, x, y, grads) {
    const w = this.params.w.data;
    const dw = grads ? emptyLike(w, w.length) : null;
    const dx = emptyLike(dy, x.length);
    const given = new Inputs(dy.length);
    given.add(dy, 0, dy.length, 0, 1);
    for (let d = 0; d < x.length; d++) {
      dx[d] = backThroughRow(w, dw, d * dy.length, x[d], given);
    }
    return dw ? { dx, grads: { w: dw, b: dy.slice() } } : { dx, grads: {} };
  }

  /** @param {number} unit @param {Reals} x */
  sum(unit, x) {
    const { w, b } = this.params;
    const terms = Array.from(x, (value, at) => {
      const wIndex = at * b.data.length + unit;
      return { ...term(at, value, w.data[wIndex]), wIndex, param: "w" };
    });
    return { terms, bias: b.data[unit] };
  }

  /** @param {string} name @param {number} index @param {Reals} x @param {Reals} dy */
  weightTerms(name, index, x, dy) {
    const unit = index % dy.length;
    const at = name === "w" ? Math.floor(index / dy.length) : -1;
    const value = name === "w" ? x[at] : 1;
    return [{ at, unit, x: value, dy: dy[unit], product: value * dy[unit] }];
  }
}
