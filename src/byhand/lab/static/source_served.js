// @ts-check
// The server's answers. Each has the number of the server's start.

import { fromBase64 } from "./base64.js";

/**
 * @typedef {import("./source.js").Source} Source
 * @typedef {import("./source.js").Accuracy} Accuracy
 */

/** Return what asks the server. @returns {Source} */
export function served() {
  const { onRestart, check } = restarts();
  const accuracy = accuracies(check);
  return {
    kind: "served",
    onRestart,
    accuracy,
    lab: async () => check(await json("api/lab")),
    weights: async () => (await answered("api/weights")).arrayBuffer(),
    examples: async (query) => {
      const words = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) words.set(name, String(value));
      }
      const { images } = check(await json(`api/examples?${words}`));
      return images.map((/** @type {any} */ image) => (
        { ...image, pixels: fromBase64(image.pixels) }));
    },
    read: async ({ width, height, data }, signal) => {
      const address = `api/read?width=${width}&height=${height}`;
      const headers = { "Content-Type": "application/octet-stream" };
      const body = /** @type {BodyInit} */ (data);
      const request = { method: "POST", headers, body, signal };
      return check(await json(address, request)).reading;
    },
  };
}

/** What notices that the server was started anew. */
function restarts() {
  /** @type {number | null} */
  let start = null;
  /** @type {(() => void)[]} */
  const listeners = [];
  return {
    /** @param {() => void} f */
    onRestart: (f) => void listeners.push(f),
    /** Return an answer, once its start number is compared. @param {any} found */
    check: (found) => {
      if (start !== null && found.start !== start) listeners.forEach((f) => f());
      start = found.start;
      return found;
    },
  };
}

/**
 * Return what asks for the accuracy of a changed network, which comes as an event.
 *
 * @param {(found: any) => any} check
 * @returns {Source["accuracy"]}
 */
function accuracies(check) {
  /** @type {EventSource | null} */
  let events = null;
  let job = 0;
  let finish = /** @param {Accuracy | null} found */ (found) => {};

  /** Open the stream of events, the one of this page. */
  function open() {
    if (events) return;
    events = new EventSource("api/events");
    addEventListener("pagehide", () => events?.close());
    events.addEventListener("accuracy", ({ data }) => {
      const found = check(JSON.parse(data));
      if (found.job === job) finish(found);
    });
  }

  return (changes, count) => {
    open();
    finish(null);
    const number = ++job;
    const body = JSON.stringify({ job: number, changes, count });
    const headers = { "Content-Type": "application/json" };
    return new Promise((resolve, reject) => {
      finish = resolve;
      json("api/accuracy", { method: "POST", headers, body }).then(check).catch(reject);
    });
  };
}

/** @param {string} address @param {RequestInit} [request] */
async function json(address, request) {
  return (await answered(address, request)).json();
}

/** @param {string} address @param {RequestInit} [request] */
async function answered(address, request) {
  const response = await fetch(address, request);
  if (response.ok) return response;
  const { error } = await response.json().catch(() => ({ error: response.statusText }));
  throw new Error(error);
}
