// @ts-check
// Skip connections: an output is named ("as half"), and joined to a later one by its name.

import { Layer, emptyLike, term } from "./layer.js";

/** @typedef {import("./layer.js").Reals} Reals */
/** @typedef {Record<string, number[]>} Shapes  of the outputs named so far */

/** Names the output so far and passes it on; the network keeps it. */
export class As extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("as", words, shape);
    this.named = words[0];
  }
}

/** y = x + other. */
export class Add extends Layer {
  /** @param {string[]} words @param {number[]} shape @param {Shapes} named */
  constructor(words, shape, named) {
    super("add", words, shape);
    this.named = words[0];
    if (String(named[words[0]]) !== String(shape)) {
      throw new Error(`add ${words[0]}: expected (${named[words[0]]}), got (${shape})`);
    }
  }

  /** @param {Reals} x @param {Reals} other */
  forward(x, other) {
    return x.map((value, i) => value + other[i]);
  }

  /** @param {Reals} dy */
  backward(dy) {
    return { dx: dy, grads: {}, dother: dy };
  }

  /** @param {number} unit @param {Reals} x @param {Reals} y @param {Reals} other */
  sum(unit, x, y, other) {
    const second = { ...term(unit, other[unit], 1), of: this.named };
    return { terms: [term(unit, x[unit], 1), second], bias: 0 };
  }
}

/** The channels of x (…, C), and behind them those of the other (…, D). */
export class Concat extends Layer {
  /** @param {string[]} words @param {number[]} shape @param {Shapes} named */
  constructor(words, shape, named) {
    super("concat", words, shape);
    this.named = words[0];
    const other = named[words[0]], last = shape.length - 1;
    if (!other || String(other.slice(0, -1)) !== String(shape.slice(0, -1))) {
      throw new Error(`concat ${words[0]}: expected (${other}), got (${shape})`);
    }
    this.channels = [shape[last], other[last]];
    this.outShape = [...shape.slice(0, -1), shape[last] + other[last]];
  }

  /** @param {Reals} x @param {Reals} other */
  forward(x, other) {
    const [c, d] = this.channels, y = this.empty(x);
    for (let pixel = 0; pixel * (c + d) < y.length; pixel++) {
      y.set(x.subarray(pixel * c, (pixel + 1) * c), pixel * (c + d));
      y.set(other.subarray(pixel * d, (pixel + 1) * d), pixel * (c + d) + c);
    }
    return y;
  }

  /** @param {Reals} dy */
  backward(dy) {
    const [c, d] = this.channels, pixels = dy.length / (c + d);
    const dx = emptyLike(dy, pixels * c), dother = emptyLike(dy, pixels * d);
    for (let pixel = 0; pixel < pixels; pixel++) {
      const begin = pixel * (c + d);
      dx.set(dy.subarray(begin, begin + c), pixel * c);
      dother.set(dy.subarray(begin + c, begin + c + d), pixel * d);
    }
    return { dx, grads: {}, dother };
  }

  /** @param {number} unit @param {Reals} x @param {Reals} y @param {Reals} other */
  sum(unit, x, y, other) {
    const [c, d] = this.channels, pixel = Math.floor(unit / (c + d));
    const channel = unit % (c + d);
    if (channel < c) {
      const at = pixel * c + channel;
      return { terms: [term(at, x[at], 1)], bias: 0 };
    }
    const at = pixel * d + channel - c;
    return { terms: [{ ...term(at, other[at], 1), of: this.named }], bias: 0 };
  }
}
