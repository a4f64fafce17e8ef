// @ts-check
/**
 * The state in the address, after the #, so that a link shows this drawing, layer and unit.
 *
 *   #view=forward&layer=3&unit=120&strokes=…
 */

import { isEmpty, pack, unpack } from "./strokes.js";
import { effect } from "./view.js";

/** @typedef {import("./strokes.js").Drawing} Drawing */
/** @typedef {{view?: string, layer?: number, unit?: number, label?: number, prepared: boolean,
 *   drawing?: Drawing}} State */

const WAIT = 300; // milliseconds: browsers limit how often an address may change

/** @param {Uint8Array} bytes */
export function toText(bytes) {
  const text = Array.from(bytes, (byte) => String.fromCharCode(byte)).join("");
  return btoa(text).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

/** @param {string} text @returns {Uint8Array | null} null if it is no such text */
export function fromText(text) {
  try {
    const bytes = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
    return Uint8Array.from(bytes, (letter) => letter.charCodeAt(0));
  } catch {
    return null;
  }
}

/**
 * @param {State} state
 * @param {Uint8Array | null} [square] what the network sees: a picture is linked as that
 * @returns {string} without the #; empty if all is as at the start
 */
export function encode(state, square = null) {
  const fields = new URLSearchParams();
  if (state.view && state.view !== "draw") fields.set("view", state.view);
  for (const name of /** @type {const} */ (["layer", "unit", "label"])) {
    if (Number.isInteger(state[name])) fields.set(name, String(state[name]));
  }
  if (!state.prepared) fields.set("prepared", "no");
  const { drawing } = state;
  if (drawing?.kind === "strokes" && !isEmpty(drawing)) {
    fields.set("strokes", toText(pack(drawing.strokes)));
  } else if (drawing && drawing.kind !== "strokes" && square) {
    fields.set("square", toText(square));
    if (drawing.kind === "square" && drawing.index !== null) {
      fields.set("example", String(drawing.index));
    }
  }
  return fields.toString();
}

/**
 * @param {string} hash with or without the #
 * @param {number} pixels how many the network's square has
 * @returns {State} what cannot be understood is left out
 */
export function decode(hash, pixels) {
  const fields = new URLSearchParams(hash.replace(/^#/, ""));
  /** @param {string} name */
  const number = (name) => {
    const text = fields.get(name) ?? "";
    return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
  };
  const view = fields.get("view") ?? undefined;
  const strokes = fields.has("strokes") && fromText(fields.get("strokes") ?? "");
  const square = fields.has("square") && fromText(fields.get("square") ?? "");
  /** @type {Drawing | undefined} */
  let drawing;
  if (strokes) {
    const unpacked = unpack(strokes);
    if (unpacked) drawing = { kind: "strokes", strokes: unpacked };
  } else if (square && square.length === pixels) {
    drawing = { kind: "square", pixels: square, index: number("example") ?? null, label: null };
  }
  const prepared = fields.get("prepared") !== "no";
  return { view, layer: number("layer"), unit: number("unit"), label: number("label"), prepared,
    drawing };
}

/** @param {import("./store.js").Store} store @returns {string} */
export function addressOf(store) {
  const state = {
    view: store.view.value,
    layer: store.layer.value ?? undefined,
    unit: store.unit.value ?? undefined,
    label: store.label.value ?? undefined,
    prepared: store.prepared.value,
    drawing: store.drawing.value,
  };
  const { drawing } = state;
  const square = drawing.kind === "strokes" ? null : store.square.value?.square ?? null;
  return encode(state, square);
}

/** Set the store from an address. @param {import("./store.js").Store} store
 * @param {string} hash */
export function apply(store, hash) {
  const [height, width] = store.model.shape;
  const state = decode(hash, height * width);
  store.view.value = state.view ?? "draw";
  store.layer.value = state.layer ?? null;
  store.unit.value = state.unit ?? null;
  const known = store.model.classes.length + (store.model.reject ? 1 : 0);
  store.label.value = state.label !== undefined && state.label < known ? state.label : null;
  store.prepared.value = state.prepared;
  if (state.drawing) store.show(state.drawing);
}

/** Keep the address as the state is, and the state as the address is.
 * @param {import("./store.js").Store} store */
export function followAddress(store) {
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  effect(() => {
    const fields = addressOf(store);
    clearTimeout(timer);
    timer = setTimeout(() => {
      if (location.hash.slice(1) !== fields) {
        history.replaceState(null, "", fields ? `#${fields}` : location.pathname);
      }
    }, WAIT);
  });
  addEventListener("hashchange", () => apply(store, location.hash));
}
