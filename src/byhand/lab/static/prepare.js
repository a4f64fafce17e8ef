// @ts-check
// A picture of one character as the square that a network was trained on: the arithmetic
// of Python's byhand.prepare for a grey picture. Letters: h × w the ink cut out.

import { boxOf, cutOut, findCharacter, isCutOff } from "./character.js";
import { mapLevels, pairwiseSum, round } from "./numbers.js";
import { crop, reduce, resize } from "./resample.js";

/**
 * @typedef {import("./resample.js").Grey} Grey
 * @typedef {import("./character.js").Character} Character
 * @typedef {{name: string, width: number, height: number, data: Uint8Array}} Step
 *   a picture on the path: "grey", "bright", "even", "mask", "character", "cut", "boxed"
 *   and "square"
 */

const LONGEST = 256; // pixels: pictures are shrunk to 256-511 on their longer side
const SMALL = 40; // pixels: a smaller character is searched for again, enlarged
const BOX = 20 / 28; // the longer side of the ink, of the shorter side of the square
const { fround } = Math;

/**
 * Return a picture of one character as the network takes it, ink bright on 0; all zeros
 * if there is no ink.
 *
 * @param {Grey} picture  dark ink on light paper or the reverse, of any size
 * @param {number[]} shape  (H, W) of the square
 * @returns {{square: Uint8Array, cutOff: boolean, steps: Step[]}}
 */
export function prepare(picture, [height, width]) {
  const search = closerSearch(picture);
  const { grey, found } = search;
  const steps = [step("grey", grey), step("bright", found.bright), step("even", found.even)];
  const { character } = found;
  if (!character || !found.mask) {
    const square = new Uint8Array(height * width);
    steps.push(step("square", { width, height, data: square }));
    return { square, cutOff: false, steps };
  }
  const cut = cutOut(character), boxed = inBox(cut, [height, width]);
  const square = centred(boxed, [height, width]);
  steps.push(step("mask", asLevels(found.mask)), step("character", asLevels({
    ...grey, data: character.mask })), step("cut", shares(cut)), step("boxed", shares(boxed)),
  step("square", { width, height, data: square }));
  const prepared = picture.width === width && picture.height === height;
  return { square, cutOff: !prepared && isCutOff(character), steps };
}

/**
 * Return where the character is found: in the picture shrunk, or, if it is small there,
 * in the part around it.
 *
 * @param {Grey} picture
 */
function closerSearch(picture) {
  const grey = shrunk(picture), found = findCharacter(grey);
  const part = found.character && closer(picture, found.character);
  if (!part) return { grey, found };
  const near = shrunk(part), again = findCharacter(near);
  return again.character ? { grey: near, found: again } : { grey, found };
}

/** @param {Grey} picture */
function shrunk(picture) {
  const longer = Math.max(picture.width, picture.height);
  return reduce(picture, Math.max(1, Math.floor(longer / LONGEST)));
}

/**
 * Return the part of a picture that shows a small character, with its paper; null if the
 * picture was not shrunk, or the character is large enough as it is.
 *
 * @param {Grey} picture
 * @param {Character} found  in the picture shrunk
 * @returns {Grey | null}
 */
function closer(picture, { width, height, mask }) {
  const scale = Math.max(picture.width, picture.height) / Math.max(width, height);
  const box = boxOf(mask, width), side = Math.max(box.width, box.height);
  if (scale < 2 || side >= SMALL) return null;
  const left = Math.max(0, round((box.x - side) * scale));
  const top = Math.max(0, round((box.y - side) * scale));
  const right = Math.min(picture.width, round((box.x + box.width + side) * scale));
  const bottom = Math.min(picture.height, round((box.y + box.height + side) * scale));
  return crop(picture, left, top, right, bottom);
}

/**
 * @typedef {{height: number, width: number, ink: Float32Array, view?: boolean}} Ink
 *   `view`: in Python it is a part of a larger array, of which rows do not follow closely
 */

/**
 * Return the character as a square (H, W), as MNIST's digits were made.
 *
 * @param {Character} character
 * @param {number[]} shape
 */
export function normalised(character, shape) {
  return centred(inBox(cutOut(character), shape), shape);
}

/**
 * Return the ink with its longer side scaled to the box.
 *
 * @param {Ink} cut
 * @param {number[]} shape  of the square
 * @returns {Ink}
 */
function inBox({ height, width, ink }, shape) {
  const box = Math.max(1, round(Math.min(shape[0], shape[1]) * BOX));
  const longest = Math.max(height, width);
  if (Math.abs(longest - box) <= Math.min(1, Math.floor(box / 20))) {
    return { height, width, ink, view: true }; // resampling by so little only blurs
  }
  const h = Math.max(1, round((height * box) / longest));
  const w = Math.max(1, round((width * box) / longest));
  return { height: h, width: w, ink: resize(ink, [height, width], [h, w]) };
}

/**
 * Return the ink in the square, moved by whole pixels to its centre of mass.
 *
 * @param {Ink} boxed
 * @param {number[]} shape
 */
function centred({ height: h, width: w, ink, view }, [height, width]) {
  const rows = new Float32Array(h), columns = new Float32Array(w);
  let mass = 0;
  for (let i = 0; i < h; i++) {
    rows[i] = pairwiseSum(ink, i * w, w);
    mass = fround(mass + rows[i]);
    for (let j = 0; j < w; j++) columns[j] += ink[i * w + j];
  }
  if (!view) mass = pairwiseSum(ink);
  const top = corner(rows, mass, height), left = corner(columns, mass, width);
  const scale = fround(255 / highest(ink));
  const square = new Uint8Array(height * width);
  for (let i = 0; i < h; i++) {
    for (let j = 0; j < w; j++) {
      square[(top + i) * width + left + j] = round(fround(ink[i * w + j] * scale));
    }
  }
  return square;
}

/** @param {Float32Array} sums @param {number} mass @param {number} room */
function corner(sums, mass, room) {
  const centre = sums.reduce((total, sum, place) => total + sum * place, 0) / mass;
  return Math.min(Math.max(round(room / 2 - centre), 0), room - sums.length);
}

/** @param {string} name @param {Grey} grey @returns {Step} */
function step(name, { width, height, data }) {
  return { name, width, height, data };
}

/** @param {Grey} mask @returns {Grey} */
function asLevels({ width, height, data }) {
  return { width, height, data: mapLevels(data, (inked) => inked * 255) };
}

/** @param {Ink} cut @returns {Grey} */
function shares({ width, height, ink }) {
  const largest = highest(ink) || 1, data = new Uint8Array(ink.length);
  for (let i = 0; i < data.length; i++) data[i] = round((ink[i] * 255) / largest);
  return { width, height, data };
}

/** @param {Float32Array} ink */
function highest(ink) {
  let most = 0;
  for (let i = 0; i < ink.length; i++) if (ink[i] > most) most = ink[i];
  return most;
}
