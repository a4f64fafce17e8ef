// @ts-check
// From scores to an answer and to a loss. Letters: K classes.

/** @typedef {import("./tensors.js").Reals} Reals */

const EVIDENCE = 0.3; // of the best class's score: nn.calibration.EVIDENCE

/**
 * Return exp(scores) / Σ exp(scores). The largest score is subtracted first, which
 * changes nothing in the ratio and leaves no exponent above 0.
 *
 * @param {ArrayLike<number>} scores
 * @returns {Float64Array}
 */
export function softmax(scores) {
  const largest = largestOf(scores);
  const y = Float64Array.from(scores, (score) => Math.exp(score - largest));
  const total = y.reduce((sum, value) => sum + value, 0);
  return y.map((value) => value / total);
}

/**
 * Return -log softmax(logits)[label], and its gradient softmax - onehot.
 *
 * @param {ArrayLike<number>} logits
 * @param {number} label
 * @returns {{loss: number, dlogits: Float64Array}}
 */
export function crossEntropy(logits, label) {
  const dlogits = softmax(logits);
  const loss = logOfSum(logits) - logits[label];
  dlogits[label] -= 1;
  return { loss, dlogits };
}

/**
 * @typedef {{temperature?: number, threshold?: number, reject?: boolean}} Calibration
 * @typedef {{probabilities: Float64Array, rejected: number, accepted: boolean,
 *   best: number, score: number}} Answer
 *   probabilities of the K classes; `rejected`, how likely it is none of them, among all
 *   outputs; `accepted`, whether the best class fits well enough
 */

/**
 * Return what a model answers, as Model.predict_proba and Model.is_digit do. (That an
 * image of one grey all over shows nothing is for the caller: see `isBlank`.)
 *
 * @param {Reals} logits  the network's outputs, K or K + 1
 * @param {Calibration} calibration
 * @returns {Answer}
 */
export function answer(logits, { temperature = 1, threshold = -1e9, reject = false }) {
  const scores = Array.from(logits).slice(0, logits.length - (reject ? 1 : 0));
  const probabilities = softmax(scores.map((score) => score / temperature));
  const best = scores.indexOf(largestOf(scores));
  const all = softmax(Array.from(logits, (score) => score / temperature));
  const score = scores[best] - logOfSum(logits) + EVIDENCE * scores[best];
  const rejected = reject ? all[scores.length] : 0;
  return { probabilities, rejected, accepted: score >= threshold, best, score };
}

/** Return whether an image is of one grey all over. @param {Uint8Array} pixels */
export function isBlank(pixels) {
  return pixels.every((pixel) => pixel === pixels[0]);
}

/** @param {ArrayLike<number>} scores */
function logOfSum(scores) {
  const largest = largestOf(scores);
  let total = 0;
  for (let k = 0; k < scores.length; k++) total += Math.exp(scores[k] - largest);
  return largest + Math.log(total);
}

/** @param {ArrayLike<number>} scores */
function largestOf(scores) {
  return Array.from(scores).reduce((a, b) => Math.max(a, b), -Infinity);
}
