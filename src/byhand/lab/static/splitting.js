// @ts-check
// Digits drawn apart from each other, as the exported page reads them: connected components
// side by side are a row, and those of a row that lie above one another are a character.

import { findCharacter } from "./character.js";
import { connectedComponents } from "./components.js";
import { normalised } from "./prepare.js";
import { reduce } from "./resample.js";

/**
 * @typedef {import("./layer.js").Box} Box
 * @typedef {import("./resample.js").Grey} Grey
 * @typedef {{box: Box, square: Uint8Array}} Part
 */

const LONGEST = 1024; // pixels: a wide row keeps its strokes
const OVERLAP = 0.5; // of the smaller one's side: then two components belong together
const LOW = 0.5; // of a row's height: a lower component may be a stroke of a digit of it
const GAP = 0.25; // of a row's height: that far above or below the row

/**
 * Return the rows of characters in a picture, each from left to right and as the network's
 * square.
 *
 * @param {Grey} picture
 * @param {number[]} shape  (H, W) of the square
 * @returns {Part[][]}
 */
export function split(picture, shape) {
  const longer = Math.max(picture.width, picture.height);
  const factor = Math.max(1, Math.floor(longer / LONGEST));
  const { character } = findCharacter(reduce(picture, factor));
  if (!character) return [];
  const { width } = character, { labels, count } = connectedComponents(character.mask, width);
  /** @param {Group} group @returns {Part} */
  const part = ({ numbers, box }) => {
    const mask = character.mask.map((inked, i) => (inked && numbers.has(labels[i]) ? 1 : 0));
    const square = normalised({ ...character, mask }, shape);
    const [x, y] = [box.x * factor, box.y * factor];
    return { box: { x, y, width: box.width * factor, height: box.height * factor }, square };
  };
  return rowsOf(boxesOf(labels, count, width)).map((row) => grouped(row).map(part));
}

/** Return the box of each component. @param {Int32Array} labels @param {number} count
 * @param {number} width */
function boxesOf(labels, count, width) {
  const edges = Array.from({ length: count }, () => [width, labels.length, 0, 0]);
  for (let at = 0; at < labels.length; at++) {
    if (!labels[at]) continue;
    const x = at % width, y = (at - x) / width, edge = edges[labels[at] - 1];
    edge[0] = Math.min(edge[0], x);
    edge[1] = Math.min(edge[1], y);
    edge[2] = Math.max(edge[2], x + 1);
    edge[3] = Math.max(edge[3], y + 1);
  }
  return edges.map(([x, y, right, bottom]) => (
    { x, y, width: right - x, height: bottom - y }));
}

/** @typedef {{numbers: Set<number>, box: Box}} Group */

/**
 * Return the components row by row, from top to bottom.
 *
 * @param {Box[]} boxes
 * @returns {Group[][]}
 */
function rowsOf(boxes) {
  const all = boxes.map((box, i) => ({ numbers: new Set([i + 1]), box }));
  all.sort((a, b) => b.box.height - a.box.height);
  /** @type {{box: Box, groups: Group[]}[]} */
  const rows = [];
  for (const group of all) {
    const row = rows.find(({ box }) => inRow(group.box, box));
    if (row) {
      row.groups.push(group);
      row.box = joined(row.box, group.box);
    } else {
      rows.push({ box: group.box, groups: [group] });
    }
  }
  rows.sort((a, b) => a.box.y - b.box.y);
  return rows.map(({ groups }) => groups);
}

/** @param {Box} box @param {Box} row */
function inRow(box, row) {
  const shared = Math.min(box.y + box.height, row.y + row.height) - Math.max(box.y, row.y);
  if (shared >= OVERLAP * Math.min(box.height, row.height)) return true;
  return box.height < LOW * row.height && -shared <= GAP * row.height;
}

/**
 * Return the components of a row that are above one another as one, from left to right.
 *
 * @param {Group[]} row
 */
function grouped(row) {
  row.sort((a, b) => a.box.x - b.box.x);
  /** @type {Group[]} */
  const groups = [];
  for (const next of row) {
    const last = groups.find(({ box }) => overlap(box, next.box) >= OVERLAP);
    if (!last) {
      groups.push(next);
      continue;
    }
    next.numbers.forEach((number) => last.numbers.add(number));
    last.box = joined(last.box, next.box);
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
