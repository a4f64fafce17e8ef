// @ts-check
/** A unit: where it looks, and its sum written out with the real numbers. */

import { scaleOf } from "./colours.js";
import { terms as termsOf, seenBox } from "./explain.js";
import { channelOf, figure, inSquare, parts, shapeBefore } from "./figures.js";
import { gradientOf, indices, insideOf, outputNames, outputOf, placeText } from "./inside.js";
import { shown } from "./decimals.js";
import { softmaxView } from "./softmax_view.js";
import { FIRST, lastRow, sumTable, termRows } from "./sums.js";
import { computed, h, signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./inside.js").Unit} Unit */

/**
 * The unit that is pointed at or open; nothing, in words, if there is none.
 * @param {Store} store
 * @returns {HTMLElement}
 */
export function unitView(store) {
  const inside = insideOf(store);
  const all = signal(false);
  const now = computed(() => facts(store));
  const sum = computed(() => {
    const [found, pass] = [now.value, store.pass.value];
    return found && pass && termsOf(store.network.value, pass, found.layer, found.unit);
  });
  const count = () => sum.value?.terms.length ?? 0;

  return h("div", { class: "unit" },
    () => softmaxView(store) ?? (now.value ? null : h("p", { class: "muted" }, hint(store))),
    h("div", { hidden: () => !now.value },
      h("p", { class: "unit-place" }, () => now.value?.place ?? ""),
      h("p", { class: "unit-value" },
        h("span", { class: "value-name" }, () => (inside.backward.value ? "dy" : "y")), " = ",
        h("output", {}, () => (now.value ? shown(now.value.value) : ""))),
      h("div", { class: "figures" }, () => (now.value ? figures(store, now.value, sum.value) : [])),
      h("p", { class: "formula" }, () => (now.value ? formulaOf(store, now.value) : "")),
      h("p", { class: "formula numbers" }, () => (now.value ? plugged(sum.value) : "")),
      h("div", { hidden: () => count() < 2 && !inside.backward.value },
        sumTable(words.inside.sum, () => heads(store, now.value),
          () => (now.value ? body(store, now.value, sum.value, all.value) : [])),
        h("button", {
          type: "button", hidden: () => count() <= FIRST,
          "aria-expanded": () => String(all.value), onclick: () => (all.value = !all.value),
        }, () => (all.value ? words.inside.fewer : words.inside.showAll(count()))))));
}

/** What to do, or why nothing is shown. @param {Store} store */
function hint(store) {
  const seen = insideOf(store).seen.value;
  return seen && store.pass.value ? words.inside.noUnit(seen.unit, seen.layer)
    : words.inside.point;
}

/** @param {Store} store */
function facts(store) {
  const inside = insideOf(store);
  const [seen, pass, network] = [inside.seen.value, store.pass.value, store.network.value];
  if (!seen || !pass || seen.layer < 0 || seen.layer >= network.layers.length) return null;
  const layer = network.layers[seen.layer];
  const { shape, data } = outputOf(pass, seen.layer);
  if (seen.unit >= data.length) return null;
  const back = store.back.value;
  const backward = inside.backward.value && back !== null;
  const value = backward ? gradientOf(back, seen.layer).data[seen.unit] : data[seen.unit];
  const last = seen.layer === network.layers.length - 1;
  const place = last ? words.inside.outputAt(outputNames(store.model)[seen.unit])
    : placeText(shape, seen.unit);
  return { ...seen, of: layer, place, value, backward };
}

/** @typedef {NonNullable<ReturnType<typeof facts>>} Facts */
/** @typedef {any} Sum */

/** @param {Store} store @param {Facts} found */
function formulaOf(store, found) {
  const formulas = found.backward ? words.inside.gradients : words.inside.formulas;
  return /** @type {Record<string, string>} */ (formulas)[found.of.kind] ?? "";
}

/** The formula of layers of one input with the numbers in it. @param {Sum} sum */
function plugged(sum) {
  const { kind, terms, bias, value, norm } = sum;
  const [{ x, w }] = terms;
  if (kind === "relu") return `y = max(${shown(x)}, 0) = ${shown(value)}`;
  if (kind === "pixels") return `y = ${shown(w)} · ${shown(x)} + ${shown(bias)} = ${shown(value)}`;
  if (norm) {
    const { gamma, mean, beta, eps } = norm;
    return `y = ${shown(gamma)} · (${shown(x)} − (${shown(mean)})) / √(${shown(norm.var)} + ${eps})`
      + ` + (${shown(beta)}) = ${shown(value)}`;
  }
  return terms.length === 1 ? `y = x = ${shown(value)}` : "";
}

/** @param {Store} store @param {Facts | null} found @returns {string[]} */
function heads(store, found) {
  if (!found) return [];
  const place = words.inside.placeHead(found.of.inShape.length);
  const { kind } = found.of;
  if (found.backward) return [place, kind in WEIGHTED ? "w" : "x", kind in WEIGHTED ? "dw" : "dx"];
  if (kind === "maxpool" || kind === "add") return [place, "x"];
  return [place, "x", "w", "x · w"];
}

const WEIGHTED = { conv: true, dense: true };

/** @param {Store} store @param {Facts} found @param {Sum} sum @param {boolean} all */
function body(store, found, sum, all) {
  const dark = insideOf(store).dark.value;
  const { kind } = found.of;
  if (found.backward) return termRows(backwardRows(store, found, sum), all, dark, false);
  const rows = sum.terms.map((/** @type {any} */ term) => ({
    product: kind === "maxpool" ? term.x : term.product,
    marked: term.at === sum.winner,
    cells: kind === "maxpool" || kind === "add" ? [placeOf(found, term)]
      : [placeOf(found, term), shown(term.x), weightCell(store, found, term)],
  }));
  const columns = rows[0].cells.length;
  const lines = termRows(rows, all, dark, kind !== "maxpool");
  if (kind === "maxpool") {
    return [...lines, lastRow(words.inside.largest, sum.value, columns, "total")];
  }
  const withBias = kind in WEIGHTED ? [lastRow(words.inside.bias, sum.bias, columns, "bias")] : [];
  return [...lines, ...withBias, lastRow("y", sum.value, columns, "total")];
}

/** Where a term comes from. @param {Facts} found @param {any} term */
function placeOf(found, term) {
  if (term.at < 0) return words.inside.outside;
  const place = indices(found.of.inShape, term.at).join(", ");
  return term.of ? `${term.of}: ${place}` : place;
}

/** A weight, which can be opened. @param {Store} store @param {Facts} found @param {any} term */
function weightCell(store, found, term) {
  if (term.wIndex === undefined) return shown(term.w);
  const name = `${found.layer}.${term.param}`;
  return h("button", {
    type: "button", class: "weight", "aria-label": words.inside.openWeight(name, shown(term.w)),
    onclick: () => {
      const inside = insideOf(store);
      inside.open({ layer: found.layer, unit: found.unit });
      inside.weight.value = { name, index: term.wIndex };
    },
  }, shown(term.w));
}

/** The gradients of a unit's weights, or of its inputs.
 * @param {Store} store @param {Facts} found @param {Sum} sum */
function backwardRows(store, found, sum) {
  const back = store.back.value;
  if (!back) return [];
  const weighted = found.of.kind in WEIGHTED;
  const grads = back.grads[found.layer];
  const dx = back.dinputs[found.layer].data;
  return sum.terms.filter((/** @type {any} */ term) => weighted || (term.at >= 0 && !term.of))
    .map((/** @type {any} */ term) => ({
      product: weighted ? grads[term.param].data[term.wIndex] : dx[term.at],
      marked: term.at === sum.winner,
      cells: [placeOf(found, term), weighted ? weightCell(store, found, term) : shown(term.x)],
    }));
}

/** @param {Store} store @param {Facts} found @param {Sum} sum */
function figures(store, found, sum) {
  const inside = insideOf(store);
  const [network, pass, dark] = [store.network.value, store.pass.value, inside.dark.value];
  if (!pass) return [];
  const [height, width] = store.model.shape;
  const box = clamped(seenBox(network, found.layer, found.unit), height, width);
  const shownThere = [figure({
    name: words.inside.looksAt, tensor: { shape: [height, width], data: pass.inputs[0].data },
    scale: { kind: "grey", low: 0, high: 255 }, dark, what: words.inside.grey,
    marks: [{ kind: "window", ...box }],
  })];
  const output = found.backward && store.back.value
    ? gradientOf(store.back.value, found.layer) : outputOf(pass, found.layer);
  if (output.shape.length > 1) {
    const [row, column, channel = 0] = indices(output.shape, found.unit);
    shownThere.push(figure({
      name: words.inside.itsChannel(channel), tensor: channelOf(output, channel), dark,
      scale: scaleOf(output.data, found.backward),
      what: found.backward ? words.inside.gradient : words.inside.activation,
      marks: [{ kind: "unit", x: column, y: row, width: 1, height: 1 }],
    }));
  }
  const made = parts(found.of, sum.terms, shapeBefore(network, found.layer));
  if (!made) return shownThere;
  const size = { ...inSquare(made.x.shape), dark };
  const weighted = found.of.kind in WEIGHTED;
  return [
    ...shownThere,
    h("div", { class: "figures products" },
      figure({ name: weighted ? "x" : words.inside.block, tensor: made.x, what: "x",
        scale: scaleOf(made.x.data), ...size }),
      ...(weighted ? [
        figure({ name: "w", tensor: made.w, scale: scaleOf(made.w.data, true),
          what: "w", ...size }),
        figure({ name: "x · w", tensor: made.product, scale: scaleOf(made.product.data, true),
          what: "x · w", ...size }),
      ] : [])),
  ];
}

/** The part of a box that is in the image. @param {import("./picture.js").Box} box
 * @param {number} height @param {number} width */
export function clamped(box, height, width) {
  const [x, y] = [Math.max(0, box.x), Math.max(0, box.y)];
  return { x, y, width: Math.min(width, box.x + box.width) - x,
    height: Math.min(height, box.y + box.height) - y };
}
