// @ts-check
// Filters of SciPy that the preparation uses, pixels beyond the edge as those at the edge.

import { mapLevels, round } from "./numbers.js";

/**
 * Return an image filtered along its columns, then along its rows. A line of one level
 * stays as it is, and a drawing has many.
 *
 * @template {Float32Array | Uint8Array} T
 * @template {Float64Array | Uint8Array} L
 * @param {T} x
 * @param {number} width  of the image
 * @param {L} line  what a line is copied to, long enough
 * @param {(line: L, count: number) => void} filter  changes its first `count` numbers
 * @returns {T}
 */
function alongBoth(x, width, line, filter) {
  const height = x.length / width, y = /** @type {T} */ (x.slice());
  for (const [lines, next, count, step] of [[width, 1, height, width],
    [height, width, width, 1]]) {
    for (let number = 0; number < lines; number++) {
      const begin = number * next, first = y[begin];
      let same = true;
      for (let i = 0, at = begin; i < count; i++, at += step) {
        line[i] = y[at];
        if (y[at] !== first) same = false;
      }
      if (same) continue;
      filter(line, count);
      for (let i = 0, at = begin; i < count; i++, at += step) y[at] = line[i];
    }
  }
  return y;
}

/**
 * Return the mean of a square around each pixel: ndimage.uniform_filter.
 *
 * @param {Float32Array} x
 * @param {number} width  of the image
 * @param {number} size  of the square
 */
export function uniformFilter(x, width, size) {
  const before = size >> 1;
  const space = new Float64Array(Math.max(width, x.length / width) + size);
  return alongBoth(x, width, space, (line, count) => {
    line.copyWithin(before, 0, count);
    line.fill(line[before], 0, before);
    line.fill(line[before + count - 1], before + count, count + size);
    let sum = 0;
    for (let i = 0; i < size; i++) sum += line[i];
    for (let i = 0; i < count; i++) {
      const last = line[i];
      line[i] = sum / size;
      sum += line[i + size] - last;
    }
  });
}

/**
 * Return the opening: the lowest level in a square around each pixel, then the highest of
 * these in such a square. ndimage.grey_opening.
 *
 * @param {Uint8Array} x
 * @param {number} width  of the image
 * @param {number} size  of the square
 */
export function opening(x, width, size) {
  const back = size >> 1, eroded = extreme(invert(x), width, size, -back);
  return extreme(invert(eroded), width, size, back - size + 1);
}

/**
 * Return the highest level in a square around each pixel: ndimage.maximum_filter.
 *
 * @param {Uint8Array} x
 * @param {number} width
 * @param {number} size
 */
export function maximumFilter(x, width, size) {
  return extreme(x, width, size, -(size >> 1));
}

/** @param {Uint8Array} x */
function invert(x) {
  return mapLevels(x, (level) => 255 - level);
}

/**
 * Return the highest level in a square that begins `first` pixels from each pixel.
 *
 * A line is cut into blocks as long as a window. A window is the end of one block and the
 * beginning of the next; the highest levels of all ends and beginnings take two passes.
 *
 * Source: van Herk 1992, Pattern Recognition Letters 13, 517-521.
 *
 * @param {Uint8Array} x @param {number} width @param {number} size @param {number} first
 */
function extreme(x, width, size, first) {
  const room = Math.max(width, x.length / width) + 2 * size;
  const begins = new Uint8Array(room), ends = new Uint8Array(room), before = -first;
  return alongBoth(x, width, new Uint8Array(room), (line, count) => {
    const last = count + size - 1;
    line.copyWithin(before, 0, count);
    line.fill(0, 0, before);
    line.fill(0, before + count, last + size);
    for (let block = 0; block < last; block += size) {
      let highest = 0;
      for (let i = block; i < block + size; i++) {
        if (line[i] > highest) highest = line[i];
        begins[i] = highest;
      }
      highest = 0;
      for (let i = block + size - 1; i >= block; i--) {
        if (line[i] > highest) highest = line[i];
        ends[i] = highest;
      }
    }
    for (let i = 0; i < count; i++) {
      const a = ends[i], b = begins[i + size - 1];
      line[i] = a > b ? a : b;
    }
  });
}

/**
 * Return grey levels 0-255 of how far each pixel is above the mean of its surroundings.
 *
 * @param {Uint8Array} grey
 * @param {Float32Array} around
 */
export function aboveSurroundings(grey, around) {
  const above = new Float32Array(grey.length), y = new Uint8Array(grey.length);
  for (let i = 0; i < y.length; i++) above[i] = grey[i] - around[i];
  for (let i = 0; i < y.length; i++) above[i] = above[i] / 2 + 127.5;
  for (let i = 0; i < y.length; i++) y[i] = round(above[i]);
  return y;
}
