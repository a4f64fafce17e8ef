// @ts-check
/** The runs of lessons: started, followed to their end, and their numbers taken. */

import { EVERY, LESSONS, RECIPE, SHIFT } from "./lessons.js";
import { keep, recall } from "./storage.js";
import { trainOf } from "./train_state.js";
import { signal } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./lessons.js").Lesson} Lesson */
/** @typedef {import("./lessons.js").Numbers} Numbers */
/** @typedef {{run: string | null, numbers: Numbers | null, seen: boolean}} Progress of a step */
/** @typedef {ReturnType<typeof makeLessons>} Lessons */

const ASKED_AGAIN = 300; // milliseconds until a run's state is asked for again
const LAST = 10; // steps whose mean is a run's loss
const ENDED = ["done", "stopped", "diverged", "failed", "killed", "paused"];

/** @type {WeakMap<object, Lessons>} */
const known = new WeakMap();

/** The lessons of a store. @param {Store} store */
export function lessonsOf(store) {
  const found = known.get(store) ?? makeLessons(store);
  known.set(store, found);
  return found;
}

/** @param {Store} store */
function makeLessons(store) {
  const progress = new Map(LESSONS.map(({ name, steps }) => [name, signal(/** @type {Progress[]} */
    (steps.map(() => ({ run: null, numbers: null, seen: false }))))]));
  const of = (/** @type {string} */ lesson) =>
    /** @type {import("./view.js").Signal<Progress[]>} */ (progress.get(lesson));
  const error = signal(""), busy = signal(false);
  const passed = signal((recall("lessons") ?? "").split(" ").filter(Boolean));
  const train = trainOf(store), { source } = train;

  /** @param {Lesson} lesson @param {number} at @param {Partial<Progress>} news */
  const put = ({ name }, at, news) => (of(name).value = of(name).peek().map((old, i) =>
    i === at ? { ...old, ...news } : old));

  /** Train what a step says, and look whether what there is to see was seen.
   * @param {Lesson} lesson @param {number} at */
  async function start(lesson, at) {
    const step = lesson.steps[at], text = words.lessons.lessons[lesson.name];
    busy.value = true;
    error.value = "";
    put(lesson, at, { run: null, numbers: null, seen: false });
    try {
      const run = await source.start({ recipe: RECIPE, seed: 0, until: step.until ?? "go",
        name: words.lessons.runName(text.title, text.steps[step.name].title),
        settings: settingsOf(step), ...(step.images && { images: step.images }) });
      put(lesson, at, { run });
      const numbers = await numbersOf(run, step);
      const all = of(lesson.name).peek().slice(0, at).map((each) =>
        /** @type {Numbers} */ (each.numbers));
      put(lesson, at, { numbers, seen: step.check(numbers, all) });
      if (of(lesson.name).peek().every(({ seen }) => seen)) remember(lesson.name);
    } catch (reason) {
      error.value = /** @type {Error} */ (reason).message;
    }
    busy.value = false;
  }

  /** A lesson that was passed stays so, in this browser. @param {string} name */
  function remember(name) {
    passed.value = [...new Set([...passed.peek(), name])];
    keep("lessons", passed.value.join(" "));
  }

  /** @param {string} run @param {import("./lessons.js").Step} step @returns {Promise<Numbers>} */
  async function numbersOf(run, step) {
    train.curve(run);
    let found = await source.one(run);
    while (!ENDED.includes(found.run.state)) {
      await new Promise((resolve) => setTimeout(resolve, ASKED_AGAIN));
      found = await source.one(run);
    }
    if (["failed", "killed", "stopped"].includes(found.run.state)) {
      throw new Error(found.run.error || words.lessons.ended);
    }
    if (found.run.state === "paused") await ended(run);
    const mean = (/** @type {number} */ i) => meanOf(found.points, i);
    const losses = found.points.map((/** @type {any} */ point) => point[1] ?? Infinity);
    return { state: found.run.state, loss: mean(1), highest: Math.max(...losses),
      trained: mean(2), dead: deadShare(found.inside), test: found.run.test?.accuracy ?? 0,
      shifted: step.shift && found.run.test ? await shifted(run) : 0 };
  }

  /** Stop a run that waits. @param {string} run */
  async function ended(run) {
    await source.do(run, "stop");
    while ((await source.list()).current === run) {
      await new Promise((resolve) => setTimeout(resolve, ASKED_AGAIN));
    }
  }

  /** @param {string} run */
  async function shifted(run) {
    const { right, count } = await store.source.ask("robustness",
      { right: SHIFT, down: SHIFT, run });
    return right / count;
  }

  const chosen = signal(/** @type {string | null} */ (null));
  return { of, start, busy, error, train, passed, chosen };
}

/** All settings of a step; of the lengths, the one that it has.
 * @param {import("./lessons.js").Step} step */
export function settingsOf({ settings }) {
  const all = { ...EVERY, ...settings };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null));
}

/** The mean of the last points' numbers that are finite. @param {(number | null)[][]} points
 * @param {number} i which number */
function meanOf(points, i) {
  const known = points.slice(-LAST).map((point) => point[i]).filter((value) => value !== null);
  return known.reduce((sum, value) => sum + value, 0) / known.length;
}

/** The share of units that are 0 for all images that they were tried on.
 * @param {any} inside */
function deadShare(inside) {
  const layers = inside?.layers ?? [];
  const counted = layers.map((/** @type {any} */ { dead }) => dead).filter(Boolean);
  const sum = (/** @type {string} */ name) =>
    counted.reduce((/** @type {number} */ total, /** @type {any} */ each) => total + each[name], 0);
  return counted.length ? sum("dead") / sum("units") : 0;
}
