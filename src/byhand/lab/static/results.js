// @ts-check
/** What the server finds of the test images, each thing asked for once; and the images. */

import { fromBase64 } from "./base64.js";
import { signal, untracked } from "./view.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./source.js").Example} Example */
/** @template T @typedef {{state: "busy" | "done" | "failed", value: T | null, error: string,
 *   share: number}} Found */
/** @template T @typedef {import("./view.js").Signal<Found<T>> & {again: () => void}} Finding */
/** @typedef {{count: number, right: number, interval: [number, number], confusion: number[][],
 *   recall: (number | null)[], precision: (number | null)[], calibration_error: number,
 *   reliability: {count: number, confidence: number, accuracy: number}[], mistakes: number[],
 *   labels: Uint16Array, predictions: Uint16Array, confidences: Float32Array,
 *   layers: {layer: number, text: string, numbers: number}[]}} Scores */
/** @typedef {ReturnType<typeof makeResults>} Results */

const ASKED_AGAIN = 400; // milliseconds until the share that is done is asked for again

/** @type {WeakMap<object, Results>} */
const known = new WeakMap();

/** The results of a store, the same while the page is open. @param {Store} store */
export function resultsOf(store) {
  const found = known.get(store) ?? makeResults(store);
  known.set(store, found);
  return found;
}

/** @param {Store} store */
function makeResults(store) {
  /** @type {Map<string, Finding<any>>} */
  const findings = new Map();
  /** @type {Map<number, Promise<Example>>} */
  const images = new Map();

  /**
   * What the server finds, asked for at the first call; `again` asks again.
   * @template T @param {string} path @param {Record<string, string | number>} [query]
   * @param {(answer: any) => T} [read] @returns {Finding<T>}
   */
  function find(path, query = {}, read = (answer) => answer) {
    const key = `${path}?${fields(query)}`;
    const old = findings.get(key);
    if (old) return old;
    /** @type {Finding<T>} */
    const made = Object.assign(signal(/** @type {Found<T>} */ (
      { state: "busy", value: null, error: "", share: 0 })), { again: () =>
      void untracked(() => ask(store, made, path, query, read)) });
    findings.set(key, made);
    made.again();
    return made;
  }

  /** Test images by their numbers; those that are known are not asked for.
   * @param {number[]} indices @returns {Promise<Example[]>} */
  function imagesOf(indices) {
    const missing = [...new Set(indices)].filter((index) => !images.has(index));
    if (missing.length) {
      const asked = store.source.ask("images", missing.map((index) => ["index", String(index)]));
      missing.forEach((index, i) => images.set(index, asked.then((/** @type {any} */ answer) => (
        { ...answer.images[i], pixels: fromBase64(answer.images[i].pixels) }))));
      asked.catch(() => missing.forEach((index) => images.delete(index)));
    }
    return Promise.all(indices.map((index) => /** @type {Promise<Example>} */ (images.get(index))));
  }

  return { find, imagesOf, scores: () => find("scores", {}, readScores),
    section: signal("mistakes"), kept: /** @type {Map<string, any>} */ (new Map()) };
}

/** Ask, and say meanwhile how much is done. @param {Store} store @param {Finding<any>} finding
 * @param {string} path @param {Record<string, string | number>} query
 * @param {(answer: any) => any} read */
async function ask(store, finding, path, query, read) {
  finding.value = { state: "busy", value: null, error: "", share: 0 };
  const timer = setInterval(() => store.source.ask("share", { of: path }).then(
    (/** @type {any} */ { share }) => {
      if (share !== null && finding.value.state === "busy") {
        finding.value = { ...finding.value, share };
      }
    }, () => {}), ASKED_AGAIN);
  try {
    const value = read(await store.source.ask(path, query));
    finding.value = { state: "done", value, error: "", share: 1 };
  } catch (error) {
    const line = error instanceof Error ? error.message : "";
    finding.value = { state: "failed", value: null, error: line, share: 0 };
  } finally {
    clearInterval(timer);
  }
}

/** @param {Record<string, string | number>} query */
const fields = (query) => new URLSearchParams(/** @type {any} */ (query)).toString();

/** @param {any} answer @returns {Scores} */
const readScores = (answer) => ({ ...answer,
  labels: new Uint16Array(fromBase64(answer.labels).buffer),
  predictions: new Uint16Array(fromBase64(answer.predictions).buffer),
  confidences: new Float32Array(fromBase64(answer.confidences).buffer) });

/**
 * What asks for the newest of many questions: one at a time, those in between are left out.
 * @template Q, A @param {(query: Q) => Promise<A>} question
 * @param {(found: A | null, query: Q) => void} answer null where it failed
 */
export function newest(question, answer) {
  let busy = false;
  let waiting = /** @type {{query: Q} | null} */ (null);
  return async (/** @type {Q} */ query) => {
    waiting = { query };
    if (busy) return;
    busy = true;
    while (waiting) {
      const asked = waiting.query;
      waiting = null;
      const found = await question(asked).catch(() => null);
      answer(found, asked);
    }
    busy = false;
  };
}
