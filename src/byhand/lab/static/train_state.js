// @ts-check
/** What the page knows of runs: the list, the chosen one, the curves; kept up by events. */

import { signal } from "./view.js";
import { train as text } from "./words_train.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./runs_served.js").Settings} Settings */
/** @typedef {{id: string, name: string, state: string, error: string, recipe: any, seed: number,
 *   data: string, now: Record<string, number>, warnings: any[], created: number, start: string,
 *   revision: number,
 *   test: {accuracy: number, count: number} | null}} Run */
/** @typedef {{points: (number | null)[][], epochs: any[], stride: number, inside: any,
 *   resumable: boolean, python: string, command: string, toml: string}} Curve */
/** @typedef {ReturnType<typeof makeTrain>} Train */

export const ENDED = new Set(["done", "stopped", "diverged", "failed", "killed"]);

/** @type {WeakMap<object, Train>} */
const states = new WeakMap();

/** The state of the view Train, one for each store. @param {Store} store */
export function trainOf(store) {
  const state = states.get(store) ?? makeTrain(store);
  states.set(store, state);
  return state;
}

/** @param {Store} store */
function makeTrain(store) {
  const source = /** @type {import("./runs_served.js").ServedRuns} */ (store.source.runs);
  const runs = signal(/** @type {Run[]} */ ([]));
  const current = signal(/** @type {string | null} */ (null));
  const chosen = signal(/** @type {string | null} */ (null));
  const compared = signal(/** @type {string[]} */ ([]));
  const error = signal("");
  const tried = signal(/** @type {{step: number, values: number[]}[]} */ ([]));
  const choices = signal(/** @type {any} */ (null));
  /** @type {Map<string, import("./view.js").Signal<Curve | null>>} */
  const curves = new Map();
  let waiting = /** @type {{run: string, settings: Settings} | null} */ (null); // to go back
  let first = true, last = Promise.resolve(/** @type {any} */ (null));

  /** A run's curve, asked for at its first use. @param {string} id */
  function curve(id) {
    const found = curves.get(id) ?? signal(/** @type {Curve | null} */ (null));
    if (!curves.has(id)) curves.set(id, found), fetchOne(id);
    return found;
  }

  /** @param {string} id */
  async function fetchOne(id) {
    const found = await doing(() => source.one(id));
    const held = curves.get(id), known = runs.peek().find((run) => run.id === id);
    if (!found || !held) return;
    if (known && known.revision > found.run.revision) fetchOne(id); // an event was faster
    else held.value = found, put(found.run);
  }

  /** Replace a run's facts in the list, unless newer ones are there. @param {Run} run */
  function put(run) {
    const known = runs.peek().find(({ id }) => id === run.id);
    if (known && known.revision > run.revision) return;
    const others = runs.peek().filter(({ id }) => id !== run.id);
    runs.value = [...others, run].sort((a, b) => b.created - a.created);
  }

  /** Do something, after what was asked before; what the server says against it is shown.
   * @template T @param {() => Promise<T>} f @returns {Promise<T | null>} */
  async function doing(f) {
    try {
      const mine = last.then(f);
      last = mine.catch(() => {});
      const found = await mine;
      error.value = "";
      return found;
    } catch (reason) {
      error.value = reason instanceof TypeError ? text.failed // as fetch says it
        : /** @type {Error} */ (reason).message;
      return null;
    }
  }

  async function refresh() {
    const found = await doing(source.list);
    if (!found) return;
    found.runs.forEach(put);
    current.value = found.current;
    if (first && found.current) chosen.value = found.current;
    first = false;
    [...curves.keys()].forEach(fetchOne);
  }

  /** @param {any} event */
  function take({ run, points, first: from, stride, epochs, inside, probabilities }) {
    put(run);
    const before = current.peek(), ended = ENDED.has(run.state);
    if (!ended) current.value = run.id;
    else if (before === run.id) current.value = null;
    if (ended && waiting?.run === run.id) {
      const { settings } = waiting;
      waiting = null;
      doing(() => source.resume(run.id, settings, true));
    }
    const done = run.now.step ?? 0;
    if (probabilities) {
      const kept = tried.peek().filter(({ step }) => step < done);
      tried.value = [...kept, { step: done, values: probabilities }];
    }
    const held = curves.get(run.id), now = held?.peek();
    if (!held || !now) return;
    if (now.points.length !== from || now.stride !== stride || ended || run.state === "paused") {
      fetchOne(run.id);
    } else {
      held.value = { ...now, epochs, inside: inside ?? now.inside,
        points: points.length ? [...now.points, ...points] : now.points };
    }
  }

  return {
    source, runs, current, chosen, compared, error, tried, choices, curve, doing, refresh,
    /** @param {string} id @returns {Run | undefined} */
    run: (id) => runs.value.find((run) => run.id === id),
    /** Listen to what comes; returns what ends it. */
    open() {
      const ends = [source.listen("run", take), source.listen("open", refresh)];
      doing(async () => (choices.value ??= await source.choices()));
      refresh();
      return () => ends.forEach((end) => end());
    },
    /** Go on from before trouble; a run that is under way is stopped first.
     * @param {string} id @param {Settings} settings */
    async back(id, settings) {
      if (current.peek() === id) {
        waiting = { run: id, settings };
        await doing(() => source.do(id, "stop"));
      } else await doing(() => source.resume(id, settings, true));
    },
  };
}

/** The settings that hold now: a recipe's, with its adjustments. @param {any} recipe
 * @returns {Record<string, any>} */
export function settingsNow(recipe) {
  const { augmentation, ...found } = recipe;
  for (const [name, value] of Object.entries(augmentation)) found[`augmentation.${name}`] = value;
  const rate = /dropout (\d*\.?\d+)/.exec(recipe.architecture);
  if (rate) found.dropout = Number(rate[1]);
  for (const { settings } of adjustmentsOf(recipe)) {
    for (const [name, text] of settings) found[name] = text === "none" ? null : Number(text);
  }
  return found;
}

/** The adjustments of a recipe: after which step, and the settings as texts.
 * @param {any} recipe @returns {{step: number, settings: string[][]}[]} */
export const adjustmentsOf = (recipe) => recipe.adjustments.split("|").filter(Boolean)
  .map((/** @type {string} */ part) => {
    const [step, ...words] = part.trim().split(/\s+/);
    return { step: Number(step), settings: words.map((word) => word.split("=")) };
  });
