// @ts-check
// Pooling. Letters: H × W pixels in, P × Q out, C channels, R × S the block.

import { Layer, emptyLike, imageShape, term } from "./layer.js";

/**
 * @typedef {import("./layer.js").Reals} Reals
 * @typedef {import("./layer.js").Box} Box
 */

/** What the two poolings share: blocks of R × S pixels, side by side. */
class Pool extends Layer {
  /** @param {string} kind @param {string[]} words @param {number[]} shape */
  constructor(kind, words, shape) {
    super(kind, words, shape);
    const [rows, columns = rows] = (words[0] ?? "2").split("x").map(Number);
    this.rows = rows;
    this.columns = columns;
    const [height, width, channels] = imageShape(shape);
    this.outShape = [Math.floor(height / rows), Math.floor(width / columns), channels];
    this.offsets = Array.from({ length: rows * columns }, (_, place) =>
      (Math.floor(place / columns) * width + (place % columns)) * channels);
  }

  /** Return where an output's block begins in the input. @param {number} unit */
  corner(unit) {
    const [, width, channels] = imageShape(this.inShape);
    const pixel = Math.floor(unit / channels), across = this.outShape[1];
    const i = Math.floor(pixel / across) * this.rows, j = (pixel % across) * this.columns;
    return (i * width + j) * channels + (unit % channels);
  }

  /** @param {Box} box */
  seen({ x, y, width, height }) {
    const { rows, columns } = this;
    return { x: x * columns, y: y * rows, width: width * columns, height: height * rows };
  }
}

/** The largest of each block; the gradient goes to the first of those as large. */
export class MaxPool extends Pool {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("maxpool", words, shape);
  }

  /** Return where the largest of a block is. @param {number} unit @param {Reals} x */
  winner(unit, x) {
    const corner = this.corner(unit);
    let best = corner;
    for (const offset of this.offsets) {
      if (x[corner + offset] > x[best]) best = corner + offset;
    }
    return best;
  }

  /** @param {Reals} x */
  forward(x) {
    const y = this.empty(x);
    for (let unit = 0; unit < y.length; unit++) y[unit] = x[this.winner(unit, x)];
    return y;
  }

  /** @param {Reals} dy @param {Reals} x */
  backward(dy, x) {
    const dx = emptyLike(dy, x.length);
    for (let unit = 0; unit < dy.length; unit++) dx[this.winner(unit, x)] = dy[unit];
    return { dx, grads: {} };
  }

  /** @param {number} unit @param {Reals} x */
  sum(unit, x) {
    const winner = this.winner(unit, x), corner = this.corner(unit);
    const terms = this.offsets.map((offset) => {
      const at = corner + offset;
      return term(at, x[at], at === winner ? 1 : 0);
    });
    return { terms, bias: 0, winner };
  }
}

/** The mean of each block; each of its pixels gets an equal share of dy. */
export class AvgPool extends Pool {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("avgpool", words, shape);
  }

  /** @param {Reals} x */
  forward(x) {
    const { offsets } = this;
    return this.empty(x).map((_, unit) => {
      const corner = this.corner(unit);
      return offsets.reduce((sum, o) => sum + x[corner + o], 0) / offsets.length;
    });
  }

  /** @param {Reals} dy @param {Reals} x */
  backward(dy, x) {
    const dx = emptyLike(dy, x.length);
    dy.forEach((value, unit) => {
      const corner = this.corner(unit);
      for (const o of this.offsets) dx[corner + o] = value / this.offsets.length;
    });
    return { dx, grads: {} };
  }

  /** @param {number} unit @param {Reals} x */
  sum(unit, x) {
    const corner = this.corner(unit), share = 1 / this.offsets.length;
    return { terms: this.offsets.map((o) => term(corner + o, x[corner + o], share)), bias: 0 };
  }
}

/** The mean of each channel over the image: (H, W, C) -> (C). */
export class GlobalPool extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("globalpool", words, shape);
    const [height, width, channels] = imageShape(shape);
    this.outShape = [channels];
    this.pixels = height * width;
  }

  /** @param {Reals} x */
  forward(x) {
    const sums = new Float64Array(this.outShape[0]);
    for (let i = 0; i < x.length; i++) sums[i % sums.length] += x[i];
    const y = this.empty(x);
    y.set(sums.map((sum) => sum / this.pixels));
    return y;
  }

  /** @param {Reals} dy @param {Reals} x */
  backward(dy, x) {
    const dx = emptyLike(dy, x.length);
    return { dx: dx.map((_, i) => dy[i % dy.length] / this.pixels), grads: {} };
  }

  /** @param {number} unit @param {Reals} x */
  sum(unit, x) {
    const terms = [];
    for (let at = unit; at < x.length; at += this.outShape[0]) {
      terms.push(term(at, x[at], 1 / this.pixels));
    }
    return { terms, bias: 0 };
  }
}
