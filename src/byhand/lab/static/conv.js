// @ts-check
// Convolution. Letters: H × W pixels in, P × Q out, C channels in, F filters, R × S the
// window. Images are channels-last: (H, W, C).

import { Layer, emptyLike, imageShape, term } from "./layer.js";
import { Inputs, backThroughRow } from "./products.js";

/**
 * @typedef {import("./layer.js").Reals} Reals
 * @typedef {import("./layer.js").Box} Box
 */

/**
 * y[p, q, f] = b[f] + Σ x[p·stride + r - pad, q·stride + s - pad, c] · w[r, s, c, f] over
 * r, s and c; outside of x there are zeros.
 */
export class Conv extends Layer {
  /** @param {string[]} words @param {number[]} shape */
  constructor(words, shape) {
    super("conv", words, shape);
    const [filters, window, ...rest] = words;
    const [height, width, channels] = imageShape(shape);
    const [rows, columns] = window.split("x").map(Number);
    this.stride = Number(option(rest, "stride", "1"));
    this.pad = Number(option(rest, "pad", "0"));
    const p = Math.floor((height + 2 * this.pad - rows) / this.stride) + 1;
    const q = Math.floor((width + 2 * this.pad - columns) / this.stride) + 1;
    this.outShape = [p, q, Number(filters)];
    this.expected = { w: [rows, columns, channels, Number(filters)], b: [Number(filters)] };
    this.inputs = new Inputs(rows * columns * channels);
    this.sums = new Float64Array(Number(filters));
  }

  /**
   * Return the rows of the window of output (p, q) that are inside of x: where each is in
   * x, how many numbers it has, and where its weights begin.
   *
   * @param {number} p @param {number} q
   * @param {(begin: number, length: number, row: number) => void} use
   */
  eachRow(p, q, use) {
    const [height, width, channels] = imageShape(this.inShape);
    const [rows, columns, , filters] = this.expected.w;
    const top = p * this.stride - this.pad, left = q * this.stride - this.pad;
    const first = Math.max(0, -left), last = Math.min(columns, width - left);
    for (let r = Math.max(0, -top); r < Math.min(rows, height - top); r++) {
      const begin = ((top + r) * width + left + first) * channels;
      const length = (last - first) * channels;
      use(begin, length, (r * columns + first) * channels * filters);
    }
  }

  /** @param {Reals} x */
  forward(x) {
    const [height, width, filters] = this.outShape;
    const { inputs, sums } = this;
    const w = this.params.w.data, b = this.params.b.data, y = this.empty(x);
    /** @type {(begin: number, length: number, row: number) => void} */
    const add = (begin, length, row) => inputs.add(x, begin, length, row, filters);
    for (let p = 0; p < height; p++) {
      for (let q = 0; q < width; q++) {
        sums.set(b);
        inputs.count = 0;
        this.eachRow(p, q, add);
        inputs.addProducts(w, sums);
        y.set(sums, (p * width + q) * filters);
      }
    }
    return y;
  }

  /**
   * @param {Reals} dy @param {Reals} x @param {Reals} y @param {boolean} grads
   * @returns {import("./layer.js").Back}
   */
  backward(dy, x, y, grads) {
    const [height, width, filters] = this.outShape;
    const w = this.params.w.data, db = emptyLike(dy, filters);
    const dw = grads ? emptyLike(w, w.length) : null;
    const dx = emptyLike(dy, x.length);
    const given = new Inputs(filters);
    /** @type {(begin: number, length: number, row: number) => void} */
    const back = (begin, length, row) => {
      for (let i = begin; i < begin + length; i++, row += filters) {
        dx[i] += backThroughRow(w, dw, row, x[i], given);
      }
    };
    for (let p = 0; p < height; p++) {
      for (let q = 0; q < width; q++) {
        given.count = 0;
        given.add(dy, (p * width + q) * filters, filters, 0, 1);
        for (let i = 0; i < given.count; i++) db[given.rows[i]] += given.x[i];
        if (given.count) this.eachRow(p, q, back);
      }
    }
    return dw ? { dx, grads: { w: dw, b: db } } : { dx, grads: {} };
  }

  /**
   * Return where x[p·stride + r - pad, q·stride + s - pad, c] is; -1 outside.
   *
   * @param {number} p @param {number} q @param {number} r @param {number} s
   * @param {number} c
   */
  source(p, q, r, s, c) {
    const [height, width, channels] = imageShape(this.inShape);
    const i = p * this.stride + r - this.pad, j = q * this.stride + s - this.pad;
    if (i < 0 || j < 0 || i >= height || j >= width) return -1;
    return (i * width + j) * channels + c;
  }

  /** @param {number} unit @param {Reals} x */
  sum(unit, x) {
    const [, width, filters] = this.outShape;
    const [rows, columns, channels] = this.expected.w;
    const f = unit % filters, q = Math.floor(unit / filters) % width;
    const p = Math.floor(unit / filters / width);
    const { w, b } = this.params;
    const terms = [];
    for (let place = 0; place < rows * columns * channels; place++) {
      const c = place % channels, s = Math.floor(place / channels) % columns;
      const r = Math.floor(place / channels / columns);
      const at = this.source(p, q, r, s, c), wIndex = place * filters + f;
      const value = at < 0 ? 0 : x[at];
      terms.push({ ...term(at, value, w.data[wIndex]), wIndex, param: "w" });
    }
    return { terms, bias: b.data[f] };
  }

  /** @param {string} name @param {number} index @param {Reals} x @param {Reals} dy */
  weightTerms(name, index, x, dy) {
    const [height, width, filters] = this.outShape;
    const [, columns, channels] = this.expected.w;
    const place = Math.floor(index / filters), c = place % channels;
    const s = Math.floor(place / channels) % columns;
    const r = Math.floor(place / channels / columns);
    const terms = [];
    for (let p = 0; p < height; p++) {
      for (let q = 0; q < width; q++) {
        const unit = (p * width + q) * filters + (index % filters);
        const at = name === "w" ? this.source(p, q, r, s, c) : -1;
        const value = name === "w" ? (at < 0 ? 0 : x[at]) : 1;
        terms.push({ at, unit, x: value, dy: dy[unit], product: value * dy[unit] });
      }
    }
    return terms;
  }

  /** @param {Box} box */
  seen({ x, y, width, height }) {
    const [rows, columns] = this.expected.w;
    return {
      x: x * this.stride - this.pad,
      y: y * this.stride - this.pad,
      width: (width - 1) * this.stride + columns,
      height: (height - 1) * this.stride + rows,
    };
  }
}

/** @param {string[]} words @param {string} name @param {string} value  unless given */
function option(words, name, value) {
  const place = words.indexOf(name);
  return place < 0 ? value : words[place + 1];
}
