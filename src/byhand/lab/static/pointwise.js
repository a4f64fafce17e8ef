// @ts-check
// Layers that treat each number by itself, and those that only arrange them anew.

import { Layer, emptyLike, imageShape, term } from "./layer.js";
import { sizeOf } from "./tensors.js";

/**
 * @typedef {import("./layer.js").Reals} Reals
 * @typedef {import("./layer.js").Box} Box
 */

/** Grey values to numbers: y = x · scale + offset. */
export class Pixels extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("pixels", words, shape);
    this.scale = number(words[0] ?? "1/255");
    this.offset = number(words[1] ?? "0");
  }

  /** @param {Reals} x */
  forward(x) {
    return x.map((value) => value * this.scale + this.offset);
  }

  /** @param {Reals} dy */
  backward(dy) {
    return { dx: dy.map((value) => value * this.scale), grads: {} };
  }

  /** @param {number} unit @param {Reals} x */
  sum(unit, x) {
    return { terms: [term(unit, x[unit], this.scale)], bias: this.offset };
  }
}

/** Return the value of "1/255" or "-0.5". @param {string} text */
function number(text) {
  const [above, below = "1"] = text.split("/");
  return Number(above) / Number(below);
}

/** y = max(x, 0); the gradient at 0 is taken as 0. */
export class ReLU extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("relu", words, shape);
  }

  /** @param {Reals} x */
  forward(x) {
    return x.map((value) => (value > 0 ? value : 0));
  }

  /** @param {Reals} dy @param {Reals} x */
  backward(dy, x) {
    return { dx: dy.map((value, i) => (x[i] > 0 ? value : 0)), grads: {} };
  }
}

/** Drops values while a network learns; here it passes all of them on. */
export class Dropout extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("dropout", words, shape);
  }
}

/** All numbers of an image in one row. */
export class Flatten extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("flatten", words, shape);
    this.outShape = [sizeOf(shape)];
  }
}

/** Images without their margin of M pixels. */
export class Crop extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("crop", words, shape);
    this.margin = Number(words[0]);
    const [height, width, ...rest] = shape;
    this.outShape = [height - 2 * this.margin, width - 2 * this.margin, ...rest];
  }

  /** Return where an output is in the input. @param {number} unit */
  source(unit) {
    const channels = imageShape(this.inShape)[2];
    const run = this.outShape[1] * channels;
    const row = Math.floor(unit / run) + this.margin;
    return (row * this.inShape[1] + this.margin) * channels + (unit % run);
  }

  /** @param {Reals} x */
  forward(x) {
    return this.empty(x).map((_, unit) => x[this.source(unit)]);
  }

  /** @param {Reals} dy @param {Reals} x */
  backward(dy, x) {
    const dx = emptyLike(dy, x.length);
    dy.forEach((value, unit) => (dx[this.source(unit)] = value));
    return { dx, grads: {} };
  }

  /** @param {number} unit @param {Reals} x */
  sum(unit, x) {
    const at = this.source(unit);
    return { terms: [term(at, x[at], 1)], bias: 0 };
  }

  /** @param {Box} box */
  seen(box) {
    return { ...box, x: box.x + this.margin, y: box.y + this.margin };
  }
}
