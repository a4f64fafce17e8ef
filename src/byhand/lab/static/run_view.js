// @ts-check
/** A run: its controls, its curves, what can be changed while it goes on, its code. */

import { lineChart } from "./charts.js";
import { distinct } from "./distinct.js";
import { insideOf } from "./inside.js";
import { changeView } from "./run_change_view.js";
import { codeView } from "./run_code_view.js";
import { insideView } from "./run_inside_view.js";
import { ENDED, settingsNow } from "./train_state.js";
import { computed, h, signal } from "./view.js";
import { percent } from "./words.js";
import { train as text } from "./words_train.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./train_state.js").Train} Train */
/** @typedef {import("./train_state.js").Run} Run */
/** @typedef {import("./view.js").Readable<Run>} ReadRun */

const CURVES = 3; // classes whose probability is a curve
const MUCH = 20; // times the first loss

/** @param {Store} store @param {Train} state @param {string} id @returns {HTMLElement} */
export function runView(store, state, id) {
  const there = distinct(() => state.run(id) !== undefined);
  const run = computed(() => /** @type {Run} */ (state.run(id)));
  return h("div", { class: "stack run" }, () => there.value && [
    headCard(state, run), warningsOf(state, run),
    h("div", { class: "run-charts" }, ...charts(store, state, run)),
    h("div", { class: "run-columns" }, changeView(state, run), insideView(store, state, id)),
    codeView(state, run)]);
}

/** Name, state, controls. @param {Train} state @param {ReadRun} run */
function headCard(state, run) {
  const { id, name } = run.peek();
  const input = h("input", { type: "text", maxlength: 80, value: name, class: "run-name",
    "aria-label": text.rename, onchange: () => input.value.trim()
      && state.doing(() => state.source.rename(id, input.value.trim())) });
  const curve = state.curve(id);
  const facts = () => {
    const { state: now, now: numbers, test } = run.value;
    if (test) return [text.test(percent(test.accuracy), test.count), ...text.ended(numbers)];
    if (ENDED.has(now)) return text.ended(numbers);
    return numbers.steps ? text.progress(numbers, curve.value?.epochs.length ?? 0) : [];
  };
  const share = () => (run.value.now.step ?? 0) / (run.value.now.steps || 1);
  return h("section", { class: "card stack run-head" },
    h("div", { class: "card-head" }, input, h("p", { class: "run-state", role: "status",
      "data-state": () => run.value.state },
    () => text.states[run.value.state], () => run.value.error && `: ${run.value.error}`)),
    h("progress", { max: 1, value: share, "aria-label": text.runs }),
    h("ul", { class: "run-facts" }, () => facts().map((fact) => h("li", {}, fact))),
    controls(state, run));
}

/** @param {Train} state @param {ReadRun} run */
function controls(state, run) {
  const { id } = run.peek();
  const kind = distinct(() => (ENDED.has(run.value.state) ? "ended" : run.value.state));
  const resumable = distinct(() => Boolean(state.curve(id).value?.resumable));
  /** @param {string} name @param {() => Promise<any>} f @param {string} [kind] */
  const button = (name, f, kind = "") => h("button", { type: "button", class: kind,
    onclick: () => state.doing(f) }, name);
  const { source } = state;
  /** @param {string} name @param {string} action @param {string} [kind] */
  const act = (name, action, kind) => button(name, () => source.do(id, action), kind);
  return h("div", { class: "row", role: "group", "aria-label": text.controls }, () => ({
    paused: [act(text.go, "go", "primary"), act(text.step, "step"), act(text.epoch, "epoch"),
      act(text.stop, "stop")],
    running: [act(text.pause, "pause", "primary"), act(text.stop, "stop")],
    ended: resumable.value && state.current.value === null
      ? [button(text.go, () => source.resume(id, {}, false), "primary"),
        button(text.step, () => source.resume(id, {}, false, "step")),
        button(text.epoch, () => source.resume(id, {}, false, "epoch"))] : [],
  }[kind.value] ?? [act(text.stop, "stop")]));
}

/** What goes wrong, in words, and what to do. @param {Train} state @param {ReadRun} run */
function warningsOf(state, run) {
  const known = distinct(() => JSON.stringify(run.value.warnings));
  const { id } = run.peek();
  const slower = () => ({ lr: settingsNow(run.peek().recipe).lr / 10 });
  /** @param {string} kind */
  const remedy = (kind) => kind === "diverges"
    ? h("button", { type: "button", onclick: () => state.back(id, slower()) }, text.goBackSlower)
    : kind === "overfits" ? h("button", { type: "button", onclick: () => state.back(id, {}) },
      text.goBack) : null;
  return h("div", { class: "run-warnings", role: "status" }, () => JSON.parse(known.value).map(
    (/** @type {any} */ warning) => h("div", { class: "notice" }, h("p", {},
      /** @type {Record<string, (w: any) => string>} */ (text.warnings)[warning.kind](warning)),
    remedy(warning.kind))));
}

/** Loss, accuracy, the rate, and the drawing. @param {Store} store @param {Train} state
 * @param {ReadRun} run */
function charts(store, state, run) {
  const { id } = run.peek(), { dark } = insideOf(store);
  const log = signal(/** @type {boolean | null} */ (null)); // as somebody has chosen it
  const logs = distinct(() => log.value ?? explodes(state.curve(id).value?.points ?? []));
  const shown = () => [id, ...state.compared.value.filter((other) => other !== id)];
  const all = distinct(() => run.value.now.steps ?? 1);
  const span = () => /** @type {[number, number]} */ ([0, Math.max(all.value, ...state.compared
    .value.map((other) => state.run(other)?.now.steps ?? 0))]);
  /** Two curves of each run: of the steps and of the epochs.
   * @param {number} column of a point @param {string} key of an epoch */
  const lines = (column, key) => shown().flatMap((other, place) => {
    const found = state.curve(other).value;
    if (!found) return [];
    const measured = found.epochs.filter((epoch) => epoch[key] !== null);
    const prefix = place ? `${state.run(other)?.name}: ` : "";
    return [{ name: prefix + text.training, colour: 2 * place, x: found.points.map((p) =>
      /** @type {number} */ (p[0])), y: found.points.map((p) => p[column] ?? NaN) },
    ...(measured.length ? [{ name: prefix + text.validation, colour: 2 * place + 1,
      x: measured.map(({ step }) => step), y: measured.map((epoch) => epoch[key]) }] : [])];
  });
  const common = { x: text.stepAxis, span, redraw: () => dark.value };
  const rate = () => {
    const points = state.curve(id).value?.points ?? [];
    return [{ name: text.rate.toLowerCase(), x: points.map((p) => p[0] ?? 0),
      y: points.map((p) => p[3] ?? NaN) }];
  };
  const others = () => state.runs.value.filter((other) => other.id !== id);
  return [
    h("div", { class: "card" }, lineChart({ ...common, y: text.loss, log: () => logs.value,
      lines: () => lines(1, "validation_loss") }), h("label", { class: "small" },
      h("input", { type: "checkbox", checked: () => logs.value,
        onchange: () => (log.value = !logs.peek()) }), text.log)),
    h("div", { class: "card" }, lineChart({ ...common, y: text.accuracy, format: percent,
      lines: () => lines(2, "validation_accuracy") }),
    h("details", { class: "compare", hidden: () => !others().length },
      h("summary", {}, text.compare), h("ul", {}, () => others().map((other) => h("li", {},
        h("label", { class: "small" }, h("input", { type: "checkbox",
          checked: () => state.compared.value.includes(other.id),
          "aria-label": text.compareOne(other.name),
          onchange: () => toggle(state, other.id) }), other.name)))))),
    h("div", { class: "card" }, drawingChart(store, state, common)),
    h("div", { class: "card" }, lineChart({ ...common, y: text.rate, lines: rate })),
  ];
}

/** Whether a loss is so far above the first that it would flatten all others.
 * @param {(number | null)[][]} points */
const explodes = (points) => points.some(([, loss]) => (loss ?? 0) > MUCH * (points[0][1] ?? 1));

/** @param {Train} state @param {string} id */
function toggle(state, id) {
  const now = state.compared.peek();
  state.compared.value = now.includes(id) ? now.filter((other) => other !== id) : [...now, id];
}

/** The likeliest classes of the drawing, step by step. @param {Store} store @param {Train} state
 * @param {any} common */
function drawingChart(store, state, common) {
  const names = store.lab.data?.classes ?? [];
  const lines = () => {
    const all = state.tried.value, last = all.at(-1)?.values ?? [];
    const best = last.map((p, k) => ({ p, k })).sort((a, b) => b.p - a.p).slice(0, CURVES);
    return best.map(({ k }) => ({ name: names[k] ?? String(k), x: all.map(({ step }) => step),
      y: all.map(({ values }) => values[k]) }));
  };
  return h("div", {}, lineChart({ ...common, y: text.drawing, lines, range: [0, 1],
    format: percent }), h("p", { class: "muted small" }, text.drawingHelp));
}
