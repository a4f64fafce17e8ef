// @ts-check
/** Test images one click away, of a chosen class or of all, and the hard ones. */

import { imageButton, use } from "./image_button.js";
import { effect, h, signal, untracked } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./source.js").Example} Example */
/** @typedef {{state: "busy" | "done" | "failed", images: Example[]}} Answer */

const COUNT = 24; // images shown
const HARD = 40; // of the hardest images, which "a hard one" goes through

/** @param {Store} store @returns {HTMLElement} */
export function examplesView(store) {
  const { data } = store.lab;
  const title = h("h2", { id: "examples-title" }, words.examples.title);
  if (!data) {
    return h("section", { class: "examples card stack", "aria-labelledby": "examples-title" },
      title, h("p", { class: "muted" }, words.examples.none));
  }
  const answer = signal(/** @type {Answer} */ ({ state: "busy", images: [] }));
  const label = signal(/** @type {number | undefined} */ (undefined));
  const seed = signal(0);
  load(store, answer, label, seed);
  return h("section", { class: "examples card stack", "aria-labelledby": "examples-title" },
    h("div", { class: "card-head" }, title, hardButton(store)),
    h("div", { class: "row" }, classChoice(data.classes, label),
      h("button", { type: "button", onclick: () => (seed.value += 1) }, words.examples.more),
      h("span", { class: "muted small" }, words.examples.from(data.name, data.count))),
    h("div", { class: "example-grid", "aria-live": "off" }, () => shown(store, answer, seed)));
}

/** Ask for images whenever the choice changes; only the newest answer is shown.
 * @param {Store} store @param {import("./view.js").Signal<Answer>} answer
 * @param {import("./view.js").Signal<number | undefined>} label
 * @param {import("./view.js").Signal<number>} seed */
function load(store, answer, label, seed) {
  let asked = new AbortController();
  effect(() => {
    const query = { kind: /** @type {const} */ ("any"), label: label.value, count: COUNT,
      seed: seed.value };
    asked.abort();
    const { signal } = asked = new AbortController();
    untracked(() => (answer.value = { ...answer.value, state: "busy" }));
    /** @param {Answer} next */
    const set = (next) => signal.aborted || (answer.value = next);
    store.source.examples(query, signal).then(
      (/** @type {Example[]} */ images) => set({ state: "done", images }),
      () => set({ state: "failed", images: [] }));
  });
}

/** @param {Store} store @param {import("./view.js").Signal<Answer>} answer
 * @param {import("./view.js").Signal<number>} seed */
function shown(store, answer, seed) {
  const { state, images } = answer.value;
  if (state === "failed") {
    return [h("p", { class: "wrong", role: "alert" }, words.examples.failed, " ",
      h("button", { type: "button", onclick: () => (seed.value += 1) }, words.app.again))];
  }
  if (state === "busy" && images.length === 0) {
    return Array.from({ length: COUNT }, () => h("span", { class: "example waiting" }));
  }
  return images.map((image) => imageButton(store, image,
    words.examples.one(store.lab.data?.classes[image.label] ?? `${image.label}`, image.index)));
}

/** @param {Store} store */
function hardButton(store) {
  /** @type {Promise<Example[]> | null} */
  let images = null;
  let next = 0;
  const failed = signal(false), waiting = signal(false);
  async function draw() {
    waiting.value = true;
    try {
      images ??= store.source.examples({ kind: "hard", count: HARD, seed: 0 });
      const found = await /** @type {Promise<Example[]>} */ (images);
      failed.value = false;
      if (found.length) use(store, found[next++ % found.length]);
    } catch {
      images = null; // asked again at the next press
      failed.value = true;
    }
    waiting.value = false;
  }
  const text = () => waiting.value ? words.examples.hardWaiting
    : failed.value ? words.examples.failed : words.examples.hard;
  return h("button", { type: "button", class: "primary", onclick: draw,
    "aria-busy": () => String(waiting.value), title: words.examples.hardHelp }, text);
}

/** @param {string[]} classes @param {import("./view.js").Signal<number | undefined>} label */
function classChoice(classes, label) {
  const select = h("select", { onchange: () => {
    label.value = select.value === "" ? undefined : Number(select.value);
  } }, h("option", { value: "" }, words.examples.all),
  ...classes.map((name, number) => h("option", { value: number }, name)));
  return h("label", { class: "small" }, words.examples.choose, select);
}
