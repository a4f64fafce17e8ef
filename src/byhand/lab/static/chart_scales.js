// @ts-check
/** The scales of charts: round numbers for their axes, and fewer points for the same curve. */

/** Round numbers from low to high, about `count`. @param {number} low @param {number} high */
export function ticks(low, high, count = 4) {
  const rough = (high - low) / count;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 2.5, 5].find((f) => f * power >= rough * 0.999) ?? 10);
  const first = Math.ceil(low / step - 1e-9), last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step)
    .toPrecision(12)));
}

/** Powers of ten from low to high, with 2 and 5 where there are few; round numbers where even
 * these are too few. @param {number} low @param {number} high */
export function logTicks(low, high) {
  const first = Math.floor(Math.log10(low)), last = Math.ceil(Math.log10(high));
  const every = Math.ceil((last - first) / 6);
  const factors = Math.log10(high / low) > 2.5 ? [1] : [1, 2, 5];
  const found = [];
  for (let power = first; power <= last; power += every) {
    for (const f of factors) found.push(Number((f * 10 ** power).toPrecision(3)));
  }
  const within = found.filter((tick) => tick >= low * 0.999 && tick <= high * 1.001);
  return within.length > 1 ? within : ticks(low, high);
}

/** The interval from tick to tick that holds an interval. @param {number} low
 * @param {number} high @param {number} [count] @returns {[number, number]} */
export function rounded(low, high, count = 4) {
  if (low === high) {
    const half = Math.abs(low) / 2 || 1;
    [low, high] = [low - half, high + half];
  }
  const at = ticks(low, high, count), step = at[1] - at[0] || high - low;
  return [Math.floor(low / step + 1e-9) * step, Math.ceil(high / step - 1e-9) * step];
}

/**
 * Points that draw the same curve: of those in one column of pixels the first, the lowest, the
 * highest and the last, in their order.
 * @param {{px: number, py: number}[]} points px ascending
 */
export function thinned(points) {
  const kept = /** @type {typeof points} */ ([]);
  for (let i = 0; i < points.length;) {
    let end = i, low = i, high = i;
    for (; end < points.length && Math.floor(points[end].px) === Math.floor(points[i].px); end++) {
      if (points[end].py < points[low].py) low = end;
      if (points[end].py > points[high].py) high = end;
    }
    const places = [i, Math.min(low, high), Math.max(low, high), end - 1];
    kept.push(...[...new Set(places)].map((place) => points[place]));
    i = end;
  }
  return kept;
}

/** The place in x of the last number that is at most a value; 0 where none is.
 * @param {ArrayLike<number>} x ascending @param {number} value */
export function placeBefore(x, value) {
  let low = 0, high = x.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (x[middle] <= value) low = middle + 1;
    else high = middle;
  }
  return Math.max(0, low - 1);
}
