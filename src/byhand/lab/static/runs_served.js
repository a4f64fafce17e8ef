// @ts-check
// Runs of the server: what may be asked of them. docs: /api/openapi.json

import { fromBase64 } from "./base64.js";

/**
 * @typedef {{[name: string]: any}} Settings
 * @typedef {{recipe: string, settings: Settings}} Composition
 * @typedef {{index: number, label: number, pixels: Uint8Array, changed: Uint8Array}} Changed
 * @typedef {ReturnType<typeof servedRuns>} ServedRuns
 */

/**
 * @param {(address: string, request?: RequestInit) => Promise<any>} json
 * @param {import("./stream.js").Stream} stream
 */
export function servedRuns(json, stream) {
  /** @param {string} path @param {any} wanted @param {AbortSignal} [signal] */
  const ask = (path, wanted, signal) => json(`api/run/${path}`, { method: "POST", signal,
    headers: { "Content-Type": "application/json" }, body: JSON.stringify(wanted) });
  return {
    listen: stream.listen,
    choices: () => json("api/run/choices"),
    list: () => json("api/runs"),
    /** @param {string} run */
    one: (run) => json(`api/run?run=${encodeURIComponent(run)}`),
    /** @param {Composition} wanted @param {AbortSignal} [signal] */
    network: async (wanted, signal) => {
      const { layers, error } = await ask("network", wanted, signal);
      if (error) throw new Error(error);
      return { layers, wanted };
    },
    /** @param {Composition & {seed: number, count: number}} wanted @param {AbortSignal} [signal]
     * @returns {Promise<Changed[]>} */
    preview: async (wanted, signal) => (await ask("preview", wanted, signal)).images.map(
      (/** @type {any} */ image) => ({ ...image, pixels: fromBase64(image.pixels),
        changed: fromBase64(image.changed) })),
    /** @param {Composition & {seed: number, name: string | null, until: string}} wanted
     * @returns {Promise<string>} */
    start: async (wanted) => (await ask("start", wanted)).run,
    /** @param {string} run @param {string} action */
    do: (run, action) => ask("do", { run, action }),
    /** @param {string} run @param {Settings} settings */
    adjust: (run, settings) => ask("adjust", { run, settings }),
    /** @param {string} run @param {Settings} settings @param {boolean} back
     * @param {string} [until] */
    resume: (run, settings, back, until = "go") => ask("resume", { run, settings, back, until }),
    /** @param {string} run @param {string} name */
    rename: (run, name) => ask("name", { run, name }),
    /** Have a drawing tried on the network as it learns; null for none.
     * @param {Uint8Array | null} pixels */
    watch: (pixels) => json(`api/run/watch?page=${stream.page}`, { method: "POST",
      headers: { "Content-Type": "application/octet-stream" },
      body: /** @type {BodyInit} */ (pixels ?? new Uint8Array()) }),
  };
}
