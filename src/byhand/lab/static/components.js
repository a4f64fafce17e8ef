// @ts-check
// Connected components: the ink that hangs together. Letters: H × W pixels.

/**
 * Return the number of each pixel's component, and how many there are. They are numbered
 * from 1, in the order of their first pixels; paper has 0. Pixels that meet at a corner
 * are connected.
 *
 * @param {Uint8Array} mask  1 where ink is
 * @param {number} width
 * @returns {{labels: Int32Array, count: number}}
 */
export function connectedComponents(mask, width) {
  const labels = new Int32Array(mask.length), open = new Int32Array(mask.length);
  const height = mask.length / width;
  let count = 0;
  for (let start = 0; start < mask.length; start++) {
    if (!mask[start] || labels[start]) continue;
    labels[start] = ++count;
    open[0] = start;
    for (let length = 1; length > 0; ) {
      const at = open[--length], x = at % width, y = (at - x) / width;
      for (let i = Math.max(0, y - 1); i <= Math.min(height - 1, y + 1); i++) {
        for (let j = Math.max(0, x - 1); j <= Math.min(width - 1, x + 1); j++) {
          const next = i * width + j;
          if (!mask[next] || labels[next]) continue;
          labels[next] = count;
          open[length++] = next;
        }
      }
    }
  }
  return { labels, count };
}

/**
 * Return how many pixels each component has; that of paper is 0.
 *
 * @param {Int32Array} labels
 * @param {number} count
 */
export function sizesOf(labels, count) {
  const sizes = new Int32Array(count + 1);
  for (let i = 0; i < labels.length; i++) sizes[labels[i]]++;
  sizes[0] = 0;
  return sizes;
}

/**
 * Yield where the pixels of a picture's border are.
 *
 * @param {number} width
 * @param {number} height
 * @returns {Generator<number>}  corners twice, as NumPy's four edges have them
 */
export function* border(width, height) {
  for (let x = 0; x < width; x++) yield x;
  for (let x = 0; x < width; x++) yield (height - 1) * width + x;
  for (let y = 0; y < height; y++) yield y * width;
  for (let y = 0; y < height; y++) yield y * width + width - 1;
}
