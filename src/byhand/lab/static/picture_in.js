// @ts-check
/** Pictures from outside: opened (on a phone also by the camera), pasted, or dropped on the pad. */

import { icon } from "./icons.js";
import { h, signal } from "./view.js";
import { words } from "./words.js";

const LONGEST = 1600; // pixels: larger pictures are shrunk, which no digit needs more than

/**
 * @param {HTMLElement} area where pictures can be dropped
 * @param {import("./store.js").Store} store
 * @returns {{picker: HTMLElement, failed: HTMLElement}} the button, and the line that says what
 *   was wrong
 */
export function pictureIn(area, store) {
  const wrong = signal("");

  /** @param {Blob | null | undefined} file */
  async function take(file) {
    if (!file) return;
    try {
      store.show({ kind: "picture", grey: await greyLevels(file) });
      wrong.value = "";
    } catch {
      wrong.value = words.pad.noPicture;
    }
  }

  const input = h("input", { type: "file", accept: "image/*", class: "visually-hidden",
    "aria-label": words.pad.open, onchange: () => {
      take(input.files?.[0]);
      input.value = ""; // so that the same file can be opened again
    } });
  const picker = h("label", { class: "button picker", title: words.pad.open }, input, icon("open"),
    h("span", {}, words.pad.picture));
  document.addEventListener("paste", (event) => {
    const file = event.clipboardData?.files[0];
    if (file) event.preventDefault();
    take(file);
  });
  takeDrops(area, take);
  return { picker, failed: h("p", { class: "wrong", role: "alert" }, () => wrong.value) };
}

/** @param {HTMLElement} area @param {(file: Blob | undefined) => void} take */
function takeDrops(area, take) {
  area.addEventListener("dragover", (event) => {
    event.preventDefault();
    area.dataset.drop = "";
  });
  area.addEventListener("dragleave", () => delete area.dataset.drop);
  area.addEventListener("drop", (event) => {
    event.preventDefault();
    delete area.dataset.drop;
    take(event.dataTransfer?.files[0]);
  });
}

/**
 * A picture file's grey levels, as Pillow weighs red, green and blue; clear parts are paper.
 * @param {Blob} file
 * @returns {Promise<{width: number, height: number, data: Uint8Array}>}
 */
export async function greyLevels(file) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, LONGEST / Math.max(bitmap.width, bitmap.height));
  const width = Math.max(1, Math.round(bitmap.width * scale));
  const height = Math.max(1, Math.round(bitmap.height * scale));
  const canvas = new OffscreenCanvas(width, height);
  const context = /** @type {OffscreenCanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(bitmap, 0, 0, width, height);
  bitmap.close();
  const { data: rgba } = context.getImageData(0, 0, width, height);
  const data = new Uint8Array(width * height);
  for (let at = 0; at < data.length; at++) {
    const [red, green, blue] = [rgba[4 * at], rgba[4 * at + 1], rgba[4 * at + 2]];
    data[at] = (red * 19595 + green * 38470 + blue * 7471 + 0x8000) >> 16;
  }
  return { width, height, data };
}
