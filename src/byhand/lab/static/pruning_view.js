// @ts-check
/** Pruning: the smallest weights become 0, as many as a slider says. */

import { lineChart } from "./charts.js";
import { insideOf, titleOf } from "./inside.js";
import { newest, resultsOf } from "./results.js";
import { percent2 } from "./scores_view.js";
import { slider } from "./slider.js";
import { effect, h, signal, untracked } from "./view.js";
import { percent, words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{count: number, right: number, interval: [number, number],
 *   layers: {layer: number, text: string, left: number, total: number}[]}} Answer */

/** @param {Store} store @returns {HTMLElement} */
export function pruningView(store) {
  const text = words.results.pruning, { kept } = resultsOf(store);
  const { gone, tried } = kept.get("pruning") ?? { gone: signal(0),
    tried: signal(/** @type {[number, number][]} */ ([])) };
  kept.set("pruning", { gone, tried });
  const now = signal(/** @type {Answer | null} */ (null));
  const state = signal("busy");
  const ask = newest((share) => store.source.ask("pruning", { share }), (found, share) => {
    if (!found) return void (state.value = "failed");
    now.value = /** @type {Answer} */ (found);
    state.value = "done";
    const others = tried.peek().filter((/** @type {number[]} */ [x]) => x !== share);
    const point = [/** @type {number} */ (share), now.value.right / now.value.count];
    tried.value = [...others, point].sort((a, b) => a[0] - b[0]);
  });
  effect(() => {
    const share = gone.value / 100;
    untracked(() => (state.value = "busy"));
    ask(share);
  });
  const left = () => now.value?.layers.reduce((sum, layer) => sum + layer.left, 0) ?? 0;
  const total = () => now.value?.layers.reduce((sum, layer) => sum + layer.total, 0) ?? 0;
  return h("div", { class: "results-columns" },
    h("section", { class: "card stack", "aria-label": text.title },
      h("h3", {}, text.title), h("p", { class: "muted small" }, text.help),
      slider({ name: text.share, low: 0, high: 100, step: 1, value: gone,
        format: (value) => `${value} %` }),
      h("dl", { class: "compared", "data-state": () => state.value },
        h("div", {}, h("dt", {}, text.accuracy), h("dd", { class: "after" }, () =>
          (now.value ? percent2(now.value.right / now.value.count) : "…"))),
        h("div", {}, h("dt", {}, text.left), h("dd", {}, () => left().toLocaleString("en"),
          h("span", { class: "figure-more" }, () => text.of(total()))))),
      h("p", { class: "muted small", role: "status" }, () => state.value === "failed"
        ? words.results.failed : now.value
          ? words.results.sampled(now.value, store.lab.data?.count ?? 0) : words.results.counting)),
    h("section", { class: "card stack", "aria-label": text.curve },
      lineChart({ x: text.axis, y: text.curve, span: () => [0, 100], range: [0, 1],
        format: percent, redraw: () => insideOf(store).dark.value,
        lines: () => [{ name: text.accuracy, x: tried.value.map(([x]) => 100 * x),
          y: tried.value.map(([, y]) => y) }] }),
      h("div", { class: "table-room" }, h("table", { class: "sum" },
        h("thead", {}, h("tr", {}, ...text.heads.map((head) =>
          h("th", { scope: "col" }, head)))),
        h("tbody", {}, () => (now.value?.layers ?? []).map((layer) => h("tr", {},
          h("th", { scope: "row" }, `${layer.layer} ${titleOf(layer)}`),
          h("td", {}, layer.left.toLocaleString("en")),
          h("td", {}, percent(layer.left / layer.total)))))))));
}
