// @ts-check
/** Break it: what happens to this drawing and to the test images when weights are changed. */

import { answer } from "./network.js";
import { changeText, zeroFilter } from "./break_it.js";
import { insideOf } from "./inside.js";
import { buildNetwork } from "./network.js";
import { tip } from "./tip.js";
import { filterPicker } from "./filter_picker.js";
import { computed, effect, h, signal } from "./view.js";
import { percent, words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{right: number, count: number}} Accuracy */

const PAUSE = 250; // milliseconds without a change before images are classified

/** @param {Store} store @returns {HTMLElement} */
export function breakView(store) {
  const text = words.inside.break;
  insideOf(store).pointed.value = null;
  const { layers } = store.network.peek();
  const weighted = layers.filter((/** @type {any} */ { params }) => params.w);
  const undo = () => (store.changes.value = store.changes.peek().slice(0, -1));
  return h("div", { class: "inside break" },
    h("div", { class: "inside-head" },
      h("h2", {}, text.title, " ", tip(words.inside.tipName(text.title), text.tip)),
      h("p", { class: "muted" }, text.lead)),
    h("div", { class: "break-columns" },
      h("section", { class: "card stack", "aria-label": text.pick },
        h("h3", {}, text.pick), filterPicker(store, weighted, (layer, number) =>
          zeroFilter(store, layer, number))),
      h("div", { class: "stack" },
        h("section", { class: "card stack changes", "aria-label": text.changes },
          h("h3", {}, text.changes),
          h("ol", { class: "change-list" }, () => changeList(store)),
          h("div", { class: "row" },
            h("button", { type: "button", disabled: () => !store.changes.value.length,
              onclick: undo }, text.undo),
            h("button", { type: "button", disabled: () => !store.changes.value.length,
              onclick: () => (store.changes.value = []) }, text.undoAll))),
        h("section", { class: "card stack", "aria-label": text.drawing },
          h("h3", {}, text.drawing), drawingEffect(store)),
        h("section", { class: "card stack", "aria-label": text.test },
          h("h3", {}, text.test), accuracyEffect(store)))));
}

/** @param {Store} store */
function changeList(store) {
  const changes = store.changes.value;
  if (!changes.length) return h("li", { class: "muted" }, words.inside.break.none);
  return changes.map((change, at) => h("li", {},
    h("span", {}, changeText(store, change)),
    h("button", {
      type: "button", class: "quiet small",
      "aria-label": words.inside.break.undoOne(changeText(store, change)),
      onclick: () => (store.changes.value = store.changes.peek().filter((_, i) => i !== at)),
    }, words.inside.undo)));
}

/** Each class before and after. @param {Store} store */
function drawingEffect(store) {
  const { model, tensors } = store;
  const untouched = buildNetwork(model.architecture, model.shape, tensors);
  const before = computed(() => {
    const square = store.square.value;
    return square && answer(untouched.logits(untouched.forward(square.square)), model);
  });
  const row = (/** @type {string} */ name, /** @type {number} */ k) => {
    const [old, now] = [() => before.value?.probabilities[k] ?? 0,
      () => store.answer.value?.probabilities[k] ?? 0];
    return h("tr", { class: () => (store.answer.value?.best === k ? "best" : "") },
      h("th", { scope: "row" }, name),
      h("td", { class: "effect-bars", "aria-hidden": "true" },
        h("span", { class: "was", style: () => ({ width: `${100 * old()}%` }) }),
        h("span", { class: "is", style: () => ({ width: `${100 * now()}%` }) })),
      h("td", {}, () => percent(old())), h("td", { class: "after" }, () => percent(now())));
  };
  return h("div", {},
    h("p", { class: "empty-note", hidden: () => store.pass.value !== null }, words.inside.empty),
    h("table", { class: "effect", hidden: () => store.pass.value === null },
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, words.inside.break.class),
        h("td", {}), h("th", { scope: "col" }, words.inside.break.before),
        h("th", { scope: "col" }, words.inside.break.after))),
      h("tbody", {}, ...model.classes.map(row))));
}

/** How many test images are right, before and after. @param {Store} store */
function accuracyEffect(store) {
  const text = words.inside.break;
  if (!store.lab.data) return h("p", { class: "muted" }, text.noData);
  const before = signal(/** @type {Accuracy | null} */ (null));
  const after = signal(/** @type {Accuracy | null} */ (null));
  const state = signal("waiting");
  let latest = 0;
  const measure = async (/** @type {any[]} */ changes) => {
    const mine = ++latest;
    state.value = "counting";
    try {
      if (!before.peek()) before.value = await store.source.accuracy([]);
      const found = changes.length ? await store.source.accuracy(changes) : before.peek();
      if (mine !== latest) return;
      after.value = found;
      state.value = "done";
    } catch {
      if (mine === latest) state.value = "failed";
    }
  };
  effect(() => {
    const changes = store.changes.value;
    const mine = ++latest;
    state.value = "counting";
    setTimeout(() => mine === latest && measure(changes), PAUSE);
  });
  /** @param {Accuracy | null} found */
  const line = (found) => (found ? percent(found.right / found.count) : "…");
  return h("div", { class: "accuracy" },
    h("dl", { class: "compared" },
      h("div", {}, h("dt", {}, text.before), h("dd", {}, () => line(before.value))),
      h("div", {}, h("dt", {}, text.after), h("dd", { class: "after" },
        () => (state.value === "counting" ? "…" : line(after.value))))),
    h("p", { class: "muted small", role: "status" }, () => {
      if (state.value === "failed") return text.failed;
      if (state.value === "counting") return text.counting;
      return after.value ? text.counted(after.value.right, after.value.count) : "";
    }));
}
