// @ts-check
/** Several digits at once: the drawing is read as rows a moment after each stroke. */

import { placed } from "./paint.js";
import { greyOf } from "./store.js";
import { PAD } from "./strokes.js";
import { effect, signal } from "./view.js";

/** @typedef {[x: number, y: number, width: number, height: number]} Box */
/** @typedef {{digit: number | string, confidence: number, box: Box}} Digit */
/** @typedef {{text: string, marked: string, confidence: number, digits: Digit[]}} Line */
/** @typedef {{state: "empty" | "busy" | "failed" | "done", lines: Line[], warnings: string[]}}
 *   Rows  boxes in units of the pad */

/** @type {Rows} */
const NOTHING = { state: "empty", lines: [], warnings: [] };
const WAIT = 200; // milliseconds without a stroke

/** The rows of what is drawn, while the view of several digits is shown. A newer drawing ends
 * the question about an older one.
 * @param {import("./store.js").Store} store
 * @returns {import("./view.js").Signal<Rows>} */
export function readRows(store) {
  const rows = signal(NOTHING);
  let asked = new AbortController();
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  effect(() => {
    asked.abort();
    clearTimeout(timer);
    if (store.view.value !== "several") return;
    const { value: drawing } = store.drawing;
    const grey = greyOf(drawing);
    if (!grey) {
      rows.value = NOTHING;
      return;
    }
    asked = new AbortController();
    const { signal: newest } = asked;
    timer = setTimeout(() => ask(store, rows, grey, drawing.kind === "picture", newest), WAIT);
  });
  return rows;
}

/** @param {import("./store.js").Store} store @param {import("./view.js").Signal<Rows>} rows
 * @param {import("./store.js").Grey} grey @param {boolean} picture @param {AbortSignal} newest */
async function ask(store, rows, grey, picture, newest) {
  rows.value = { ...rows.peek(), state: "busy" };
  try {
    const { lines, warnings } = await store.source.read(grey, newest);
    if (newest.aborted) return;
    const to = picture ? placed(grey.width, grey.height) : { x: 0, y: 0, scale: PAD.width / grey.width };
    rows.value = { state: "done", warnings, lines: lines.map((/** @type {Line} */ line) => ({
      ...line, digits: line.digits.map((digit) => ({ ...digit, box: moved(digit.box, to) })),
    })) };
  } catch {
    if (!newest.aborted) rows.value = { ...NOTHING, state: "failed" };
  }
}

/** @param {Box} box @param {{x: number, y: number, scale: number}} to @returns {Box} */
const moved = ([x, y, width, height], to) =>
  [to.x + x * to.scale, to.y + y * to.scale, width * to.scale, height * to.scale];
