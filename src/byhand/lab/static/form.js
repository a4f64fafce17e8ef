// @ts-check
/** Fields of forms: a number, a choice, a slider; each follows a value and says when it changes. */

import { effect, h } from "./view.js";

/**
 * @typedef {object} Field
 * @property {string} label
 * @property {() => any} value
 * @property {(value: any) => void} change called with a number, a text or null
 */

/** Keep an input as a value is, unless somebody writes in it.
 * @param {HTMLInputElement | HTMLSelectElement} input @param {() => any} value */
const keep = (input, value) => effect(() => {
  const now = value() ?? "";
  if (document.activeElement !== input || input.type === "range") input.value = String(now);
});

/** @param {Field & {min?: number, step?: number | "any", optional?: boolean}} field */
export function numberField({ label, value, change, min = 0, step = "any", optional = false }) {
  const input = h("input", { type: "number", min, step, inputmode: "decimal", onchange: () => {
    if (input.value === "" && !optional) input.value = String(value());
    else change(input.value === "" ? null : Number(input.value));
  } });
  keep(input, value);
  return labelled(label, input);
}

/** @param {Field & {options: [string, string][]}} field value and name of each option */
export function choiceField({ label, value, change, options }) {
  const select = h("select", { onchange: () => change(select.value) },
    ...options.map(([option, name]) => h("option", { value: option }, name)));
  keep(select, value);
  return labelled(label, select);
}

/** @param {Field & {most: number, step: number, live?: boolean}} field live: while it is moved */
export function sliderField({ label, value, change, most, step, live = false }) {
  const input = h("input", { type: "range", min: 0, max: most, step,
    [live ? "oninput" : "onchange"]: () => change(Number(input.value)) });
  keep(input, value);
  return labelled(label, input, "ranged", h("output", {}, () => String(value())));
}

let made = 0;

/** An input under its name. @param {string} label @param {HTMLElement} input
 * @param {string} [kind] @param {...Node} more */
export function labelled(label, input, kind = "", ...more) {
  input.id = `field-${++made}`;
  return h("div", { class: `field ${kind}` }, h("label", { for: input.id }, label), input, ...more);
}
