// @ts-check
// Batch normalisation by the running averages. Letters: C channels, or values.

import { Layer, emptyLike, term } from "./layer.js";

/** @typedef {import("./layer.js").Reals} Reals */

/** y = gamma · (x - mean) / √(var + eps) + beta, each channel by itself. */
export class BatchNorm extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("batchnorm", words, shape);
    this.eps = words[0] === "eps" ? Number(words[1]) : 1e-5;
    const channels = [shape[shape.length - 1]];
    this.expected = { gamma: channels, beta: channels, mean: channels, var: channels };
    this.stateNames = ["mean", "var"];
  }

  /** Return 1 / √(var + eps) of each channel. */
  inverse() {
    return Float64Array.from(this.state.var.data, (v) => 1 / Math.sqrt(v + this.eps));
  }

  /** @param {Reals} x */
  forward(x) {
    const gamma = this.params.gamma.data, beta = this.params.beta.data;
    const mean = this.state.mean.data, inverse = this.inverse(), n = gamma.length;
    return x.map((value, i) =>
      (value - mean[i % n]) * inverse[i % n] * gamma[i % n] + beta[i % n]);
  }

  /** @param {Reals} dy @param {Reals} x */
  backward(dy, x) {
    const gamma = this.params.gamma.data, mean = this.state.mean.data;
    const inverse = this.inverse(), n = gamma.length;
    const grads = { gamma: emptyLike(dy, n), beta: emptyLike(dy, n) };
    dy.forEach((value, i) => {
      grads.gamma[i % n] += value * (x[i] - mean[i % n]) * inverse[i % n];
      grads.beta[i % n] += value;
    });
    return { dx: dy.map((value, i) => value * gamma[i % n] * inverse[i % n]), grads };
  }

  /** @param {number} unit @param {Reals} x */
  sum(unit, x) {
    const c = unit % this.params.gamma.data.length;
    const [gamma, beta] = [this.params.gamma.data[c], this.params.beta.data[c]];
    const [mean, variance] = [this.state.mean.data[c], this.state.var.data[c]];
    const w = gamma / Math.sqrt(variance + this.eps);
    const terms = [{ ...term(unit, x[unit], w), wIndex: c, param: "gamma" }];
    const norm = { mean, var: variance, gamma, beta, eps: this.eps };
    return { terms, bias: beta - mean * w, norm };
  }

  /** @param {string} name @param {number} index @param {Reals} x @param {Reals} dy */
  weightTerms(name, index, x, dy) {
    const mean = this.state.mean.data[index], inverse = this.inverse()[index];
    const terms = [];
    for (let unit = index; unit < dy.length; unit += this.params.gamma.data.length) {
      const value = name === "gamma" ? (x[unit] - mean) * inverse : 1;
      const at = name === "gamma" ? unit : -1;
      terms.push({ at, unit, x: value, dy: dy[unit], product: value * dy[unit] });
    }
    return terms;
  }
}
