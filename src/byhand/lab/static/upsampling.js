// @ts-check
// More pixels, each a copy of one, or made of channels. Letters: H × W pixels in, S times
// as many out in each direction, C channels in, K out.

import { Layer, emptyLike, imageShape, term } from "./layer.js";

/**
 * @typedef {import("./layer.js").Reals} Reals
 * @typedef {import("./layer.js").Box} Box
 */

/** What the two share: each output is a copy of an input. */
class Enlarging extends Layer {
  /** @param {string} kind @param {string[]} words @param {number[]} shape */
  constructor(kind, words, shape) {
    super(kind, words, shape);
    this.size = Number(words[0] ?? "2");
  }

  /** Return which input an output is a copy of. @param {number} unit @returns {number} */
  source(unit) {
    return unit;
  }

  /** @param {Reals} x */
  forward(x) {
    return this.empty(x).map((_, unit) => x[this.source(unit)]);
  }

  /** @param {Reals} dy @param {Reals} x */
  backward(dy, x) {
    const dx = emptyLike(dy, x.length);
    dy.forEach((value, unit) => (dx[this.source(unit)] += value));
    return { dx, grads: {} };
  }

  /** @param {number} unit @param {Reals} x */
  sum(unit, x) {
    const at = this.source(unit);
    return { terms: [term(at, x[at], 1)], bias: 0 };
  }

  /** @param {Box} box */
  seen({ x, y, width, height }) {
    const left = Math.floor(x / this.size), top = Math.floor(y / this.size);
    const right = Math.ceil((x + width) / this.size);
    return { x: left, y: top, width: right - left,
      height: Math.ceil((y + height) / this.size) - top };
  }
}

/** Nearest neighbour: y[p, q, c] = x[p // S, q // S, c]. */
export class Upsample extends Enlarging {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("upsample", words, shape);
    const [height, width, channels] = imageShape(shape);
    this.outShape = [this.size * height, this.size * width, channels];
  }

  /** @param {number} unit */
  source(unit) {
    const [, width, channels] = this.outShape;
    const c = unit % channels, q = Math.floor(unit / channels) % width;
    const p = Math.floor(unit / channels / width);
    const i = Math.floor(p / this.size), j = Math.floor(q / this.size);
    return (i * (width / this.size) + j) * channels + c;
  }
}

/** Channels become pixels: y[S·h + i, S·w + j, k] = x[h, w, (S·i + j)·K + k]. */
export class PixelShuffle extends Enlarging {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("pixelshuffle", words, shape);
    const [height, width, channels] = imageShape(shape);
    this.outShape = [this.size * height, this.size * width, channels / this.size ** 2];
  }

  /** @param {number} unit */
  source(unit) {
    const [, width, channels] = this.outShape, s = this.size;
    const k = unit % channels, q = Math.floor(unit / channels) % width;
    const p = Math.floor(unit / channels / width);
    const h = Math.floor(p / s), w = Math.floor(q / s);
    const within = (s * (p % s) + (q % s)) * channels + k;
    return (h * (width / s) + w) * channels * s * s + within;
  }
}
