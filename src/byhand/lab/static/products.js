// @ts-check
// The inner loops of dense layers and convolutions: sums of rows of weights.

/** @typedef {import("./tensors.js").Reals} Reals */

/**
 * A list of inputs that are not 0, each with where its row of weights begins. Drawings
 * and what ReLU leaves are mostly 0, so most of the work is skipped.
 */
export class Inputs {
  /** @param {number} most  inputs that it must hold */
  constructor(most) {
    this.x = new Float64Array(most + 3);
    this.rows = new Int32Array(most + 3);
    this.count = 0;
  }

  /**
   * Add to the list what is not 0 of `length` inputs that lie side by side.
   *
   * @param {Reals} x
   * @param {number} begin  of the inputs in x
   * @param {number} length
   * @param {number} row  where the first one's row of weights begins
   * @param {number} width  of a row
   */
  add(x, begin, length, row, width) {
    let count = this.count;
    for (let i = 0; i < length; i++) {
      const value = x[begin + i];
      if (value === 0) continue;
      this.x[count] = value;
      this.rows[count++] = row + i * width;
    }
    this.count = count;
  }

  /**
   * Add to `sums` the sum of x · its row of w, four rows at a time.
   *
   * @param {Reals} w
   * @param {Float64Array} sums  as wide as a row
   */
  addProducts(w, sums) {
    const { x, rows, count } = this;
    // what is beyond the end counts nothing
    for (let i = count; i < count + 3; i++) x[i] = rows[i] = 0;
    for (let i = 0; i < count; i += 4) {
      const x0 = x[i], x1 = x[i + 1], x2 = x[i + 2], x3 = x[i + 3];
      const r0 = rows[i], r1 = rows[i + 1], r2 = rows[i + 2], r3 = rows[i + 3];
      for (let f = 0; f < sums.length; f++) {
        sums[f] += x0 * w[r0 + f] + x1 * w[r1 + f] + x2 * w[r2 + f] + x3 * w[r3 + f];
      }
    }
  }
}

/**
 * Set `sums` to w's row · dy, only where dy is not 0, and add x · dy to the row of dw.
 *
 * @param {Reals} w
 * @param {Reals | null} dw  null where the gradient of the weights is not wanted
 * @param {number} row  where the row begins
 * @param {number} x
 * @param {Inputs} dy  what is not 0, its `rows` the places in a row
 * @returns {number} the sum
 */
export function backThroughRow(w, dw, row, x, dy) {
  const { x: values, rows: places, count } = dy;
  let sum = 0;
  for (let i = 0; i < count; i++) sum += w[row + places[i]] * values[i];
  if (dw && x !== 0) {
    for (let i = 0; i < count; i++) dw[row + places[i]] += x * values[i];
  }
  return sum;
}
