// @ts-check
/** A tour of two minutes: one box of words a step, which can be left at any of them. */

import { insideOf } from "./inside.js";
import { effect, h, signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

/** @type {WeakMap<object, {value: number | null, peek: () => number | null}>} */
const steps = new WeakMap();

/** @param {Store} store */
function stepOf(store) {
  const step = steps.get(store) ?? signal(/** @type {number | null} */ (null));
  steps.set(store, step);
  return step;
}

/** The button that starts the tour. @param {Store} store @returns {HTMLElement} */
export function tourButton(store) {
  const step = stepOf(store);
  return h("button", {
    type: "button", class: "quiet", id: "tour", onclick: async () => {
      await somethingDrawn(store);
      step.value = 0;
    },
  }, words.tour.start);
}

/** The box of words; nothing while there is no tour. @param {Store} store
 * @returns {HTMLElement} */
export function tour(store) {
  const step = stepOf(store);
  const title = h("h2", { id: "tour-title", tabindex: "-1" });
  const text = h("p", { id: "tour-text" });
  const count = h("span", { class: "muted small" });
  const back = h("button", { type: "button", onclick: () => move(-1) }, words.tour.back);
  const next = h("button", { type: "button", class: "primary", onclick: () => move(1) });
  const box = h("div", {
    class: "tour", role: "dialog", "aria-labelledby": "tour-title", "aria-describedby": "tour-text",
    hidden: () => step.value === null,
    onkeydown: (/** @type {KeyboardEvent} */ event) => event.key === "Escape" && leave(),
  },
  h("div", { class: "tour-head" }, title, count), text,
  h("div", { class: "row" },
    back, next, h("button", { type: "button", class: "quiet", onclick: leave }, words.tour.leave)));

  /** @param {number} by */
  function move(by) {
    const to = (step.peek() ?? 0) + by;
    if (to >= STOPS.length) leave();
    else step.value = Math.max(0, to);
  }

  function leave() {
    step.value = null;
    document.getElementById("tour")?.focus();
  }

  effect(() => {
    const at = step.value;
    for (const seen of document.querySelectorAll(".toured")) seen.classList.remove("toured");
    if (at === null) return;
    const { name, target, go } = STOPS[at];
    go(store);
    const stops = /** @type {Record<string, {title: string, text: string}>} */ (words.tour.stops);
    const said = stops[name];
    title.textContent = said.title;
    text.textContent = said.text;
    count.textContent = words.tour.count(at + 1, STOPS.length);
    back.disabled = at === 0;
    next.textContent = at === STOPS.length - 1 ? words.tour.end : words.tour.next;
    setTimeout(() => point(target, title));
  });
  return box;
}

/** Frame what a step is about, and say it. @param {string} target a selector
 * @param {HTMLElement} title */
function point(target, title) {
  const element = document.querySelector(target);
  element?.classList.add("toured");
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  title.focus({ preventScroll: true });
  element?.scrollIntoView({ block: "start", behavior: still ? "auto" : "smooth" });
}

/** The steps: what is shown, and what is framed. */
const STOPS = [
  { name: "draw", target: "#pad", go: view("draw") },
  { name: "answer", target: ".answer", go: view("draw") },
  { name: "square", target: "#view", go: view("draw") },
  { name: "forward", target: ".layers", go: view("forward") },
  { name: "unit", target: ".unit-panel", go: openUnit },
  { name: "backward", target: ".loss", go: trueClass },
  { name: "weight", target: ".unit-panel", go: openWeight },
  { name: "spoke", target: "#view", go: view("spoke") },
  { name: "break", target: "#view", go: view("break") },
];

/** @param {string} name @returns {(store: Store) => void} */
function view(name) {
  return (store) => {
    insideOf(store).open(null);
    store.view.value = name;
  };
}

/** The unit with the largest output in the first layer with weights. @param {Store} store */
function openUnit(store) {
  store.view.value = "forward";
  const pass = store.pass.peek();
  const layer = firstWeighted(store);
  if (!pass || layer < 0) return;
  const { data } = pass.outputs[layer];
  insideOf(store).open({ layer, unit: data.indexOf(Math.max(...data)) });
}

/** @param {Store} store */
function trueClass(store) {
  insideOf(store).open(null);
  const drawing = store.drawing.peek();
  const given = drawing.kind === "square" ? drawing.label : null;
  store.label.value ??= given ?? store.answer.peek()?.best ?? 0;
  store.view.value = "backward";
}

/** The weight with the largest gradient in that layer. @param {Store} store */
function openWeight(store) {
  trueClass(store);
  openUnit(store);
  store.view.value = "backward";
  const layer = firstWeighted(store);
  const back = store.back.peek();
  if (!back || layer < 0) return;
  const sizes = back.grads[layer].w.data.map(Math.abs);
  insideOf(store).weight.value = { name: `${layer}.w`, index: sizes.indexOf(Math.max(...sizes)) };
}

/** @param {Store} store */
const firstWeighted = (store) =>
  store.network.peek().layers.findIndex((/** @type {any} */ { params }) => params.w);

/** An example from the data set where nothing is drawn. @param {Store} store */
async function somethingDrawn(store) {
  if (store.pass.peek()) return;
  try {
    const [example] = await store.source.examples({ kind: "any", count: 1 });
    if (example) store.show({ kind: "square", ...example });
  } catch {
    // the tour goes on without a drawing, and says what to draw
  }
}
