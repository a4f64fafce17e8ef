// @ts-check
/** What each unit is for: the accuracy without it, and the images that excite it most. */

import { imageButton } from "./image_button.js";
import { titleOf } from "./inside.js";
import { resultsOf } from "./results.js";
import { percent2 } from "./scores_view.js";
import { effect, h, signal, untracked } from "./view.js";
import { waiting } from "./waiting.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{right: number, worst: number | null, lost: number, images: number[]}} Unit */
/** @typedef {{count: number, right: number, units: Unit[]}} Answer */

const A_PAGE = 16; // units: 8 images each

/** @param {Store} store @returns {HTMLElement} */
export function unitsView(store) {
  const text = words.results.units, results = resultsOf(store);
  const weighted = store.network.peek().layers.filter((/** @type {any} */ { params }) => params.w);
  if (!weighted.length) return h("p", { class: "empty-note" }, text.none);
  /** @type {import("./view.js").Signal<number>} */
  const layer = results.kept.get("units") ?? signal(weighted[0].index);
  results.kept.set("units", layer);
  const select = h("select", { onchange: () => (layer.value = Number(select.value)) },
    ...weighted.map((/** @type {any} */ { index, text: line }) => h("option",
      { value: String(index), selected: index === layer.peek() },
      `${index} ${titleOf({ text: line })}`)));
  return h("div", { class: "stack" },
    h("p", { class: "muted" }, text.lead), h("label", {}, text.layer, select),
    waiting(() => results.find("units", { layer: layer.value }), text.waiting,
      (answer) => shown(store, answer)));
}

/** The units that cost most first. @param {Store} store @param {Answer} answer */
function shown(store, answer) {
  const text = words.results.units, page = signal(0);
  const order = answer.units.map((_, unit) => unit)
    .sort((a, b) => answer.units[a].right - answer.units[b].right || a - b);
  const last = Math.max(0, Math.ceil(order.length / A_PAGE) - 1);
  const some = () => order.slice(page.value * A_PAGE, (page.value + 1) * A_PAGE);
  return h("div", { class: "card stack" },
    h("p", { class: "muted small" }, text.all(percent2(answer.right / answer.count),
      words.results.sample(answer.count, store.lab.data?.count ?? 0))),
    h("div", { class: "table-room", tabindex: "0", role: "region", "aria-label": text.table },
      h("table", { class: "units-table" },
        h("thead", {}, h("tr", {}, ...text.heads.map((head) => h("th", { scope: "col" }, head)))),
        h("tbody", {}, () => some().map((unit) => untracked(() => row(store, answer, unit)))))),
    last > 0 && h("div", { class: "row" },
      h("button", { type: "button", disabled: () => page.value === 0,
        onclick: () => (page.value -= 1) }, words.results.previous),
      h("span", { class: "muted small", role: "status" }, () => words.results.page(
        page.value * A_PAGE + 1, Math.min(order.length, (page.value + 1) * A_PAGE),
        order.length)),
      h("button", { type: "button", disabled: () => page.value >= last,
        onclick: () => (page.value += 1) }, words.results.next)));
}

/** @param {Store} store @param {Answer} answer @param {number} unit */
function row(store, answer, unit) {
  const text = words.results.units, { right, worst, lost, images } = answer.units[unit];
  const found = signal(/** @type {import("./source.js").Example[]} */ ([]));
  effect(() => {
    resultsOf(store).imagesOf(images).then((all) => (found.value = all), () => {});
  });
  const change = right - answer.right;
  return h("tr", { "data-unit": String(unit) }, h("th", { scope: "row" }, String(unit)),
    h("td", {}, percent2(right / answer.count), h("span", { class: "figure-more" },
      change === 0 ? "±0" : (change > 0 ? "+" : "−") + Math.abs(change))),
    h("td", {}, worst === null ? "–" : text.worst(store.model.classes[worst], lost)),
    h("td", {}, h("div", { class: "exciting" }, () => found.value.map((image) => untracked(() =>
      imageButton(store, image, words.examples.one(store.model.classes[image.label],
        image.index)))))));
}
