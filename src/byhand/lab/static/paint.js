// @ts-check
/** A drawing painted on the pad's canvas, sharp at every zoom, in the page's colours. */

import { PAD } from "./strokes.js";

/** @typedef {import("./strokes.js").Drawing} Drawing */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Drawing} drawing
 * @param {[number, number]} shape height and width of the network's square
 */
export function paint(canvas, drawing, shape) {
  const scale = (canvas.clientWidth / PAD.width) * devicePixelRatio;
  const width = Math.round(PAD.width * scale);
  const height = Math.round(PAD.height * scale);
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.resetTransform();
  context.clearRect(0, 0, width, height);
  context.setTransform(canvas.width / PAD.width, 0, 0, canvas.height / PAD.height, 0, 0);
  if (drawing.kind === "strokes") {
    paintStrokes(context, drawing.strokes, getComputedStyle(canvas).color);
  } else if (drawing.kind === "picture") {
    paintLevels(context, drawing.grey, 255, true);
  } else {
    paintLevels(context, { width: shape[1], height: shape[0], data: drawing.pixels }, 0, false);
  }
}

/** @param {CanvasRenderingContext2D} context @param {import("./strokes.js").Stroke[]} strokes
 * @param {string} colour */
function paintStrokes(context, strokes, colour) {
  context.lineCap = "round";
  context.lineJoin = "round";
  context.strokeStyle = colour;
  for (const { eraser, points } of strokes) {
    context.globalCompositeOperation = eraser ? "destination-out" : "source-over";
    for (const part of evenParts(points)) {
      context.lineWidth = part[part.length - 1][2];
      context.beginPath();
      context.moveTo(part[0][0], part[0][1]);
      for (const [x, y] of part) context.lineTo(x, y);
      context.stroke();
    }
  }
  context.globalCompositeOperation = "source-over";
}

/** A stroke in parts of one width, each beginning where the one before ends.
 * @param {import("./strokes.js").Point[]} points */
function evenParts(points) {
  const parts = [[points[0]]];
  for (const point of points) {
    const part = parts[parts.length - 1];
    const before = part[part.length - 1];
    if (point[2] === before[2] || part.length === 1) part.push(point);
    else parts.push([before, point]);
  }
  return parts;
}

/** Where a picture stands on the pad: fitted in, in the middle.
 * @param {number} width @param {number} height */
export function placed(width, height) {
  const scale = Math.min(PAD.width / width, PAD.height / height);
  return { x: (PAD.width - width * scale) / 2, y: (PAD.height - height * scale) / 2, scale };
}

/** @param {CanvasRenderingContext2D} context @param {{width: number, height: number,
 * data: Uint8Array}} grey @param {number} paper its level @param {boolean} smooth */
function paintLevels(context, grey, paper, smooth) {
  const small = new OffscreenCanvas(grey.width, grey.height);
  const inside = /** @type {OffscreenCanvasRenderingContext2D} */ (small.getContext("2d"));
  inside.putImageData(inked(grey, paper, getComputedStyle(context.canvas).color), 0, 0);
  const { x, y, scale } = placed(grey.width, grey.height);
  context.imageSmoothingEnabled = smooth;
  context.drawImage(small, x, y, grey.width * scale, grey.height * scale);
}

/** Levels as ink of one colour, the paper clear. @param {{width: number, height: number,
 * data: Uint8Array}} grey @param {number} paper @param {string} colour as `rgb(…)` */
export function inked({ width, height, data }, paper, colour) {
  const image = new ImageData(width, height);
  const [red, green, blue] = (colour.match(/[\d.]+/g) ?? []).map(Number);
  for (let at = 0; at < data.length; at++) {
    image.data.set([red, green, blue, Math.abs(data[at] - paper)], at * 4);
  }
  return image;
}
