// @ts-check
// Digits drawn apart from each other, as the exported page reads them: each group of
// connected components that lie above one another is a character.

import { boxOf, findCharacter } from "./character.js";
import { connectedComponents } from "./components.js";
import { normalised } from "./prepare.js";
import { reduce } from "./resample.js";

/**
 * @typedef {import("./layer.js").Box} Box
 * @typedef {import("./resample.js").Grey} Grey
 * @typedef {{box: Box, square: Uint8Array}} Part
 */

const LONGEST = 1024; // pixels: a wide row keeps its strokes
const OVERLAP = 0.5; // of the narrower one's width: then two components are of one character

/**
 * Return the characters of a picture from left to right, each as the network's square.
 *
 * @param {Grey} picture
 * @param {number[]} shape  (H, W) of the square
 * @returns {Part[]}
 */
export function split(picture, shape) {
  const longer = Math.max(picture.width, picture.height);
  const factor = Math.max(1, Math.floor(longer / LONGEST));
  const { character } = findCharacter(reduce(picture, factor));
  if (!character) return [];
  const { width } = character, { labels, count } = connectedComponents(character.mask, width);
  return grouped(boxesOf(labels, count, width)).map(({ numbers, box }) => {
    const mask = character.mask.map((inked, i) => (inked && numbers.has(labels[i]) ? 1 : 0));
    const square = normalised({ ...character, mask }, shape);
    const [x, y] = [box.x * factor, box.y * factor];
    return { box: { x, y, width: box.width * factor, height: box.height * factor }, square };
  });
}

/** @param {Int32Array} labels @param {number} count @param {number} width @returns {Box[]} */
function boxesOf(labels, count, width) {
  return Array.from({ length: count }, (_, number) =>
    boxOf(labels.map((label) => (label === number + 1 ? 1 : 0)), width));
}

/** @typedef {{numbers: Set<number>, box: Box}} Group */

/** Return the components that belong together, from left to right. @param {Box[]} boxes */
function grouped(boxes) {
  const places = boxes.map((box, i) => ({ numbers: new Set([i + 1]), box }));
  places.sort((a, b) => a.box.x - b.box.x);
  /** @type {Group[]} */
  const groups = [];
  for (const place of places) {
    const last = groups.find(({ box }) => overlap(box, place.box) >= OVERLAP);
    if (!last) {
      groups.push(place);
      continue;
    }
    place.numbers.forEach((number) => last.numbers.add(number));
    last.box = joined(last.box, place.box);
  }
  return groups;
}

/** Return the share of the narrower box that is above or below the other one.
 * @param {Box} a @param {Box} b */
function overlap(a, b) {
  const shared = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  return shared / Math.min(a.width, b.width);
}

/** @param {Box} a @param {Box} b @returns {Box} */
function joined(a, b) {
  const x = Math.min(a.x, b.x), y = Math.min(a.y, b.y);
  const right = Math.max(a.x + a.width, b.x + b.width);
  const bottom = Math.max(a.y + a.height, b.y + b.height);
  return { x, y, width: right - x, height: bottom - y };
}
