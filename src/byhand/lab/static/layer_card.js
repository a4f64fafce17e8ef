// @ts-check
/** One layer as a card: its name, its numbers as a picture, a legend; its units can be chosen. */

import { scaleOf } from "./colours.js";
import { legend } from "./legend.js";
import { arranged, boxOf, cornerOf, indexAt, picture, placeIn, sizeOf } from "./picture.js";
import { SAME } from "./figures.js";
import { brief } from "./decimals.js";
import { insideOf, placeText, shapeText, sizeOfShape } from "./inside.js";
import { effect, h } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./network.js").Tensor} Tensor */
/** @typedef {{kind: string, at: number[] | "all"}} Mark units of a layer, or all of them */

const TILE = 48; // CSS pixels that a channel has about

/**
 * @param {Store} store
 * @param {object} card
 * @param {number} card.layer -1 is the input
 * @param {string} card.title
 * @param {() => Tensor | null} card.numbers what is shown; followed
 * @param {() => Mark[]} card.marks what is marked; followed
 * @param {string} card.what the name of the numbers
 * @param {boolean} [card.signed] 0 in the middle of the colours
 * @returns {HTMLElement}
 */
export function layerCard(store, { layer, title, numbers, marks, what, signed = false }) {
  const inside = insideOf(store);
  const shape = layer < 0 ? store.model.shape : store.network.peek().layers[layer].outShape;
  const shown = picture();
  const key = legend(what);
  const kind = store.network.peek().layers[layer]?.kind ?? "input";
  const tile = kind === "input" ? 84 : SAME.has(kind) ? TILE / 2 : TILE;
  let { layout, zoom } = arranged(shape, 320, tile);
  let cursor = 0;

  /** @param {number} unit */
  const text = (unit) => {
    const value = numbers()?.data[unit];
    return words.inside.unitValue(title, placeText(shape, unit), brief(value ?? NaN));
  };
  const speech = h("span", { class: "visually-hidden", "aria-live": "polite" });
  /** @param {number} unit -1 for none */
  const point = (unit) => {
    inside.pointed.value = unit < 0 ? null : { layer, unit };
  };
  /** @param {number} unit */
  const open = (unit) => {
    if (unit >= 0 && layer >= 0) inside.open({ layer, unit });
  };
  /** @param {MouseEvent} event */
  const under = (event) => {
    const box = shown.canvas.getBoundingClientRect();
    const scale = shown.canvas.width / box.width;
    const [x, y] = [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
    return indexAt(layout, Math.floor(x), Math.floor(y));
  };

  /** @param {KeyboardEvent} event */
  function key_(event) {
    const next = stepped(event.key, cursor, layout);
    if (event.key === "Enter" || event.key === " ") open(cursor);
    else if (event.key === "Escape") inside.open(null);
    else if (next === null) return;
    else {
      cursor = next;
      point(cursor);
      speech.textContent = text(cursor);
    }
    event.preventDefault();
  }

  const field = h("div", {
    class: "units", tabindex: "0", role: "application",
    "aria-roledescription": words.inside.unitsRole,
    "aria-label": words.inside.unitsLabel(title, shapeText(shape)),
    onpointermove: (/** @type {PointerEvent} */ event) => {
      if (event.pointerType !== "touch") point(under(event));
    },
    onpointerleave: () => point(-1),
    onclick: (/** @type {MouseEvent} */ event) => {
      const unit = under(event);
      if (unit < 0) return;
      cursor = unit;
      open(unit);
    },
    onfocus: () => {
      const open = inside.opened.peek();
      if (open?.layer === layer) cursor = open.unit;
    },
    onblur: () => point(-1),
    onkeydown: key_,
  }, shown.node, speech);

  const room = h("div", { class: "room" }, field);
  let width = 320;
  const draw = () => {
    const tensor = numbers();
    ({ layout, zoom } = arranged(shape, width, tile));
    const empty = tensor === null;
    room.classList.toggle("empty", empty);
    const data = tensor?.data ?? new Float32Array(sizeOfShape(shape));
    const scale = layer < 0 && !signed
      ? { kind: /** @type {"grey"} */ ("grey"), low: 0, high: 255 } : scaleOf(data, signed);
    shown.show(data, layout, zoom, scale, inside.dark.value);
    key.show(scale, inside.dark.value);
  };
  const remark = () => shown.mark(marks().flatMap((mark) => boxes(mark, layout)));
  effect(draw);
  effect(remark);
  new ResizeObserver(() => {
    if (!room.clientWidth || room.clientWidth === width) return;
    width = room.clientWidth;
    draw();
    remark();
  }).observe(room);

  return h("li", { class: "layer", id: `layer-${layer}` },
    h("div", { class: "layer-head" },
      h("h3", {}, layer < 0 ? null : h("span", { class: "layer-number" }, String(layer)), title),
      h("span", { class: "layer-shape" }, shapeText(shape)),
      key.node),
    room);
}

/**
 * The unit that a key goes to; null for other keys.
 * @param {string} key @param {number} unit @param {import("./picture.js").Layout} layout
 * @returns {number | null}
 */
export function stepped(key, unit, layout) {
  const { height, width, count, columns } = layout;
  const flat = height * width === 1;
  const { row, column, channel } = placeIn(layout, unit);
  const steps = flat
    ? { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -columns, ArrowDown: columns }
    : {
      ArrowLeft: column > 0 ? -count : 0, ArrowRight: column < width - 1 ? count : 0,
      ArrowUp: row > 0 ? -count * width : 0, ArrowDown: row < height - 1 ? count * width : 0,
      PageUp: channel > 0 ? -1 : 0, PageDown: channel < count - 1 ? 1 : 0,
    };
  const total = height * width * count;
  if (key === "Home") return 0;
  if (key === "End") return total - 1;
  const step = /** @type {Record<string, number>} */ (steps)[key];
  if (step === undefined) return null;
  return unit + step >= 0 && unit + step < total ? unit + step : unit;
}

/** Boxes for units: one for each channel, around those of the channel.
 * @param {Mark} mark @param {import("./picture.js").Layout} layout */
function boxes({ kind, at }, layout) {
  if (at === "all" && layout.gap === 0) return [{ kind, x: 0, y: 0, ...sizeOf(layout) }];
  if (at === "all") {
    return Array.from({ length: layout.count }, (_, i) =>
      ({ kind, ...cornerOf(layout, i), width: layout.width, height: layout.height }));
  }
  /** @type {Map<number, {x: number, y: number, width: number, height: number}>} */
  const found = new Map();
  for (const unit of at) {
    const { channel } = placeIn(layout, unit);
    const box = boxOf(layout, unit);
    const old = found.get(channel) ?? box;
    const [x, y] = [Math.min(old.x, box.x), Math.min(old.y, box.y)];
    const right = Math.max(old.x + old.width, box.x + 1);
    const bottom = Math.max(old.y + old.height, box.y + 1);
    found.set(channel, { x, y, width: right - x, height: bottom - y });
  }
  return [...found.values()].map((box) => ({ kind, ...box }));
}
