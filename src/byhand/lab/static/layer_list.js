// @ts-check
/** The layers of a network as rows that can be changed, and the line of text that they make. */

import { labelled } from "./form.js";
import { effect, h } from "./view.js";
import { train as text } from "./words_train.js";

/** @typedef {import("./compose_view.js").Row} Row */

// kinds of layers, and what one begins with
const KINDS = /** @type {Record<string, string>} */ ({ pixels: "1/255", crop: "2",
  conv: "16 3x3", relu: "", maxpool: "2", avgpool: "2", batchnorm: "", dropout: "0.3",
  flatten: "", dense: "64" });

/**
 * @param {() => string} value the text
 * @param {(next: string) => void} change
 * @param {import("./view.js").Readable<Row[] | null>} table the layers as the server has them
 */
export function layerList(value, change, table) {
  const list = h("ol", { class: "layer-list" });
  const layers = () => value().split("|").map((layer) => layer.trim());
  /** @param {string[]} next */
  const put = (next) => change(next.join(" | "));
  effect(() => {
    const all = layers();
    const key = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.key;
    list.replaceChildren(...all.map((layer, at) => row(layer, at, all, put, table)));
    /** @type {HTMLElement | null} */ (key && list.querySelector(`[data-key="${key}"]`))?.focus();
  });
  const kinds = h("select", { "aria-label": text.add }, ...Object.keys(KINDS).map((kind) =>
    h("option", { value: kind }, kind)));
  kinds.value = "dense";
  const add = () => {
    const all = layers(), last = all.length - 1; // before the outputs
    put([...all.slice(0, last), `${kinds.value} ${KINDS[kinds.value]}`.trim(), all[last]]);
  };
  const area = h("textarea", { rows: 3, spellcheck: "false",
    onchange: () => change(area.value.replaceAll("\n", " ")) });
  effect(() => {
    const now = value();
    if (document.activeElement !== area) area.value = now;
  });
  return h("div", { class: "stack" }, list,
    h("div", { class: "row" }, kinds, h("button", { type: "button", onclick: add }, text.add),
      h("span", { class: "muted small" }, () => table.value && text.weights(table.value.reduce(
        (sum, { weights }) => sum + weights, 0)))),
    labelled(text.text, area),
    h("p", { class: "muted small" }, text.textHelp));
}

/** @param {string} layer @param {number} at @param {string[]} all
 * @param {(next: string[]) => void} put
 * @param {import("./view.js").Readable<Row[] | null>} table */
function row(layer, at, all, put, table) {
  const [kind, ...words] = layer.split(/\s+/);
  const known = kind in KINDS ? Object.keys(KINDS) : [kind, ...Object.keys(KINDS)];
  /** @param {string} next */
  const replace = (next) => put(all.map((other, i) => (i === at ? next : other)));
  const select = h("select", { "aria-label": text.layer(at), "data-key": `kind-${at}`,
    onchange: () => replace(`${select.value} ${KINDS[select.value] ?? ""}`.trim()) },
  ...known.map((name) => h("option", { value: name }, name)));
  select.value = kind;
  const input = h("input", { type: "text", "aria-label": text.size(at), value: words.join(" "),
    "data-key": `size-${at}`, onchange: () => replace(`${kind} ${input.value}`.trim()) });
  /** @param {number} to */
  const move = (to) => {
    const next = all.filter((_, i) => i !== at);
    next.splice(to, 0, layer);
    put(next);
  };
  /** @param {string} name @param {string} sign @param {boolean} disabled @param {() => void} f */
  const button = (name, sign, disabled, f) => h("button", { type: "button", class: "quiet small",
    "aria-label": `${name}: ${text.layer(at)}`, title: name, disabled, onclick: f }, sign);
  return h("li", {}, select, input, h("span", { class: "muted small layer-shape" }, () => {
    const rows = table.value;
    return rows?.length === all.length && text.shape(rows[at].shape, rows[at].weights);
  }), h("span", { class: "layer-buttons" }, button(text.up, "↑", at === 0, () => move(at - 1)),
    button(text.down, "↓", at === all.length - 1, () => move(at + 1)),
    button(text.remove, "×", all.length === 1, () => put(all.filter((_, i) => i !== at)))));
}
