// @ts-check
// Filters of SciPy that the preparation uses, pixels beyond the edge as those at the edge.

import { mapLevels, round } from "./numbers.js";

const { fround } = Math;

/**
 * Return an image filtered along its columns, then along its rows.
 *
 * @template {Float32Array | Uint8Array} T
 * @param {T} x
 * @param {number} width  of the image
 * @param {(line: Float64Array, count: number) => void} filter  changes the first `count`
 *   numbers of a line, one that has room for more behind them
 * @param {number} room
 * @returns {T}
 */
function alongBoth(x, width, filter, room) {
  const height = x.length / width, y = /** @type {T} */ (x.slice());
  const line = new Float64Array(Math.max(width, height) + room);
  for (let column = 0; column < width; column++) {
    for (let i = 0, at = column; i < height; i++, at += width) line[i] = y[at];
    filter(line, height);
    for (let i = 0, at = column; i < height; i++, at += width) y[at] = line[i];
  }
  for (let begin = 0; begin < y.length; begin += width) {
    for (let j = 0; j < width; j++) line[j] = y[begin + j];
    filter(line, width);
    for (let j = 0; j < width; j++) y[begin + j] = line[j];
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
  return alongBoth(x, width, (line, count) => {
    line.copyWithin(before, 0, count);
    line.fill(line[before], 0, before);
    line.fill(line[before + count - 1], before + count, count + size);
    let mean = 0;
    for (let i = 0; i < size; i++) mean += line[i];
    mean /= size;
    for (let i = 0; i < count; i++) {
      const last = line[i];
      line[i] = mean;
      mean += (line[i + size] - last) / size;
    }
  }, size);
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
 * @param {Uint8Array} x @param {number} width @param {number} size @param {number} first
 */
function extreme(x, width, size, first) {
  const longer = Math.max(width, x.length / width);
  // levels that may still be the highest of a later window, falling, and where they are
  const levels = new Float64Array(longer), places = new Int32Array(longer);
  return alongBoth(x, width, (line, count) => {
    let head = 0, tail = 0, next = 0;
    for (let i = 0; i < count; i++) {
      for (const end = Math.min(count, i + first + size); next < end; next++) {
        while (tail > head && levels[tail - 1] <= line[next]) tail--;
        levels[tail] = line[next];
        places[tail++] = next;
      }
      while (places[head] < i + first) head++;
      line[i] = levels[head];
    }
  }, 0);
}

/**
 * Return grey levels 0-255 of how far each pixel is above the mean of its surroundings.
 *
 * @param {Uint8Array} grey
 * @param {Float32Array} around
 */
export function aboveSurroundings(grey, around) {
  const y = new Uint8Array(grey.length);
  for (let i = 0; i < y.length; i++) {
    y[i] = round(fround(fround(fround(grey[i] - around[i]) / 2) + 127.5));
  }
  return y;
}
