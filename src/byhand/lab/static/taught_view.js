// @ts-check
/** The teaching itself: its start, how far it is, what it gained and lost, use and undo. */

import { addressOf } from "./address.js";
import { pixelCanvas } from "./pixel_canvas.js";
import { computed, h, untracked } from "./view.js";
import { percent } from "./words.js";
import { answered, teach as text } from "./words_teach.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./teach_state.js").Teach} Teach */

const FEWEST = 2; // drawings of a class: one to learn from, one to hold out

/** @param {Store} store @param {Teach} state @returns {HTMLElement} */
export function taughtView(store, state) {
  const { taught, drawings } = state;
  const run = computed(() => taught.value?.run ?? null);
  const phase = computed(() => (run.value ? taught.value.state : ""));
  const busy = () => Boolean(run.value) && !taught.value.ended;
  const few = () => {
    const names = [...new Set(drawings.value.map(({ name }) => name))];
    return names.filter((name) =>
      drawings.value.filter((d) => d.name === name).length < FEWEST);
  };
  return h("section", { class: "card stack", "aria-labelledby": "teach-title" },
    h("h3", { id: "teach-title" }, text.teach),
    h("div", { class: "row" },
      h("button", { type: "button", class: "primary", onclick: state.teach,
        disabled: () => busy() || !drawings.value.length || few().length > 0 },
      () => (phase.value === "done" ? text.again : text.start)),
      h("button", { type: "button", hidden: () => !busy(), onclick: state.stop }, text.stop)),
    h("p", { class: "muted small", hidden: () => !few().length }, () => text.few(few())),
    h("div", { class: "stack", hidden: () => !busy() },
      h("progress", { max: "1", "aria-label": text.teach, value: () => taught.value?.share ?? 0 }),
      h("p", { class: "muted small", role: "status" }, () => progressLine(taught.value))),
    () => {
      if (["", "done"].includes(phase.value) || untracked(busy)) return null;
      return h("p", { class: "wrong", role: "alert" }, phase.value === "stopped" ? text.stopped
        : text.ended(untracked(() => taught.value.error)));
    },
    () => (phase.value === "done" ? untracked(() => result(store, state)) : null));
}

/** @param {any} taught */
function progressLine(taught) {
  if (taught?.state === "measuring") return text.measuring;
  return taught?.left == null ? text.preparing : text.left(taught.left);
}

/** @param {Store} store @param {Teach} state */
function result(store, state) {
  const { taught, compared } = state;
  const { gains, seconds, file } = taught.value;
  /** Show the other network: the page begins anew with it. @param {"use" | "undo"} which */
  async function change(which) {
    if (!(await state.change(which))) return;
    history.replaceState(null, "", `#${addressOf(store)}`);
    location.reload();
  }
  return h("div", { class: "stack" },
    h("h4", {}, text.result), h("p", { class: "muted small" }, text.took(seconds ?? 0)),
    gainsTable(gains),
    h("div", { class: "row" },
      () => (taught.value.in_use ? h("p", { class: "right" }, text.inUse)
        : h("button", { type: "button", class: "primary", onclick: () => change("use") },
          text.use)),
      h("button", { type: "button", hidden: () => !taught.value.undo,
        onclick: () => change("undo") }, text.undo)),
    h("div", { class: "small" }, h("p", {}, text.file(file)),
      h("pre", { tabindex: "0" }, `${text.command(file)}\n${text.python(file)}`)),
    () => compared.value.length > 0 && untracked(() => each(store, compared.value)));
}

/** @param {any[]} gains */
const gainsTable = (gains) => h("table", { class: "sum gains" },
  h("thead", {}, h("tr", {}, h("th", { scope: "col" }, text.images),
    h("th", { scope: "col" }, text.before), h("th", { scope: "col" }, text.after))),
  h("tbody", {}, ...gains.map((gain) => h("tr", {},
    h("th", { scope: "row" }, gain.new ? text.yours(gain.count) : text.old(gain.data, gain.count)),
    h("td", {}, share(gain.before)),
    h("td", { class: gain.after < gain.before ? "less" : "more" }, share(gain.after))))));

/** With two decimals: what is lost on the old images is less than one. @param {number} value */
const share = (value) => `${(100 * value).toFixed(2)} %`;

/** @param {Store} store @param {import("./teach_state.js").Compared[]} drawings */
function each(store, drawings) {
  const [height, width] = store.model.shape;
  const right = (/** @type {any} */ d, /** @type {any} */ answer) =>
    answer.accepted && answer.name === d.name;
  /** @param {any} d @param {any} answer */
  const shown = (d, answer) => h("span", { class: right(d, answer) ? "right" : "wrong",
    title: percent(answer.share) }, answered(answer));
  return h("div", { class: "stack" }, h("h4", {}, text.each),
    h("p", { class: "muted small" }, text.eachHelp),
    h("ul", { class: "before-after" }, ...drawings.map((d) => h("li", {
      class: d.held_out ? "held-out" : "" },
    pixelCanvas({ width, height, data: d.pixels }, text.one(d)),
    h("span", { class: "small", "aria-hidden": "true" }, shown(d, d.before), " → ",
      shown(d, d.after))))));
}
