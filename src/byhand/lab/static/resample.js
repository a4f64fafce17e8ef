// @ts-check
// Pictures made smaller and larger, with Pillow's arithmetic.

/** @typedef {{width: number, height: number, data: Uint8Array}} Grey */

/**
 * Return a picture shrunk by a whole number, each pixel the mean of a block; the blocks
 * at the right and below may be smaller. Pillow's Image.reduce.
 *
 * @param {Grey} grey
 * @param {number} factor
 * @returns {Grey}
 */
export function reduce({ width, height, data }, factor) {
  if (factor === 1) return { width, height, data };
  const columns = Math.ceil(width / factor), rows = Math.ceil(height / factor);
  const y = new Uint8Array(columns * rows);
  for (let i = 0; i < rows; i++) {
    const top = i * factor, bottom = Math.min(height, top + factor);
    for (let j = 0; j < columns; j++) {
      const left = j * factor, right = Math.min(width, left + factor);
      const count = (bottom - top) * (right - left);
      let sum = count >> 1; // so that it is rounded
      for (let row = top; row < bottom; row++) {
        for (let at = row * width + left; at < row * width + right; at++) sum += data[at];
      }
      y[i * columns + j] = Math.floor((sum * Math.floor(2 ** 24 / count)) / 2 ** 24);
    }
  }
  return { width: columns, height: rows, data: y };
}

/**
 * Return the part of a picture between these edges, the last two beyond it.
 *
 * @param {Grey} grey @param {number} left @param {number} top @param {number} right
 * @param {number} bottom
 * @returns {Grey}
 */
export function crop({ width, data }, left, top, right, bottom) {
  const part = new Uint8Array((right - left) * (bottom - top));
  for (let y = top; y < bottom; y++) {
    part.set(data.subarray(y * width + left, y * width + right), (y - top) * (right - left));
  }
  return { width: right - left, height: bottom - top, data: part };
}

/**
 * Return ink (h, w) in another size, by Pillow's bilinear filter in floating point: where
 * it shrinks, it averages over the area that a pixel covers.
 *
 * @param {Float32Array} ink
 * @param {[number, number]} from  height and width
 * @param {[number, number]} to
 * @returns {Float32Array}
 */
export function resize(ink, [h, w], [rows, columns]) {
  const wide = columns === w ? ink : resampled(ink, weights(w, columns), {
    lines: h, line: w, step: 1, toLine: columns, toStep: 1 });
  return rows === h ? wide : resampled(wide, weights(h, rows), {
    lines: columns, line: 1, step: columns, toLine: 1, toStep: columns });
}

/**
 * @typedef {{first: number, k: Float64Array}} Weights  of the source pixels from `first`
 * @typedef {{lines: number, line: number, step: number, toLine: number, toStep: number}}
 *   Strides  from one line, and from one pixel of it, to the next
 */

/** @param {Float32Array} x @param {Weights[]} all @param {Strides} strides */
function resampled(x, all, { lines, line, step, toLine, toStep }) {
  const y = new Float32Array(lines * all.length);
  all.forEach(({ first, k }, place) => {
    for (let i = 0; i < lines; i++) {
      let sum = 0;
      for (let n = 0, at = i * line + first * step; n < k.length; n++, at += step) {
        sum += x[at] * k[n];
      }
      y[i * toLine + place * toStep] = sum;
    }
  });
  return y;
}

/**
 * Return, for each pixel of the result, its first source pixel and the weights.
 *
 * @param {number} from
 * @param {number} to
 * @returns {Weights[]}
 */
function weights(from, to) {
  const scale = from / to, support = Math.max(scale, 1);
  return Array.from({ length: to }, (_, place) => {
    const centre = (place + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - support + 0.5));
    const last = Math.min(from, Math.trunc(centre + support + 0.5));
    const k = [];
    for (let x = first; x < last; x++) {
      k.push(Math.max(0, 1 - Math.abs((x - centre + 0.5) * (1 / support))));
    }
    const total = k.reduce((sum, v) => sum + v, 0);
    return { first, k: Float64Array.from(k, (v) => (total ? v / total : v)) };
  });
}
