// @ts-check
/** A slider with its name and its value. */

import { h } from "./view.js";

let made = 0;

/**
 * @param {object} slider
 * @param {string} slider.name
 * @param {number} slider.low @param {number} slider.high @param {number} slider.step
 * @param {import("./view.js").Signal<number>} slider.value
 * @param {(value: number) => string} slider.format
 * @returns {HTMLElement}
 */
export function slider({ name, low, high, step, value, format }) {
  const id = `slider-${++made}`;
  const input = h("input", { type: "range", id, min: String(low), max: String(high),
    step: String(step), value: () => String(value.value),
    "aria-valuetext": () => format(value.value),
    oninput: () => (value.value = Number(input.value)) });
  return h("div", { class: "slider" }, h("label", { for: id }, name),
    h("output", { for: id }, () => format(value.value)), input);
}
