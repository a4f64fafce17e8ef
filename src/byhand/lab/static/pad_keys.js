// @ts-check
/** Drawing with the keyboard: arrows move a pen, Space puts it down and lifts it. */

import { beginStroke, extendStroke } from "./pad.js";
import { PAD } from "./strokes.js";
import { effect, h, signal } from "./view.js";

const STEP = 12; // units of the pad; a third of it with Shift

/** @param {HTMLCanvasElement} canvas @param {import("./store.js").Store} store
 * @param {import("./pad.js").Brush} brush @returns {HTMLElement} the pen's place, to be shown */
export function padKeys(canvas, store, brush) {
  const place = signal(/** @type {[number, number] | null} */ (null));
  let down = false;

  /** @param {KeyboardEvent} event */
  function press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const step = event.shiftKey ? STEP / 3 : STEP;
    const [x, y] = place.value ?? [PAD.width / 2, PAD.height / 4];
    const move = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step],
      ArrowDown: [0, step] }[event.key];
    if (event.key === " ") {
      down = !down;
      if (down) store.remember(), beginStroke(store, brush.eraser.value, [x, y, brush.width.value]);
      place.value = [x, y];
    } else if (event.key === "Escape") {
      down = false;
      place.value = null;
    } else if (move) {
      const within = (/** @type {number} */ value, /** @type {number} */ most) =>
        Math.min(most, Math.max(0, value));
      place.value = [within(x + move[0], PAD.width), within(y + move[1], PAD.height)];
      if (down) extendStroke(store, [[...place.value, brush.width.value]]);
    } else return;
    event.preventDefault();
  }

  const stop = () => {
    down = false;
    place.value = null;
  };
  canvas.addEventListener("keydown", press);
  canvas.addEventListener("blur", stop);
  canvas.addEventListener("pointerdown", stop);
  const mark = h("span", { class: "pad-pen", hidden: () => !place.value, "aria-hidden": "true" });
  effect(() => {
    const [x, y] = place.value ?? [0, 0];
    mark.style.setProperty("left", `${(100 * x) / PAD.width}%`);
    mark.style.setProperty("top", `${(100 * y) / PAD.height}%`);
  });
  return mark;
}
