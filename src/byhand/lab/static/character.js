// @ts-check
// One character found in a picture: ink.character, ink.paper and ink.polarity in Python.
// Letters: H × W the picture, h × w the ink cut out of it, in pixels.

import { border, connectedComponents, sizesOf } from "./components.js";
import { aboveSurroundings, maximumFilter, opening, uniformFilter } from "./filters.js";
import { mapLevels, round } from "./numbers.js";
import { crop } from "./resample.js";
import { histogramOf, otsu, quantile } from "./threshold.js";

/**
 * @typedef {import("./resample.js").Grey} Grey
 * @typedef {import("./layer.js").Box} Box
 * @typedef {{paper: number, trace: number, threshold: number, full: number}} Levels
 * @typedef {{width: number, height: number, ink: Uint8Array, levels: Levels,
 *   mask: Uint8Array}} Character  the picture with bright ink on even paper, and where
 *   the character's ink is
 */

const { fround } = Math;

/** The settings of Python's PolaritySettings and CharacterSettings. */
export const SETTINGS = {
  page: 64, surroundings: 1 / 3, borderVotes: 3, widestStroke: 2 / 7, full: 0.95,
  noiseLevel: 2.0, trace: 0.02, speck: 0.08, inside: 0.2, insideCutOut: 2.0,
  cropped: 0.05, faint: 0.04, quartile: 0.67,
};

/**
 * Return the character in a picture, and the pictures on the path to it; the character is
 * null if there is no ink.
 *
 * @param {Grey} grey
 * @returns {{character: Character | null, bright: Grey, even: Grey, mask: Grey | null}}
 */
export function findCharacter(grey) {
  const { width, height } = grey;
  const bright = brightInk(grey), even = evenPaper(bright), levels = findLevels(even.data);
  if (!levels) return { character: null, bright, even, mask: null };
  const { threshold } = levels;
  const mask = mapLevels(even.data, (level) => (level > threshold ? 1 : 0));
  const kept = withoutSpecks(mask, width, height);
  const character = { width, height, ink: even.data, levels, mask: kept };
  return { character, bright, even, mask: { width, height, data: mask } };
}

/** @param {number} width @param {number} height */
function isPage(width, height) {
  return Math.max(width, height) > SETTINGS.page;
}

/** Return the picture, inverted if its ink is dark. @param {Grey} grey @returns {Grey} */
export function brightInk({ width, height, data }) {
  let even = data;
  if (isPage(width, height)) {
    const size = round(Math.max(width, height) * SETTINGS.surroundings);
    even = aboveSurroundings(data, uniformFilter(new Float32Array(data), width, size));
  }
  const threshold = otsu(histogramOf(even));
  let votes = 0, most = data.length;
  for (let i = 0; i < even.length; i++) if (even[i] > threshold) votes++;
  for (const at of border(width, height)) {
    if (even[at] > threshold) votes += SETTINGS.borderVotes;
    most += SETTINGS.borderVotes;
  }
  const inked = votes * 2 <= most ? data : mapLevels(data, (level) => 255 - level);
  return { width, height, data: inked };
}

/**
 * Return bright ink, on a page without its shadows and uneven light.
 *
 * @param {Grey} ink
 * @returns {Grey}
 */
export function evenPaper({ width, height, data }) {
  if (!isPage(width, height)) return { width, height, data };
  const size = round(Math.max(width, height) * SETTINGS.widestStroke);
  const paper = opening(data, width, size);
  const table = evened(), even = new Uint8Array(data.length);
  for (let i = 0; i < even.length; i++) even[i] = table[(paper[i] << 8) | data[i]];
  return { width, height, data: even };
}

/** @type {Uint8Array | null} */
let table = null;

/** Return what ink becomes on paper of level 0, by both levels: [paper · 256 + ink]. */
function evened() {
  if (table) return table;
  table = new Uint8Array(256 * 256);
  for (let paper = 0; paper < 256; paper++) {
    const scale = fround(255 / (256 - paper));
    for (let ink = paper; ink < 256; ink++) {
      table[(paper << 8) | ink] = round(fround((ink - paper) * scale));
    }
  }
  return table;
}

/**
 * Return the levels of paper and ink; null if there is no ink.
 *
 * @param {Uint8Array} ink
 * @returns {Levels | null}
 */
export function findLevels(ink) {
  const histogram = histogramOf(ink), threshold = otsu(histogram);
  const below = histogram.slice(0, threshold + 1), above = histogram.slice(threshold + 1);
  const paper = quantile(below, 0.5);
  const full = threshold + 1 + quantile(above, SETTINGS.full);
  if (!above.some((count) => count > 0) || full - paper < SETTINGS.faint * 255) return null;
  const deviation = Math.abs(quantile(below, 0.75) - paper) / SETTINGS.quartile;
  const noise = SETTINGS.noiseLevel * deviation;
  const trace = paper + Math.max(noise, SETTINGS.trace * (full - paper));
  return { paper, trace, threshold, full };
}

/**
 * Return the components of the ink that belong to the character: the largest and those
 * not too small beside it; those that the border cuts off only if the rest is too small.
 *
 * @param {Uint8Array} mask
 * @param {number} width
 * @param {number} height
 */
export function withoutSpecks(mask, width, height) {
  const { labels, count } = connectedComponents(mask, width);
  if (count < 2) return mask;
  let sizes = sizesOf(labels, count);
  const inside = sizes.slice();
  let cut = 0;
  for (const at of border(width, height)) {
    cut = Math.max(cut, sizes[labels[at]]);
    inside[labels[at]] = 0;
  }
  const least = isPage(width, height) ? SETTINGS.inside : SETTINGS.insideCutOut;
  if (largest(inside) >= cut * least) sizes = inside;
  const smallest = Math.max(SETTINGS.speck * largest(sizes), 1);
  const kept = Uint8Array.from(sizes, (size) => (size >= smallest ? 1 : 0));
  const result = new Uint8Array(mask.length);
  for (let i = 0; i < mask.length; i++) result[i] = kept[labels[i]];
  return result;
}

/** @param {Int32Array} sizes */
function largest(sizes) {
  return sizes.reduce((a, b) => Math.max(a, b), 0);
}

/**
 * Return the box around what is not 0.
 *
 * @param {ArrayLike<number>} mask
 * @param {number} width
 * @returns {Box}
 */
export function boxOf(mask, width) {
  let left = width, right = 0, top = -1, bottom = 0;
  for (let y = 0; y * width < mask.length; y++) {
    const begin = y * width;
    let first = 0, last = width - 1;
    while (first < width && !mask[begin + first]) first++;
    if (first === width) continue;
    while (!mask[begin + last]) last--;
    if (top < 0) top = y;
    bottom = y + 1;
    left = Math.min(left, first);
    right = Math.max(right, last + 1);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}

/** Return whether one edge of the picture cuts it off. @param {Character} character */
export function isCutOff({ width, height, mask }) {
  const box = boxOf(mask, width);
  const pairs = [[box.x, width - box.x - box.width, box.width],
    [box.y, height - box.y - box.height, box.height]];
  return pairs.some(([before, behind, size]) => Math.min(before, behind) === 0 &&
    Math.max(before, behind) > Math.max(1, SETTINGS.cropped * size));
}

/**
 * Return the character's ink as (h, w), 0-1, with the grey of its edges.
 *
 * @param {Character} character
 * @returns {{height: number, width: number, ink: Float32Array}}
 */
export function cutOut({ width, height, ink, levels, mask }) {
  // nothing beyond a pixel around the mask belongs to it
  const { x, y, width: w, height: h } = boxOf(mask, width);
  const edges = /** @type {const} */ ([Math.max(0, x - 1), Math.max(0, y - 1),
    Math.min(width, x + w + 1), Math.min(height, y + h + 1)]);
  const near = crop({ width, height, data: mask }, ...edges);
  const part = crop({ width, height, data: ink }, ...edges);
  const beside = maximumFilter(near.data, near.width, 3);
  const range = levels.full - levels.paper, share = new Float32Array(part.data.length);
  for (let i = 0; i < share.length; i++) {
    const level = part.data[i];
    if (!near.data[i] && !(beside[i] && level > levels.trace)) continue;
    share[i] = Math.min(Math.max(fround((level - levels.paper) / range), 0), 1);
  }
  const box = boxOf(share, near.width), cut = new Float32Array(box.width * box.height);
  for (let i = 0; i < box.height; i++) {
    const begin = (box.y + i) * near.width + box.x;
    cut.set(share.subarray(begin, begin + box.width), i * box.width);
  }
  return { height: box.height, width: box.width, ink: cut };
}
