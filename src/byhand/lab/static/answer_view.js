// @ts-check
/** The answer: the class, or that it is none, and the probability of every class. */

import { isBlank } from "./loss.js";
import { effect, h, signal } from "./view.js";
import { percent, words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{state: "empty" | "none" | "read", name: string, share: number}} Verdict */

const QUIET = 700; // milliseconds without a change before a screen reader hears the answer
const MANY = 12; // classes: from here on they stand in narrow columns

/** @param {Store} store @returns {HTMLElement} */
export function answerView(store) {
  return h("section", { class: "answer card", "aria-label": words.answer.section,
    hidden: () => store.view.value === "several" },
  h("div", { class: "verdict" }, () => shown(verdictOf(store), store.model.classes)),
  () => labelled(store),
  bars(store), spoken(store));
}

/** What the network says of the drawing. @param {Store} store @returns {Verdict} */
export function verdictOf(store) {
  const read = store.answer.value;
  if (!read) return { state: "empty", name: "", share: 0 };
  const none = isBlank(/** @type {any} */ (store.square.value).square) || !read.accepted;
  const name = store.model.classes[read.best];
  return { state: none ? "none" : "read", name, share: read.probabilities[read.best] };
}

/** @param {Verdict} verdict @param {string[]} classes @returns {HTMLElement[]} */
function shown({ state, name, share }, classes) {
  const { answer } = words;
  if (state === "empty") {
    return [h("p", { class: "verdict-class muted", "aria-hidden": "true" }, "–"),
      h("p", { class: "verdict-line muted" }, answer.empty)];
  }
  if (state === "none") {
    return [h("p", { class: "verdict-class none", "aria-hidden": "true" }, "?"),
      h("p", { class: "verdict-line" }, h("strong", { class: "none" }, answer.none(classes)), " ",
        h("span", { class: "muted" }, answer.nearest(name)))];
  }
  return [h("p", { class: "verdict-class", "data-long": name.length > 2 }, name),
    h("p", { class: "verdict-line" }, h("strong", {}, percent(share)), " ",
      h("span", { class: "muted" }, answer.sure(share)))];
}

/** Of a test image, whether the answer is its label. @param {Store} store */
function labelled(store) {
  const { value: drawing } = store.drawing;
  const name = drawing.kind === "square" && drawing.label !== null
    && store.lab.data?.classes[drawing.label];
  if (!name) return null;
  const verdict = verdictOf(store);
  const right = verdict.state === "read" && verdict.name === name;
  return h("p", { class: right ? "right" : "wrong" }, words.answer.labelled(name, right));
}

/** One bar for each class; they stay, only their lengths change. @param {Store} store */
function bars(store) {
  const { classes } = store.model;
  const rows = classes.map((name, number) => {
    const share = () => store.answer.value?.probabilities[number] ?? 0;
    const bar = h("span", { class: "bar-fill" });
    effect(() => bar.style.setProperty("transform", `scaleX(${share()})`));
    return h("li", { class: "bar", "data-best": () => store.answer.value?.best === number },
      h("span", { class: "bar-name" }, name),
      h("span", { class: "bar-track", "aria-hidden": "true" }, bar),
      h("span", { class: "bar-share" }, () => (store.answer.value ? percent(share()) : "")));
  });
  const wide = classes.some((name) => name.length > 2);
  return h("ol", { class: "bars", "data-many": classes.length > MANY, "data-wide": wide,
    "aria-label": words.answer.probabilities }, ...rows);
}

/** The same for ears, when the drawing rests. @param {Store} store */
function spoken(store) {
  const text = signal("");
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  effect(() => {
    const verdict = verdictOf(store);
    clearTimeout(timer);
    if (store.view.value === "several") return;
    const next = words.answer.spoken(verdict, store.model.classes);
    timer = setTimeout(() => (text.value = next), QUIET);
  });
  return h("p", { class: "visually-hidden", "aria-live": "polite" }, () => text.value);
}
