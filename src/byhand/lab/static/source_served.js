// @ts-check
// The server's answers. Each has the number of the server's start.

import { fromBase64 } from "./base64.js";
import { servedRuns } from "./runs_served.js";
import { eventStream } from "./stream.js";

/**
 * @typedef {import("./source.js").Source} Source
 * @typedef {import("./source.js").Accuracy} Accuracy
 */

/** Return what asks the server. @returns {Source} */
export function served() {
  const { onRestart, check } = restarts();
  const stream = eventStream(crypto.getRandomValues(new Uint32Array(1))[0], check);
  const accuracy = accuracies(check, stream);
  let reading = new AbortController();
  return {
    kind: "served",
    onRestart,
    accuracy,
    runs: servedRuns((address, request) => json(check, address, request), stream),
    lab: () => json(check, "api/lab"),
    weights: async () => (await answered(check, "api/weights")).arrayBuffer(),
    examples: async (query, signal) => {
      const words = new URLSearchParams();
      for (const [name, value] of Object.entries(query)) {
        if (value !== undefined) words.set(name, String(value));
      }
      const { images } = await json(check, `api/examples?${words}`, { signal });
      return images.map((/** @type {any} */ image) => (
        { ...image, pixels: fromBase64(image.pixels) }));
    },
    read: async ({ width, height, data }, signal) => {
      reading.abort();
      const mine = reading = new AbortController();
      signal?.addEventListener("abort", () => mine.abort());
      const address = `api/read?width=${width}&height=${height}`;
      const headers = { "Content-Type": "application/octet-stream" };
      const body = /** @type {BodyInit} */ (data);
      const request = { method: "POST", headers, body, signal: mine.signal };
      return (await json(check, address, request)).reading;
    },
    ready: async () => (await json(check, "api/reader")).ready,
    post: (path, wanted) => json(check, `api/${path}`, { method: "POST",
      headers: { "Content-Type": "application/json" }, body: JSON.stringify(wanted) }),
    ask: (path, query) => json(check, `api/${path}?${new URLSearchParams(query)}`),
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
 * @param {import("./stream.js").Stream} stream
 * @returns {Source["accuracy"]}
 */
function accuracies(check, stream) {
  let job = 0;
  let finish = /** @param {Accuracy | null} found */ (found) => {};

  return (changes, count) => {
    finish(null);
    const number = ++job;
    const body = JSON.stringify({ page: stream.page, job: number, changes, count });
    const headers = { "Content-Type": "application/json" };
    return new Promise((resolve, reject) => {
      /** @param {string} name @param {(found: any) => void} f */
      const listen = (name, f) => stream.listen(name, (found) => found.job === number && f(found));
      const ends = [listen("accuracy", (found) => finish(found)),
        listen("failed", (found) => fail(new Error(found.error)))];
      const end = () => ends.forEach((f) => f());
      finish = (found) => (end(), resolve(found));
      /** @param {Error} error */
      const fail = (error) => (end(), reject(error));
      const request = { method: "POST", headers, body };
      const ask = () => (number === job ? json(check, "api/accuracy", request) : null);
      stream.opened().then(ask).catch(fail);
    });
  };
}

/** @typedef {(found: any) => any} Check */

/** @param {Check} check @param {string} address @param {RequestInit} [request] */
async function json(check, address, request) {
  return check(await (await answered(check, address, request)).json());
}

/** @param {Check} check @param {string} address @param {RequestInit} [request] */
async function answered(check, address, request) {
  const response = await fetch(address, request);
  if (response.ok) return response;
  const found = await response.json().catch(() => null);
  if (found) check(found); // a server that was started anew refuses the old cookie
  throw new Error(found?.error ?? response.statusText);
}
