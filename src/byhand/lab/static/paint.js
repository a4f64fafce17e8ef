// @ts-check
/** A drawing painted on the pad's canvas, sharp at every zoom, in the page's colours. */

import { PAD } from "./strokes.js";

/** @typedef {import("./strokes.js").Drawing} Drawing */

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Drawing} drawing
 * @param {[number, number]} shape height and width of the network's square
 * @param {string} colour of ink, as `rgb(…)`
 */
export function paint(canvas, drawing, shape, colour) {
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
    paintStrokes(context, drawing.strokes, colour);
  } else if (drawing.kind === "picture") {
    paintLevels(context, inked(drawing.grey, 255, colour), true);
  } else {
    const grey = { width: shape[1], height: shape[0], data: drawing.pixels };
    paintLevels(context, inked(grey, 0, colour), false);
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

/** @param {CanvasRenderingContext2D} context @param {ImageData} image
 * @param {boolean} smooth */
function paintLevels(context, image, smooth) {
  const small = new OffscreenCanvas(image.width, image.height);
  small.getContext("2d")?.putImageData(image, 0, 0);
  const { x, y, scale } = placed(image.width, image.height);
  context.imageSmoothingEnabled = smooth;
  context.drawImage(small, x, y, image.width * scale, image.height * scale);
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
