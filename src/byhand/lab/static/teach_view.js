// @ts-check
/** Teach it: drawings collected with what they were, and the network trained further on them. */

import { pixelCanvas } from "./pixel_canvas.js";
import { isEmpty, EMPTY } from "./strokes.js";
import { taughtView } from "./taught_view.js";
import { fits, teachOf } from "./teach_state.js";
import { tip } from "./tip.js";
import { computed, h } from "./view.js";
import { words } from "./words.js";
import { teach as text } from "./words_teach.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./teach_state.js").Teach} Teach */
/** @typedef {import("./teach_state.js").Drawing} Drawing */

/** @param {Store} store @returns {HTMLElement} */
export function teachView(store) {
  const state = teachOf(store);
  state.load();
  return h("div", { class: "teach stack" },
    h("div", { class: "inside-head" },
      h("h2", {}, text.title, " ", tip(words.inside.tipName(text.title), text.tip)),
      h("p", { class: "muted" }, text.lead)),
    h("p", { class: "wrong", role: "alert" }, () => state.error.value || null),
    whatWasIt(store, state), collection(store, state), taughtView(store, state));
}

/** The model's classes, and those of the drawings behind them.
 * @param {Store} store @param {Teach} state */
const classesOf = (store, state) =>
  [...new Set([...store.model.classes, ...state.drawings.value.map(({ name }) => name)])];

/** @param {Store} store @param {Teach} state */
function whatWasIt(store, state) {
  const { chosen, said, drawings } = state;
  const classes = computed(() => classesOf(store, state).join("\n"));
  const ready = () => !isEmpty(store.drawing.value) && store.square.value !== null;
  const own = h("input", { id: "own-class", maxlength: "30", autocomplete: "off",
    placeholder: text.ownHelp, oninput: () => (chosen.value = own.value.trim()) });

  async function keep() {
    const pixels = store.square.peek()?.square;
    const name = chosen.peek();
    if (!pixels || !fits(name)) return;
    const kept = await state.add(name, pixels);
    if (!kept) return;
    chosen.value = kept;
    own.value = "";
    said.value = text.kept(drawings.value.filter((d) => d.name === kept).length, kept);
    store.show(EMPTY); // undo of the pad brings it back
  }

  return h("form", { class: "card stack", "aria-labelledby": "what-title",
    onsubmit: (/** @type {Event} */ event) => (event.preventDefault(), keep()) },
  h("h3", { id: "what-title" }, text.what),
  h("div", { class: "class-choice", role: "group", "aria-label": text.classes },
    () => classes.value.split("\n").map((name) => h("button", { type: "button",
      "aria-pressed": () => String(chosen.value === name),
      onclick: () => (chosen.value = name, own.value = "") }, name))),
  h("div", { class: "row" },
    h("label", { for: "own-class" }, text.own), own,
    h("button", { type: "submit", class: "primary keep",
      disabled: () => !ready() || !fits(chosen.value) }, () => text.keep(chosen.value))),
  h("p", { class: "muted small", role: "status" }, () => {
    if (!chosen.value) return text.choose;
    if (!fits(chosen.value)) return text.unfit;
    return ready() ? "" : said.value || text.draw;
  }));
}

/** The drawings by class. @param {Store} store @param {Teach} state */
function collection(store, state) {
  const { drawings, removed, folder } = state;
  return h("section", { class: "card stack", "aria-labelledby": "drawings-title" },
    h("div", { class: "card-head" }, h("h3", { id: "drawings-title" }, text.drawings),
      h("button", { type: "button", class: "quiet small", hidden: () => !removed.value.length,
        onclick: state.restore }, () => text.restore(removed.value.length))),
    () => {
      const each = drawings.value;
      if (!each.length) return h("p", { class: "muted" }, text.none);
      const names = classesOf(store, state).filter((name) => each.some((d) => d.name === name));
      return [
        h("ul", { class: "taught-classes" }, ...names.map((name) =>
          classRow(store, state, name, each.filter((d) => d.name === name)))),
        h("p", { class: "muted small" }, text.folder(each.length, folder.value)),
        h("p", { class: "row small" }, text.save, ...saved("png"), ...saved("idx")),
      ];
    });
}

/** A link that saves all drawings. @param {"png" | "idx"} form */
const saved = (form) => [h("a", { class: "button", download: "",
  href: `api/drawings/export?form=${form}` }, text[form])];

/** @param {Store} store @param {Teach} state @param {string} name @param {Drawing[]} some */
function classRow(store, state, name, some) {
  const [height, width] = store.model.shape;
  return h("li", {},
    h("div", { class: "card-head" }, h("span", {}, text.of(name, some.length)),
      h("button", { type: "button", class: "quiet small", "aria-label": text.removeAllOf(name),
        onclick: () => state.remove(some) }, text.removeAll)),
    h("div", { class: "taught-grid" }, ...some.map((drawing, at) => h("div", { class: "taught" },
      h("button", { type: "button", class: "example", "aria-label": text.show(name, at + 1),
        onclick: () => store.show(
          { kind: "square", pixels: drawing.pixels, index: null, label: null }) },
      pixelCanvas({ width, height, data: drawing.pixels }, "")),
      h("button", { type: "button", class: "taught-remove",
        "aria-label": text.remove(name, at + 1),
        onclick: () => state.remove([drawing]) }, "×")))));
}
