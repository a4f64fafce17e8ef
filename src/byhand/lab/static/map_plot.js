// @ts-check
/** Points on a canvas, each the name of its class; the pointer and arrow keys choose one. */

import { insideOf } from "./inside.js";
import { effect, h, signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/**
 * @typedef {object} Points
 * @property {number} count
 * @property {Float32Array} places x and y of each
 * @property {import("./view.js").Signal<number | null>} at which one is chosen
 * @property {(i: number) => number[]} near its neighbours
 * @property {(i: number) => number} label its class
 * @property {(i: number) => boolean} wrong whether it was read wrong
 * @property {() => string} said what is chosen, in words
 */

const LIGHT = ["#1f5fbf", "#b8400c", "#15803d", "#b91c1c", "#7c3aed", "#854d0e", "#be185d",
  "#475569", "#4d7c0f", "#0e7490"];
const DARK = ["#7db2ff", "#ffa366", "#6fd58f", "#ff8a8a", "#c4a1ff", "#e0b872", "#ff8fc0",
  "#b8c2d0", "#b5d66b", "#67d4e0"];
const MARGIN = 14; // CSS pixels around the points
const NEAR = 16; // CSS pixels from a point at which it is still meant
const NARROW = 480; // CSS pixels: smaller digits on a phone
const HIGH = 0.8; // height of the canvas, of its width

/** @param {Store} store @param {Points} points @returns {HTMLElement} */
export function mapPlot(store, points) {
  const text = words.results.map, { dark } = insideOf(store);
  const width = signal(0);
  const canvas = h("canvas", { "aria-hidden": "true" });
  let drawn = new Float32Array(0); // x and y of each, CSS pixels

  /** @param {PointerEvent} event */
  function point(event) {
    const box = canvas.getBoundingClientRect();
    const found = nearest(drawn, event.clientX - box.left, event.clientY - box.top);
    if (found !== null) points.at.value = found;
  }
  /** @param {KeyboardEvent} event */
  function step(event) {
    const by = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1],
      ArrowUp: [0, -1] }[event.key];
    if (event.key === "Escape") points.at.value = null;
    if (!by) return;
    event.preventDefault();
    const from = points.at.peek();
    points.at.value = from === null ? middle(drawn) : beside(drawn, from, by) ?? from;
  }

  const plot = h("div", { class: "map", tabindex: "0", role: "application",
    "aria-roledescription": text.role, "aria-label": text.keys, onkeydown: step,
    onpointermove: point, onpointerdown: point }, canvas,
  h("span", { class: "visually-hidden", role: "status" }, points.said));
  new ResizeObserver(([{ contentRect }]) => (width.value = contentRect.width)).observe(plot);
  let frame = 0;
  effect(() => {
    const [size, chosen, colours] = [width.value, points.at.value, dark.value ? DARK : LIGHT];
    if (!size) return;
    drawn = arranged(points.places, size, size * HIGH);
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => paint(canvas, drawn, points, chosen, colours,
      store.model.classes));
  });
  return plot;
}

/** The points in a frame, with one scale for both axes.
 * @param {Float32Array} places @param {number} width @param {number} height */
export function arranged(places, width, height) {
  const low = [Infinity, Infinity], high = [-Infinity, -Infinity];
  for (let i = 0; i < places.length; i++) {
    low[i % 2] = Math.min(low[i % 2], places[i]);
    high[i % 2] = Math.max(high[i % 2], places[i]);
  }
  const scale = Math.min((width - 2 * MARGIN) / (high[0] - low[0] || 1),
    (height - 2 * MARGIN) / (high[1] - low[1] || 1));
  const middles = [width / 2, height / 2];
  return Float32Array.from(places, (value, i) =>
    middles[i % 2] + scale * (value - (low[i % 2] + high[i % 2]) / 2));
}

/** The point that is meant at a place; null where there is none.
 * @param {Float32Array} drawn @param {number} x @param {number} y */
export function nearest(drawn, x, y) {
  let found = null, least = NEAR ** 2;
  for (let i = 0; i < drawn.length; i += 2) {
    const distance = (drawn[i] - x) ** 2 + (drawn[i + 1] - y) ** 2;
    if (distance < least) [found, least] = [i / 2, distance];
  }
  return found;
}

/** The nearest point in a direction; null where there is none.
 * @param {Float32Array} drawn @param {number} from @param {number[]} by right, down */
export function beside(drawn, from, [right, down]) {
  let found = null, least = Infinity;
  for (let i = 0; i < drawn.length; i += 2) {
    const [x, y] = [drawn[i] - drawn[2 * from], drawn[i + 1] - drawn[2 * from + 1]];
    const along = x * right + y * down, across = Math.abs(x * down - y * right);
    if (along <= 0 || across > along) continue;
    if (along + across < least) [found, least] = [i / 2, along + across];
  }
  return found;
}

/** The point nearest to the middle of all. @param {Float32Array} drawn */
function middle(drawn) {
  const mean = [0, 0];
  drawn.forEach((value, i) => (mean[i % 2] += (2 * value) / drawn.length));
  let found = 0, least = Infinity;
  for (let i = 0; i < drawn.length; i += 2) {
    const distance = (drawn[i] - mean[0]) ** 2 + (drawn[i + 1] - mean[1]) ** 2;
    if (distance < least) [found, least] = [i / 2, distance];
  }
  return found;
}

/** @param {HTMLCanvasElement} canvas @param {Float32Array} drawn @param {Points} points
 * @param {number | null} chosen @param {string[]} colours @param {string[]} classes */
function paint(canvas, drawn, points, chosen, colours, classes) {
  const width = canvas.clientWidth, height = canvas.clientHeight, ratio = devicePixelRatio;
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  const pen = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const style = getComputedStyle(canvas);
  pen.scale(ratio, ratio);
  pen.font = `600 ${width < NARROW ? 8 : 11}px ${style.fontFamily}`;
  [pen.textAlign, pen.textBaseline] = ["center", "middle"];
  const faint = chosen !== null;
  for (let i = 0; i < points.count; i++) {
    const label = points.label(i);
    pen.globalAlpha = faint ? 0.55 : 0.85;
    pen.fillStyle = colours[label % colours.length];
    pen.fillText(classes[label].slice(0, 2), drawn[2 * i], drawn[2 * i + 1]);
    if (!points.wrong(i)) continue;
    [pen.globalAlpha, pen.lineWidth, pen.strokeStyle] = [1, 1.5, style.outlineColor];
    ring(pen, drawn, i, 8);
  }
  if (chosen === null) return;
  [pen.globalAlpha, pen.lineWidth, pen.strokeStyle] = [1, 1.5, style.color];
  for (const other of points.near(chosen)) {
    pen.beginPath();
    pen.moveTo(drawn[2 * chosen], drawn[2 * chosen + 1]);
    pen.lineTo(drawn[2 * other], drawn[2 * other + 1]);
    pen.stroke();
    ring(pen, drawn, other, 7);
  }
  pen.lineWidth = 2.5;
  ring(pen, drawn, chosen, 10);
}

/** @param {CanvasRenderingContext2D} pen @param {Float32Array} drawn @param {number} i
 * @param {number} radius */
function ring(pen, drawn, i, radius) {
  pen.beginPath();
  pen.arc(drawn[2 * i], drawn[2 * i + 1], radius, 0, 2 * Math.PI);
  pen.stroke();
}
