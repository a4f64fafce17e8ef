// @ts-check
/** Grey levels as a small canvas: level 0 black, 255 white, each pixel sharp. */

import { effect, h } from "./view.js";

/** @typedef {{width: number, height: number, data: Uint8Array}} Grey */

/**
 * @param {Grey | (() => Grey | null)} grey a function is followed; null leaves what is shown
 * @param {string} label what is to be seen; empty for a picture that its button describes
 * @returns {HTMLCanvasElement}
 */
export function pixelCanvas(grey, label) {
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const canvas = h("canvas", { class: "pixels", ...named });
  if (typeof grey === "function") effect(() => paintPixels(canvas, grey()));
  else paintPixels(canvas, grey);
  return canvas;
}

/** @param {HTMLCanvasElement} canvas @param {Grey | null} grey */
function paintPixels(canvas, grey) {
  if (!grey) return;
  const { width, height, data } = grey;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  const image = new ImageData(width, height);
  const bytes = image.data;
  for (let at = 0, to = 0; at < data.length; at++) {
    bytes[to++] = bytes[to++] = bytes[to++] = data[at];
    bytes[to++] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
}
