// @ts-check
/** Results: what the network makes of the test images, in five sections. */

import { mapView } from "./map_view.js";
import { pruningView } from "./pruning_view.js";
import { resultsOf } from "./results.js";
import { robustnessView } from "./robustness_view.js";
import { scoresView } from "./scores_view.js";
import { effect, h, untracked } from "./view.js";
import { unitsView } from "./units_view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */

/** @type {[name: string, show: (store: Store) => HTMLElement][]} */
const SECTIONS = [["mistakes", scoresView], ["map", mapView], ["robustness", robustnessView],
  ["units", unitsView], ["pruning", pruningView]];

/** @param {Store} store @returns {HTMLElement} */
export function resultsView(store) {
  const text = words.results;
  if (!store.lab.data) {
    return h("div", { class: "results" }, h("h2", {}, text.title),
      h("p", { class: "empty-note" }, text.noData));
  }
  const { section } = resultsOf(store);
  const shown = h("div", { class: "results-section" });
  effect(() => {
    const [, show] = SECTIONS.find(([name]) => name === section.value) ?? SECTIONS[0];
    shown.replaceChildren(untracked(() => show(store)));
  });
  return h("div", { class: "results" },
    h("div", { class: "inside-head" }, h("h2", {}, text.title),
      h("p", { class: "muted" }, text.lead(store.lab.data.name, store.lab.data.count))),
    h("div", { class: "row", role: "group", "aria-label": text.sections.label },
      ...SECTIONS.map(([name]) => h("button", {
        type: "button", id: `results-${name}`,
        "aria-pressed": () => String(section.value === name),
        onclick: () => (section.value = name),
      }, /** @type {any} */ (text.sections)[name]))),
    shown);
}
