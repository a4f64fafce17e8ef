// @ts-check
/** Grey levels as a small canvas: level 0 black, 255 white, each pixel sharp. */

import { h } from "./view.js";

/**
 * @param {{width: number, height: number, data: Uint8Array}} grey
 * @param {string} label what is to be seen; empty for a picture that its button describes
 * @returns {HTMLCanvasElement}
 */
export function pixelCanvas({ width, height, data }, label) {
  const named = label ? { role: "img", "aria-label": label } : { "aria-hidden": "true" };
  const canvas = h("canvas", { class: "pixels", width, height, ...named });
  const image = new ImageData(width, height);
  for (let at = 0; at < data.length; at++) {
    image.data.fill(data[at], 4 * at, 4 * at + 3);
    image.data[4 * at + 3] = 255;
  }
  canvas.getContext("2d")?.putImageData(image, 0, 0);
  return canvas;
}
