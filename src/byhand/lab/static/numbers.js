// @ts-check
// Rounding and sums as NumPy has them, so that the page's preparation equals Python's.

const { fround } = Math;

const SPACING_1 = 1.5 * 2 ** 52; // here float64 has whole numbers alone

/** Return the nearest whole number; halves go to the even one. @param {number} x */
export function round(x) {
  return x + SPACING_1 - SPACING_1;
}

/**
 * Return the sum of float32 numbers as NumPy adds them up: in pairs of blocks, eight sums
 * side by side, each rounded to float32. Where a drawing is symmetric, its centre of mass
 * is on the border of two pixels, and the last bit decides.
 *
 * @param {Float32Array} x
 * @param {number} begin
 * @param {number} count
 * @returns {number}
 */
export function pairwiseSum(x, begin = 0, count = x.length) {
  if (count < 8) {
    let sum = 0;
    for (let i = 0; i < count; i++) sum = fround(sum + x[begin + i]);
    return sum;
  }
  if (count > 128) {
    let half = count >> 1;
    half -= half % 8;
    const left = pairwiseSum(x, begin, half);
    return fround(left + pairwiseSum(x, begin + half, count - half));
  }
  const r = Float32Array.from(x.subarray(begin, begin + 8));
  const end = count - (count % 8);
  for (let i = 8; i < end; i += 8) {
    for (let j = 0; j < 8; j++) r[j] += x[begin + i + j];
  }
  let sum = fround(fround(fround(r[0] + r[1]) + fround(r[2] + r[3])) +
    fround(fround(r[4] + r[5]) + fround(r[6] + r[7])));
  for (let i = end; i < count; i++) sum = fround(sum + x[begin + i]);
  return sum;
}

/**
 * Return levels changed one by one, by a table of 256 worked out first.
 *
 * @param {Uint8Array} levels
 * @param {(level: number) => number} f
 */
export function mapLevels(levels, f) {
  const table = new Uint8Array(256), y = new Uint8Array(levels.length);
  for (let level = 0; level < 256; level++) table[level] = f(level);
  for (let i = 0; i < y.length; i++) y[i] = table[levels[i]];
  return y;
}
