// @ts-check
// The same answers from inside an exported page: its model and some examples are in it.

import { fromBase64 } from "./base64.js";
import { changedTensors } from "./changes.js";
import { answer, buildNetwork } from "./network.js";
import { split } from "./splitting.js";
import { readTensors } from "./tensors.js";

/**
 * @typedef {import("./source.js").Source} Source
 * @typedef {import("./source.js").Example} Example
 * @typedef {import("./network.js").Network} Network
 */

const AT_ONCE = 10; // images that are computed before the page may do something else

/**
 * Return what answers from the data in a page.
 *
 * @param {Document} page
 * @returns {Source}
 */
export function inline(page) {
  /** @param {string} id */
  const text = (id) => page.getElementById(id)?.textContent ?? "";
  const facts = JSON.parse(text("facts"));
  const file = /** @type {ArrayBuffer} */ (fromBase64(text("model").trim()).buffer);
  const examples = JSON.parse(text("examples")).images.map(
    (/** @type {any} */ image) => ({ ...image, pixels: fromBase64(image.pixels) }));
  const tensors = readTensors(file), { model } = facts;
  const network = buildNetwork(model.architecture, model.shape, tensors);
  let newest = 0;
  return {
    kind: "inline",
    runs: null,
    lab: async () => facts,
    weights: async () => file,
    examples: async (query) => chosen(examples, network, query),
    read: async (grey) => {
      const lines = split(grey, model.shape).map((row) => lineOf(row.map(({ box, square }) => (
        { box, ...answer(network.logits(network.forward(square)), model) })), model.classes));
      return { lines: lines.filter(({ digits }) => digits.length), warnings: [] };
    },
    ready: async () => true,
    accuracy: async (changes) => {
      const number = ++newest;
      const changed = buildNetwork(
        model.architecture, model.shape, changedTensors(tensors, changes));
      let right = 0;
      for (let i = 0; i < examples.length; i++) {
        if (i % AT_ONCE === 0) await new Promise((resolve) => setTimeout(resolve));
        if (number !== newest) return null;
        const logits = changed.logits(changed.forward(examples[i].pixels));
        if (answer(logits, model).best === examples[i].label) right++;
      }
      return { right, count: examples.length };
    },
    onRestart: () => {},
  };
}

/**
 * Return some of the examples: hard ones first by how sure the network is of the label,
 * any others in an order that the seed decides.
 *
 * @param {Example[]} examples
 * @param {Network} network
 * @param {import("./source.js").Query} query
 */
function chosen(examples, network, { kind = "any", label, count = 1, seed = 0 }) {
  const fitting = examples.filter((image) => label === undefined || image.label === label);
  /** @param {Example} image */
  const margin = (image) => {
    const scores = Array.from(network.logits(network.forward(image.pixels)));
    const others = scores.filter((_, k) => k !== image.label);
    return scores[image.label] - Math.max(...others);
  };
  /** @param {Example} image */
  const drawn = (image) => Math.imul(image.index + 1, 2654435761 + 2 * seed) >>> 0;
  const key = kind === "hard" ? margin : drawn;
  const keyed = fitting.map((image) => ({ image, order: key(image) }));
  keyed.sort((a, b) => a.order - b.order);
  return keyed.slice(0, count).map(({ image }) => image);
}

/**
 * Return characters as a line of a reading; those that are none of the classes are left
 * out.
 *
 * @param {(import("./loss.js").Answer & {box: import("./layer.js").Box})[]} parts
 * @param {string[]} classes
 * @returns {import("./source.js").Line}
 */
function lineOf(parts, classes) {
  const sure = parts.filter(({ accepted }) => accepted);
  const digits = sure.map(({ probabilities, best, box }) => {
    const others = Array.from(probabilities, (p, k) => ({ p, k }));
    others.sort((a, b) => b.p - a.p);
    const alternatives = others.slice(1).map(({ p, k }) => [named(classes[k]), p]);
    const sides = [box.x, box.y, box.width, box.height];
    return { digit: named(classes[best]), confidence: probabilities[best],
      alternatives, box: sides };
  });
  return /** @type {any} */ ({
    text: sure.map(({ best }) => classes[best]).join(""),
    marked: sure.map(({ best }) => classes[best]).join(""),
    confidence: digits.reduce((product, { confidence }) => product * confidence, 1),
    digits, marks: [], left_out: [],
  });
}

/** Return a digit as a number, as readings have it. @param {string} name */
function named(name) {
  return /^\d$/.test(name) ? Number(name) : name;
}
