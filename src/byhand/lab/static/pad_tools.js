// @ts-check
/** The tools under the pad: three brushes, the eraser, undo, redo, clear, a picture. */

import { icon } from "./icons.js";
import { EMPTY, isEmpty } from "./strokes.js";
import { h } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./pad.js").Brush} Brush */

const WIDTHS = { fine: 12, medium: 20, broad: 30 }; // units of the pad

/** @param {import("./store.js").Store} store @param {Brush} brush @param {HTMLElement} picker
 * @returns {HTMLElement} */
export function padTools(store, brush, picker) {
  undoByKeys(store);
  const clear = () => store.show(EMPTY);
  return h("div", { class: "pad-tools", role: "toolbar", "aria-label": words.pad.tools },
    h("div", { class: "joined", role: "group", "aria-label": words.pad.brush },
      ...Object.entries(WIDTHS).map(([name, width]) => brushButton(brush, name, width)),
      toggle(brush)),
    h("div", { class: "joined", role: "group", "aria-label": words.pad.history },
      tool("undo", store.undo, () => store.past.value.length === 0),
      tool("redo", store.redo, () => store.future.value.length === 0),
      tool("clear", clear, () => isEmpty(store.drawing.value))),
    picker);
}

/** @param {Brush} brush @param {string} name @param {number} width */
function brushButton(brush, name, width) {
  const chosen = () => brush.width.value === width && !brush.eraser.value;
  const choose = () => {
    brush.width.value = width;
    brush.eraser.value = false;
  };
  const text = /** @type {Record<string, string>} */ (words.pad.brushes)[name];
  return h("button", { type: "button", class: "tool", title: text, "aria-label": text,
    "aria-pressed": () => String(chosen()), onclick: choose },
  h("span", { class: "dot", style: { "--dot": `${width / 1.7}px` } }));
}

/** @param {Brush} brush */
const toggle = (brush) =>
  h("button", { type: "button", class: "tool", title: words.pad.eraser,
    "aria-label": words.pad.eraser, "aria-pressed": () => String(brush.eraser.value),
    onclick: () => (brush.eraser.value = !brush.eraser.value) }, icon("eraser"));

/** @param {"undo" | "redo" | "clear"} name @param {() => void} act @param {() => boolean} off */
const tool = (name, act, off) =>
  h("button", { type: "button", class: "tool", disabled: off, onclick: act,
    title: words.pad[name], "aria-label": words.pad[name] }, icon(name));

/** Ctrl or Cmd with Z and Y, wherever the focus is but in a text field.
 * @param {import("./store.js").Store} store */
function undoByKeys(store) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (!(event.ctrlKey || event.metaKey) || event.altKey || target.matches("input, textarea")) {
      return;
    }
    const key = event.key.toLowerCase();
    if (key === "z") event.shiftKey ? store.redo() : store.undo();
    else if (key === "y") store.redo();
    else return;
    event.preventDefault();
  });
}
