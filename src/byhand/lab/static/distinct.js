// @ts-check
/** A value that changes only when it is another, however often it is worked out. */

import { effect, signal } from "./view.js";

/** @template {string | number | boolean | null} T @param {() => T} f
 * @returns {import("./view.js").Readable<T>} */
export function distinct(f) {
  const kept = signal(/** @type {T} */ (/** @type {any} */ (undefined)));
  effect(() => (kept.value = f()));
  return kept;
}
