// @ts-check
/** Lessons: short experiments with the engine. What to do, what to see, and why. */

import { lineChart } from "./charts.js";
import { insideOf } from "./inside.js";
import { lessonsOf, settingsOf } from "./lesson_runs.js";
import { EVERY, LESSONS } from "./lessons.js";
import { effect, h, untracked } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./lessons.js").Lesson} Lesson */
/** @typedef {import("./lesson_runs.js").Lessons} Lessons */

/** @param {Store} store @returns {HTMLElement} */
export function lessonsView(store) {
  const text = words.lessons;
  const head = h("div", { class: "inside-head" }, h("h2", {}, text.title),
    h("p", { class: "muted" }, text.lead));
  if (!store.lab.data) return h("div", { class: "stack" }, head, h("p", {}, words.results.noData));
  const lessons = lessonsOf(store);
  listen(store, lessons);
  const shown = h("div", {});
  effect(() => {
    const lesson = LESSONS.find(({ name }) => name === lessons.chosen.value) ?? LESSONS[0];
    shown.replaceChildren(untracked(() => lessonView(store, lessons, lesson)));
  });
  return h("div", { class: "lessons" }, head, h("ol", { class: "lesson-list" },
    ...LESSONS.map((lesson, at) => h("li", {}, h("button", { type: "button",
      "data-lesson": lesson.name,
      "aria-pressed": () => String((lessons.chosen.value ?? LESSONS[0].name) === lesson.name),
      onclick: () => (lessons.chosen.value = lesson.name) },
    h("span", { class: "lesson-number", "aria-hidden": "true" }, () =>
      (passed(lessons, lesson) ? "✓" : String(at + 1))),
    h("span", {}, text.lessons[lesson.name].title,
      h("span", { class: "visually-hidden" }, () =>
        (passed(lessons, lesson) ? text.passed : ""))))))), shown);
}

/** Have the events of runs come while the lessons are shown.
 * @param {Store} store @param {Lessons} lessons */
function listen(store, lessons) {
  const close = lessons.train.open();
  queueMicrotask(() => { // outlives the view's own effects
    const end = effect(() => {
      if (store.view.value === "lessons") return;
      queueMicrotask(() => end());
      close();
    });
  });
}

/** Whether all that there is to see was seen, now or on an earlier visit.
 * @param {Lessons} lessons @param {Lesson} lesson */
const passed = (lessons, lesson) => lessons.passed.value.includes(lesson.name);

/** @param {Store} store @param {Lessons} lessons @param {Lesson} lesson */
function lessonView(store, lessons, lesson) {
  const text = words.lessons, mine = text.lessons[lesson.name];
  return h("article", { class: "card stack lesson", "aria-labelledby": "lesson-title" },
    h("h3", { id: "lesson-title" }, mine.title), h("p", {}, mine.question),
    h("ol", { class: "lesson-steps" }, ...lesson.steps.map((_, at) =>
      stepView(store, lessons, lesson, at))),
    h("p", { class: "wrong", role: "alert" }, () => lessons.error.value || null),
    curves(store, lessons, lesson),
    h("section", { class: "lesson-why stack", hidden: () => !passed(lessons, lesson),
      "aria-label": text.why }, h("h4", {}, text.why), h("p", {}, mine.why),
    h("p", { class: "muted small" }, text.more, h("a", { target: "_blank", rel: "noopener",
      href: `docs/mathematics.md#:~:text=${encodeURIComponent(`## ${lesson.section}`)}` },
    text.section(lesson.section)))));
}

/** @param {Store} store @param {Lessons} lessons @param {Lesson} lesson @param {number} at */
function stepView(store, lessons, lesson, at) {
  const text = words.lessons, step = lesson.steps[at];
  const mine = text.lessons[lesson.name].steps[step.name];
  const now = () => lessons.of(lesson.name).value[at];
  const ready = () => at === 0 || lessons.of(lesson.name).value[at - 1].seen;
  const run = () => (now().run === null ? undefined : lessons.train.run(now().run ?? ""));
  return h("li", { class: "lesson-step", "data-seen": () => String(now().seen) },
    h("h4", {}, mine.title), h("p", {}, mine.task),
    h("p", { class: "muted small" }, settingsText(step)),
    h("div", { class: "row" },
      h("button", { type: "button", class: () => (ready() && !now().seen ? "primary" : ""),
        disabled: () => !ready() || lessons.busy.value,
        onclick: () => lessons.start(lesson, at) },
      () => (now().numbers ? text.again : text.start)),
      h("button", { type: "button", class: "quiet small", hidden: () => !now().numbers,
        onclick: () => inTrain(store, lessons, now().run) }, text.inTrain),
      h("span", { class: "muted small", role: "status" }, () => {
        const found = run();
        if (now().numbers || !found) return "";
        return found.now.steps ? text.step(found.now.step, found.now.steps) : text.preparing;
      })),
    h("p", { class: "lesson-seen", role: "status" }, () => {
      const { numbers, seen } = now();
      if (!numbers) return null;
      return [h("strong", {}, seen ? text.seen : text.notSeen), " ", mine.see(numbers,
        lessons.of(lesson.name).peek().slice(0, at).map((each) => each.numbers))];
    }));
}

/** Show a run where all of it is shown. @param {Store} store @param {Lessons} lessons
 * @param {string | null} run */
function inTrain(store, lessons, run) {
  lessons.train.chosen.value = run;
  store.view.value = "train";
}

/** In what a step differs from the others. @param {import("./lessons.js").Step} step */
function settingsText(step) {
  /** @type {Record<string, any>} */
  const own = { architecture: settingsOf(step).architecture, lr: settingsOf(step).lr };
  for (const [name, value] of Object.entries(step.settings)) {
    if (value !== null && value !== EVERY[name]) Object.assign(own, { [name]: value });
  }
  if (step.images) Object.assign(own, { images: step.images });
  delete own.shard; // how the engine divides a batch
  return Object.entries(own).map(([name, value]) =>
    name === "architecture" ? String(value) : `${name} ${value}`).join(" · ");
}

/** The loss of all steps so far. @param {Store} store @param {Lessons} lessons
 * @param {Lesson} lesson */
function curves(store, lessons, lesson) {
  const text = words.lessons;
  return h("div", { hidden: () => lessons.of(lesson.name).value.every(({ run }) => !run) },
    lineChart({ x: text.steps, y: text.loss, log: () => true, height: 180,
      redraw: () => insideOf(store).dark.value, lines: () =>
        lessons.of(lesson.name).value.flatMap(({ run }, at) => {
          const points = run ? lessons.train.curve(run).value?.points ?? [] : [];
          return run ? [{ colour: at,
            name: text.lessons[lesson.name].steps[lesson.steps[at].name].title,
            x: points.map((point) => point[0] ?? 0), y: points.map((point) => point[1] ?? NaN) }]
            : [];
        }) }));
}
