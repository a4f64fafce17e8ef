// @ts-check
/** Several digits at once: the drawing is read as rows a moment after each stroke. */

import { placed } from "./paint.js";
import { NOTHING } from "./rows.js";
import { greyOf } from "./store.js";
import { PAD } from "./strokes.js";
import { effect } from "./view.js";

/** @typedef {import("./rows.js").Rows} Rows */
/** @typedef {import("./rows.js").Box} Box */
/** @typedef {import("./rows.js").Line} Line */

const WAIT = 200; // milliseconds without a stroke
const LONG = 1000; // milliseconds of reading: from here on the page says what it waits for

/** The rows of what is drawn, while the view of several digits is shown. A newer drawing ends
 * the question about an older one.
 * @param {import("./store.js").Store} store */
export function followRows(store) {
  const { rows } = store;
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
}

/** @param {import("./store.js").Store} store @param {import("./view.js").Signal<Rows>} rows
 * @param {import("./store.js").Grey} grey @param {boolean} picture @param {AbortSignal} newest */
async function ask(store, rows, grey, picture, newest) {
  rows.value = { ...rows.peek(), state: "busy" };
  const waiting = setTimeout(() => explain(store, rows, newest), LONG);
  try {
    const { lines, warnings } = await store.source.read(grey, newest);
    if (newest.aborted) return;
    const to = picture ? placed(grey.width, grey.height)
      : { x: 0, y: 0, scale: PAD.width / grey.width };
    /** @param {Line} line */
    const onPad = (line) => ({ ...line, digits: line.digits.map((digit) => (
      { ...digit, box: moved(digit.box, to) })) });
    rows.value = { state: "done", warnings, lines: lines.map(onPad) };
  } catch (error) {
    const why = error instanceof TypeError ? [] : [/** @type {Error} */ (error).message];
    if (!newest.aborted) rows.value = { ...NOTHING, state: "failed", warnings: why };
  } finally {
    clearTimeout(waiting);
  }
}

/** Say so if the server is not ready to read. @param {import("./store.js").Store} store
 * @param {import("./view.js").Signal<Rows>} rows @param {AbortSignal} newest */
async function explain(store, rows, newest) {
  const ready = await store.source.ready().catch(() => true); // then the reading fails too
  const { value } = rows;
  if (!ready && !newest.aborted && value.state === "busy") {
    rows.value = { ...value, state: "warming" };
  }
}

/** @param {Box} box @param {{x: number, y: number, scale: number}} to @returns {Box} */
const moved = ([x, y, width, height], to) =>
  [to.x + x * to.scale, to.y + y * to.scale, width * to.scale, height * to.scale];
