// @ts-check
/** What the view Teach it knows: the drawings on the server, and what was taught. */

import { fromBase64, toBase64 } from "./base64.js";
import { signal } from "./view.js";
import { teach as text } from "./words_teach.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {{number: number, name: string, pixels: Uint8Array}} Drawing */
/** @typedef {{name: string, share: number, accepted: boolean}} Answer */
/** @typedef {Drawing & {held_out: boolean, before: Answer, after: Answer}} Compared */
/** @typedef {ReturnType<typeof makeTeach>} Teach */

// as byhand.lab.collected has it: what every system's folders may be called
const NAME = /^[\p{L}\p{N}_+\-=#%&@!$€£~^(){}[\],;' ]{1,30}$/u;
const RESERVED = /^(train|training|test|testing|con|prn|aux|nul|__.*)$/i;
const BETWEEN = 400; // milliseconds from question to question while it learns

/** @type {WeakMap<object, Teach>} */
const states = new WeakMap();

/** The state of the view, one for each store. @param {Store} store */
export function teachOf(store) {
  const state = states.get(store) ?? makeTeach(store);
  states.set(store, state);
  return state;
}

/** Whether drawings can be kept as a class of this name. @param {string} name */
export const fits = (name) => NAME.test(name.normalize("NFC")) && !RESERVED.test(name);

/** @param {any} drawing */
const unpacked = (drawing) => ({ ...drawing, pixels: fromBase64(drawing.pixels) });

/** @param {Store} store */
function makeTeach(store) {
  const { ask, post } = store.source;
  const drawings = signal(/** @type {Drawing[]} */ ([]));
  const folder = signal("");
  const chosen = signal("");
  const said = signal("");
  const error = signal("");
  const removed = signal(/** @type {Drawing[]} */ ([]));
  const taught = signal(/** @type {any} */ (null));
  const compared = signal(/** @type {Compared[]} */ ([]));
  let polling = false;

  /** Do something with the server; its refusal is shown. @template T
   * @param {() => Promise<T>} f @returns {Promise<T | null>} */
  async function tried(f) {
    try {
      const found = await f();
      error.value = "";
      return found;
    } catch (reason) {
      error.value = reason instanceof TypeError ? text.failed : /** @type {any} */ (reason).message;
      return null;
    }
  }

  /** @param {string} name @param {Uint8Array} pixels */
  async function add(name, pixels) {
    const found = await tried(() =>
      post("drawings/add", { name, pixels: toBase64(pixels) }));
    if (found) drawings.value = [...drawings.value, unpacked(found.drawing)];
    return found && found.drawing.name;
  }

  /** Ask how the teaching goes, again and again while it goes on and the view is shown. */
  async function follow() {
    if (polling) return;
    polling = true;
    do {
      const found = await tried(() => ask("teach"));
      if (!found) break;
      taught.value = found.teaching;
      if (!found.teaching.run || found.teaching.ended) break;
      await new Promise((resolve) => setTimeout(resolve, BETWEEN));
    } while (store.view.peek() === "teach");
    polling = false;
    if (taught.value?.state === "done" && store.view.peek() === "teach") {
      const found = await tried(() => ask("teach/compared"));
      if (found) compared.value = found.drawings.map(unpacked);
    }
  }

  return {
    drawings, folder, chosen, said, error, removed, taught, compared, follow, add,
    async load() {
      const found = await tried(() => ask("drawings"));
      if (found) {
        folder.value = found.folder;
        drawings.value = found.drawings.map(unpacked);
      }
      follow();
    },
    /** @param {Drawing[]} some */
    async remove(some) {
      const numbers = some.map(({ number }) => number);
      if (!(await tried(() => post("drawings/remove", { numbers })))) return;
      removed.value = some;
      drawings.value = drawings.value.filter(({ number }) => !numbers.includes(number));
    },
    async restore() {
      const some = removed.value;
      removed.value = [];
      for (const { name, pixels } of some) await add(name, pixels);
    },
    async teach() {
      const before = taught.value;
      taught.value = { ...before, run: "new", state: "preparing", ended: false, share: 0,
        left: null };
      const found = await tried(() => post("teach", {}));
      taught.value = found ? found.teaching : before;
      if (!found) return;
      compared.value = [];
      follow();
    },
    stop: () => tried(() => store.source.runs.do(taught.value.run, "stop")),
    /** @param {"use" | "undo"} which */
    change: (which) => tried(() => post(`teach/${which}`, {})),
  };
}
