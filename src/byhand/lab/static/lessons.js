// @ts-check
/**
 * Six lessons: what each one trains, and when what there is to see was seen.
 *
 * A step trains one network. Its check gets the engine's numbers of this step and of those
 * before. Texts are in words_lessons.js, by the same names.
 */

/**
 * What the engine says of a run that ended, or paused after an epoch.
 * @typedef {object} Numbers
 * @property {string} state "done", "diverged", "paused", …
 * @property {number} loss mean of the last ten steps
 * @property {number} highest the largest loss of a step
 * @property {number} trained share of training images right, of the last ten steps
 * @property {number} test accuracy on the test images; 0 where it diverged
 * @property {number} dead share of the units behind which a ReLU is always 0
 * @property {number} shifted accuracy on test images moved by SHIFT pixels right and down
 */
/** @typedef {Numbers[]} All of the lesson's steps so far */
/**
 * @typedef {object} Step
 * @property {string} name
 * @property {Record<string, any>} settings beside those of EVERY
 * @property {"epoch"} [until] pause after the first epoch: its inside is looked into
 * @property {number} [images] train on so many alone
 * @property {boolean} [shift] measure it on moved test images too
 * @property {(now: Numbers, all: All) => boolean} check
 */
/** @typedef {{name: string, section: string, steps: Step[]}} Lesson */

export const RECIPE = "classic"; // plain gradient descent, no augmentation
export const SHIFT = 2; // pixels
/** The settings of every step, unless it has its own. @type {Record<string, any>} */
export const EVERY = { init: "he", l2: 0, schedule: "constant", replacement: "per_epoch",
  steps: 200, batch: 100, shard: 100, lr: 0.1, validation: 0,
  architecture: "pixels 1/255 | flatten | dense 64 | relu | dense {classes}" };

const DEEP = "pixels 1/255 | flatten | dense 64 | relu | dense 64 | relu | dense {classes}";
const CONVOLUTION = "pixels 1/255 | conv 8 5x5 | relu | maxpool 4 | conv 16 3x3 | relu " +
  "| maxpool 4 | flatten | dense {classes}";
const FEW = { batch: 10, shard: 10, epochs: 60 };
const GUESS = 0.25; // accuracy that is hardly more than a guess

/** @param {Numbers} now */
const learnt = ({ test }) => test > 0.75;

/** @type {Lesson[]} */
export const LESSONS = [
  { name: "scaling", section: "How the weights start", steps: [
    { name: "bytes", settings: { architecture: EVERY.architecture.replace("1/255", "1") },
      check: ({ test }) => test < GUESS },
    { name: "fractions", settings: {}, check: learnt }] },
  { name: "rate", section: "Gradient descent", steps: [
    { name: "small", settings: { lr: 0.0005 }, check: ({ state, test }) =>
      state === "done" && test < 0.5 },
    { name: "large", settings: { lr: 10 }, check: ({ test }) => test < GUESS },
    { name: "right", settings: { lr: 0.1 }, check: learnt }] },
  { name: "zero", section: "How the weights start", steps: [
    { name: "zeros", settings: { init: "zeros" }, check: ({ test, loss }) =>
      test < GUESS && loss > 1 },
    { name: "drawn", settings: {}, check: learnt }] },
  { name: "dead", section: "ReLU", steps: [
    { name: "killed", settings: { architecture: DEEP, lr: 2, steps: null, epochs: 2 },
      until: "epoch", check: ({ dead }) => dead > 0.5 },
    { name: "alive", settings: { architecture: DEEP, steps: null, epochs: 2 }, until: "epoch",
      check: ({ dead }, [killed]) => dead < killed.dead / 3 }] },
  { name: "overfitting", section: "Penalty on the weights", steps: [
    { name: "hundred", settings: { ...FEW, steps: null }, images: 100,
      check: ({ trained, test }) => trained > 0.95 && test < trained - 0.15 },
    { name: "changed", settings: { ...FEW, steps: null, "augmentation.shift": 2,
      "augmentation.rotate": 10, "augmentation.scale": 0.1 }, images: 100,
    check: ({ test }, [hundred]) => test > hundred.test + 0.03 },
    { name: "more", settings: { steps: 600, batch: 50, shard: 50 }, images: 5000,
      check: ({ test }, [hundred, changed]) => test > Math.max(hundred.test, changed.test) }] },
  { name: "convolution", section: "Convolution", steps: [
    { name: "dense", settings: { steps: 400, batch: 50, shard: 50, lr: 0.2 }, shift: true,
      check: ({ test, shifted }) => shifted < test - 0.3 },
    { name: "convolved", settings: { architecture: CONVOLUTION, steps: 400, batch: 50, shard: 50,
      lr: 0.2 }, shift: true, check: ({ shifted }, [dense]) => shifted > dense.shifted + 0.2 }] },
];
