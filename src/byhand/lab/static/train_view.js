// @ts-check
/** Train: runs of the engine, composed, watched, changed, compared. */

import { composeView } from "./compose_view.js";
import { runView } from "./run_view.js";
import { tip } from "./tip.js";
import { ENDED, trainOf } from "./train_state.js";
import { effect, h, untracked } from "./view.js";
import { percent, words } from "./words.js";
import { train as text } from "./words_train.js";

/** @typedef {import("./store.js").Store} Store */

const REST = 150; // milliseconds that a drawing rests before the server gets it

/** @param {Store} store @returns {HTMLElement} */
export function trainView(store) {
  const head = h("div", { class: "inside-head" }, h("h2", {}, text.title, " ",
    tip(words.inside.tipName(text.title), text.tip)));
  if (!store.lab.data) return h("div", { class: "train" }, head, h("p", {}, text.noData));
  const state = trainOf(store);
  follow(store, state);
  const main = h("div", { class: "stack" });
  effect(() => {
    const id = state.chosen.value;
    main.replaceChildren(untracked(() => (id === null ? composeView(store, state)
      : runView(store, state, id))));
  });
  return h("div", { class: "train stack" }, head, h("p", { class: "wrong", role: "alert" },
    () => state.error.value || null), runList(state), main);
}

/** Listen while the view is shown, and have the drawing tried.
 * @param {Store} store @param {import("./train_state.js").Train} state */
function follow(store, state) {
  const close = state.open();
  let timer = 0;
  effect(() => {
    const square = store.square.value?.square ?? null;
    if (store.view.value !== "train") return;
    clearTimeout(timer);
    state.tried.value = [];
    timer = setTimeout(() => state.source.watch(square).catch(() => {}), REST);
  });
  queueMicrotask(() => { // outlives the view's own effects
    const end = effect(() => {
      if (store.view.value === "train") return;
      queueMicrotask(() => end());
      clearTimeout(timer);
      close();
      state.source.watch(null).catch(() => {});
    });
  });
}

/** @param {import("./train_state.js").Train} state */
function runList(state) {
  /** @param {string | null} id @param {import("./view.js").Child[]} children */
  const choice = (id, ...children) => h("button", { type: "button", class: "run-choice",
    "aria-pressed": () => String(state.chosen.value === id),
    onclick: () => (state.chosen.value = id) }, ...children);
  return h("section", { class: "run-list", "aria-label": text.runs }, choice(null, text.fresh),
    h("div", { class: "run-choices" }, () => state.runs.value.map((run) => choice(run.id,
      h("strong", {}, run.name), h("span", { class: "muted small" }, brief(run))))));
}

/** One or two words on a run. @param {import("./train_state.js").Run} run */
const brief = ({ state, test, now }) => test ? percent(test.accuracy)
  : ENDED.has(state) || state === "paused" ? text.states[state].split(":")[0]
  : now.steps ? percent(now.step / now.steps) : "…";
