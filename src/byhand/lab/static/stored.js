// @ts-check
/** The drawing kept over a reload, in this browser. */

import { fromText, toText } from "./address.js";
import { keep, recall } from "./storage.js";
import { pack, unpack } from "./strokes.js";
import { effect } from "./view.js";

const WAIT = 200; // milliseconds: not at every move of the pointer

/** Bring back the strokes of before, and keep those that come.
 * @param {import("./store.js").Store} store */
export function followStored(store) {
  const bytes = fromText(recall("strokes") ?? "");
  const strokes = bytes && unpack(bytes);
  if (strokes?.length) store.drawing.value = { kind: "strokes", strokes };
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const save = () => {
    const { value } = store.drawing;
    if (value.kind === "strokes") keep("strokes", toText(pack(value.strokes)));
  };
  effect(() => {
    store.drawing.value;
    clearTimeout(timer);
    timer = setTimeout(save, WAIT);
  });
  addEventListener("pagehide", save);
}
