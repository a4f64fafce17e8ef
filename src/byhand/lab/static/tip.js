// @ts-check
/** A tip: a word of explanation that opens on focus, on tap and under the pointer. */

import { h, signal } from "./view.js";

let made = 0;

/**
 * A question mark with its explanation.
 * @param {string} name of the button, such as "About colours"
 * @param {string} text
 * @returns {HTMLElement}
 */
export function tip(name, text) {
  const open = signal(false);
  const id = `tip-${++made}`;
  const set = (/** @type {boolean} */ value) => () => (open.value = value);
  return h("span", { class: "tip", onpointerleave: set(false) },
    h("button", {
      type: "button", class: "tip-mark", "aria-label": name, "aria-describedby": id,
      "aria-expanded": () => String(open.value),
      onfocus: set(true), onblur: set(false),
      onpointerenter: (/** @type {PointerEvent} */ event) => {
        if (event.pointerType !== "touch") open.value = true;
      },
      onclick: set(true),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Escape" || !open.peek()) return;
        open.value = false;
        event.stopPropagation();
      },
    }, "?"),
    h("span", { role: "tooltip", id, class: "tip-text", hidden: () => !open.value }, text));
}
