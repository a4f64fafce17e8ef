// @ts-check
// Filters of SciPy that the preparation uses, pixels beyond the edge as those at the edge.

import { round } from "./numbers.js";

const { fround } = Math;

/**
 * Call for each line of an image, rows or columns: where it begins, how far apart its
 * pixels are, and how many there are.
 *
 * @param {number} width
 * @param {number} height
 * @param {boolean} down  whether the lines are columns
 * @param {(begin: number, step: number, count: number) => void} use
 */
function eachLine(width, height, down, use) {
  if (down) for (let x = 0; x < width; x++) use(x, width, height);
  else for (let y = 0; y < height; y++) use(y * width, 1, width);
}

/**
 * Return the mean of a square around each pixel: ndimage.uniform_filter.
 *
 * @param {Float32Array} x
 * @param {number} width  of the image
 * @param {number} size  of the square
 */
export function uniformFilter(x, width, size) {
  const height = x.length / width, before = size >> 1;
  let from = x;
  for (const down of [true, false]) {
    const source = from, y = new Float32Array(x.length);
    eachLine(width, height, down, (begin, step, count) => {
      /** @param {number} i */
      const at = (i) => source[begin + Math.min(Math.max(i, 0), count - 1) * step];
      let mean = 0;
      for (let i = 0; i < size; i++) mean += at(i - before);
      mean /= size;
      y[begin] = mean;
      for (let i = 1; i < count; i++) {
        mean += (at(i - before + size - 1) - at(i - before - 1)) / size;
        y[begin + i * step] = mean;
      }
    });
    from = y;
  }
  return from;
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
  return x.map((level) => 255 - level);
}

/**
 * Return the highest level in a square that begins `first` pixels from each pixel.
 *
 * @param {Uint8Array} x @param {number} width @param {number} size @param {number} first
 */
function extreme(x, width, size, first) {
  const height = x.length / width;
  let from = x;
  for (const down of [true, false]) {
    const source = from, y = new Uint8Array(x.length);
    // places that may still be the highest of a later window, their levels falling
    const queue = new Int32Array(Math.max(width, height));
    eachLine(width, height, down, (begin, step, count) => {
      let head = 0, tail = 0, next = 0;
      for (let i = 0; i < count; i++) {
        const end = Math.min(count, i + first + size);
        for (; next < end; next++) {
          const level = source[begin + next * step];
          while (tail > head && source[begin + queue[tail - 1] * step] <= level) tail--;
          queue[tail++] = next;
        }
        while (queue[head] < i + first) head++;
        y[begin + i * step] = source[begin + queue[head] * step];
      }
    });
    from = y;
  }
  return from;
}

/**
 * Return grey levels 0-255 of how far each pixel is above the mean of its surroundings.
 *
 * @param {Uint8Array} grey
 * @param {Float32Array} around
 */
export function aboveSurroundings(grey, around) {
  return Uint8Array.from(grey, (level, i) =>
    round(fround(fround(fround(level - around[i]) / 2) + 127.5)));
}
