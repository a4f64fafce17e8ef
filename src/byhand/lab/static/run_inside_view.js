// @ts-check
/** The inside of a network that learns: weights and gradients by layer, dead units, filters. */

import { histogram } from "./charts.js";
import { distinct } from "./distinct.js";
import { fromBase64 } from "./base64.js";
import { insideOf } from "./inside.js";
import { legend } from "./legend.js";
import { arranged, picture } from "./picture.js";
import { effect, h } from "./view.js";
import { train as text } from "./words_train.js";

/** @param {import("./store.js").Store} store @param {import("./train_state.js").Train} state
 * @param {string} id @returns {HTMLElement} */
export function insideView(store, state, id) {
  const curve = state.curve(id), { dark } = insideOf(store);
  const found = () => curve.value?.inside ?? null;
  const count = distinct(() => found()?.layers.length ?? 0);
  /** @param {number} at @param {"weights" | "gradients"} part @param {string} name */
  const chart = (at, part, name) => histogram({ x: name, bins: () => found()?.layers[at]?.[part]
    ?? null, redraw: () => dark.value, height: 90 });
  /** @param {number} at */
  const layer = (at) => {
    const { number, text: name } = found().layers[at];
    return h("section", { class: "run-layer" }, h("h4", {}, text.layerName(number, name)),
      h("p", { class: "small muted" }, () => {
        const dead = found()?.layers[at]?.dead;
        return dead && text.dead(dead.dead, dead.units);
      }),
      h("div", { class: "run-histograms" }, chart(at, "weights", text.weightsOf),
        chart(at, "gradients", text.gradientsOf)));
  };
  return h("section", { class: "card stack", "aria-label": text.inside,
    hidden: () => !count.value },
    h("h3", {}, text.inside, " ", h("span", { class: "muted small" },
      () => found() && text.at(found().step))), filters(found, dark),
    h("p", { class: "muted small" }, text.deadHelp),
    h("div", { class: "stack" }, () => Array.from({ length: count.value }, (_, at) => layer(at))));
}

/** The first layer's weights as pictures. @param {() => any} found
 * @param {import("./view.js").Readable<boolean>} dark */
function filters(found, dark) {
  const shown = picture(), key = legend(text.weight);
  const figure = h("figure", { class: "figure" }, h("figcaption", {}, text.filters), shown.node,
    key.node);
  effect(() => {
    const filters = found()?.filters;
    figure.hidden = !filters;
    if (!filters) return;
    const [count, height, width] = filters.shape, levels = new Int8Array(
      fromBase64(filters.levels).buffer);
    const data = new Float64Array(levels.length); // (H, W, F), as pictures have it
    for (let i = 0; i < levels.length; i++) {
      const place = i % (height * width), filter = Math.floor(i / (height * width));
      data[place * count + filter] = (levels[i] / 127) * filters.largest;
    }
    const room = Math.min(320, innerWidth - 90);
    const { layout, zoom } = arranged([height, width, count], room, 38);
    const scale = /** @type {const} */ ({ kind: "signed", low: -filters.largest,
      high: filters.largest });
    shown.show(data, layout, zoom, scale, dark.value);
    key.show(scale, dark.value);
  });
  return figure;
}
