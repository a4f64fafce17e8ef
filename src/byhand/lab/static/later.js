// @ts-check
/** A value shown a moment later, so that what is more urgent is on the screen first. */

import { effect, signal } from "./view.js";

const WAIT = 60; // milliseconds; changes in between are one

/** @template T @param {() => T} f @returns {import("./view.js").Readable<T>} f's value, later */
export function later(f) {
  const shown = signal(f());
  let newest = shown.peek();
  let waiting = false;
  effect(() => {
    newest = f();
    if (waiting) return;
    waiting = true;
    setTimeout(() => ((waiting = false), (shown.value = newest)), WAIT);
  });
  return shown;
}
