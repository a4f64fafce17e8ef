// @ts-check
// Binarisation: Otsu's threshold for a histogram of 256 levels.

/** Return how many pixels have each level. @param {Uint8Array} levels */
export function histogramOf(levels) {
  const counts = new Float64Array(256);
  for (let i = 0; i < levels.length; i++) counts[levels[i]]++;
  return counts;
}

/**
 * Return the level that best divides a histogram into two classes. With n pixels up to a
 * level, of sum S, and N of sum T in all, (n T - N S)² / (n (N - n)) is to be the largest;
 * where several levels are as good, the middle one.
 *
 * Source: Otsu 1979, IEEE Trans. Systems, Man and Cybernetics 9, 62-66, eq. 18.
 *
 * @param {Float64Array} histogram
 */
export function otsu(histogram) {
  let all = 0, total = 0;
  histogram.forEach((count, level) => {
    all += count;
    total += count * level;
  });
  const variance = new Float64Array(256);
  let n = 0, s = 0;
  histogram.forEach((count, level) => {
    n += count;
    s += count * level;
    variance[level] = (n * total - all * s) ** 2 / Math.max(n * (all - n), 1);
  });
  const least = Math.max(...variance) * (1 - 1e-12);
  const first = variance.findIndex((value) => value >= least);
  let last = 255;
  while (variance[last] < least) last--;
  return Math.floor((first + last) / 2);
}

/**
 * Return the level up to which a histogram holds this fraction of its pixels.
 *
 * @param {Float64Array} histogram
 * @param {number} fraction
 */
export function quantile(histogram, fraction) {
  const all = histogram.reduce((sum, count) => sum + count, 0);
  let n = 0;
  for (let level = 0; level < histogram.length; level++) {
    n += histogram[level];
    if (n >= fraction * all) return level;
  }
  return 0;
}
