// @ts-check
/** The drawing pad: a canvas that shows the drawing and takes strokes by mouse, pen and touch. */

import { padKeys } from "./pad_keys.js";
import { padTools } from "./pad_tools.js";
import { paint } from "./paint.js";
import { pictureIn } from "./picture_in.js";
import { boxes } from "./read_boxes.js";
import { isEmpty, kept, PAD } from "./strokes.js";
import { effect, h, signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./strokes.js").Stroke} Stroke */
/** @typedef {{width: import("./view.js").Signal<number>,
 *   eraser: import("./view.js").Signal<boolean>}} Brush */

const STEP = 1; // units of the pad: nearer points are the same point

/** @param {import("./store.js").Store} store @returns {HTMLElement} */
export function pad(store) {
  /** @type {Brush} */
  const brush = { width: signal(20), eraser: signal(false) };
  const canvas = h("canvas", {
    id: "pad", class: "pad-canvas", tabindex: "0", role: "application",
    "aria-roledescription": words.pad.role, "aria-label": words.pad.label,
    "aria-describedby": "pad-help",
  });
  takeStrokes(canvas, store, brush);
  const pen = padKeys(canvas, store, brush);
  keepPainted(canvas, store);
  const area = h("div", { class: "pad-area", "data-eraser": () => brush.eraser.value },
    canvas, boxes(store), pen,
    () => isEmpty(store.drawing.value) && h("p", { class: "pad-hint", "aria-hidden": "true" },
      words.pad.hint(store.view.value === "several")));
  const { picker, failed } = pictureIn(area, store);
  return h("section", { class: "pad", "aria-label": words.pad.section },
    area, padTools(store, brush, picker), failed,
    h("p", { id: "pad-help", class: "visually-hidden" }, words.pad.keys));
}

/** @param {HTMLCanvasElement} canvas @param {import("./store.js").Store} store
 * @param {Brush} brush */
function takeStrokes(canvas, store, brush) {
  /** The pointer that draws, and what undo would bring back.
   * @type {{id: number, before: import("./strokes.js").Drawing} | null} */
  let drawing = null;

  /** Where an event is on the pad, at any zoom and scroll. @param {PointerEvent} event
   * @returns {import("./strokes.js").Point} */
  function pointOf(event) {
    const box = canvas.getBoundingClientRect();
    const width = brush.width.value * (event.pointerType === "pen" ? 0.4 + event.pressure : 1);
    return [
      kept((event.clientX - box.left) * (PAD.width / box.width)),
      kept((event.clientY - box.top) * (PAD.height / box.height)),
      kept(width),
    ];
  }

  /** @param {PointerEvent} event */
  function begin(event) {
    if (drawing || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    drawing = { id: event.pointerId, before: store.drawing.value };
    store.remember();
    beginStroke(store, brush.eraser.value, pointOf(event));
  }

  /** @param {PointerEvent} event */
  function go(event) {
    if (drawing?.id !== event.pointerId) return;
    const events = event.getCoalescedEvents?.() ?? [];
    extendStroke(store, (events.length ? events : [event]).map(pointOf));
  }

  /** @param {PointerEvent} event */
  function end(event) {
    if (drawing?.id === event.pointerId) drawing = null;
  }

  /** The browser took the pointer, as for a gesture: what it drew was not meant.
   * @param {PointerEvent} event */
  function cancel(event) {
    if (drawing?.id !== event.pointerId) return;
    store.drawing.value = drawing.before;
    store.past.value = store.past.value.slice(0, -1);
    drawing = null;
  }

  canvas.addEventListener("pointerdown", begin);
  canvas.addEventListener("pointermove", go);
  canvas.addEventListener("pointerup", end);
  canvas.addEventListener("pointercancel", cancel);
  canvas.addEventListener("lostpointercapture", end);
}

/** @param {import("./store.js").Store} store @param {boolean} eraser
 * @param {import("./strokes.js").Point} point */
export function beginStroke(store, eraser, point) {
  const { value } = store.drawing;
  const strokes = value.kind === "strokes" ? value.strokes : []; // a picture is replaced
  store.drawing.value = { kind: "strokes", strokes: [...strokes, { eraser, points: [point] }] };
}

/** Add points to the last stroke. @param {import("./store.js").Store} store
 * @param {import("./strokes.js").Point[]} more */
export function extendStroke(store, more) {
  const { value } = store.drawing;
  if (value.kind !== "strokes") return;
  const last = value.strokes[value.strokes.length - 1];
  const points = [...last.points];
  for (const point of more) {
    const [x, y] = points[points.length - 1];
    if (Math.abs(point[0] - x) >= STEP || Math.abs(point[1] - y) >= STEP) points.push(point);
  }
  if (points.length === last.points.length) return;
  const strokes = [...value.strokes.slice(0, -1), { eraser: last.eraser, points }];
  store.drawing.value = { kind: "strokes", strokes };
}

/** @param {HTMLCanvasElement} canvas @param {import("./store.js").Store} store */
function keepPainted(canvas, store) {
  const size = signal(0);
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const system = signal(dark.matches);
  dark.addEventListener("change", () => (system.value = dark.matches));
  new ResizeObserver(() => (size.value = canvas.clientWidth)).observe(canvas);
  const colour = signal("");
  effect(() => {
    system.value, store.theme.value, size.value; // the colours follow them
    colour.value = getComputedStyle(canvas).color;
  });
  effect(() => {
    const drawing = store.drawing.value, ink = colour.value;
    if (size.value > 0) paint(canvas, drawing, store.model.shape, ink);
  });
}
