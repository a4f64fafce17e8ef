// @ts-check
/** A new run: a recipe to start from, its network, how it learns, how images are changed. */

import { choiceField, labelled, numberField, sliderField } from "./form.js";
import { layerList } from "./layer_list.js";
import { pixelCanvas } from "./pixel_canvas.js";
import { computed, effect, h, signal, untracked } from "./view.js";
import { train as text } from "./words_train.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./train_state.js").Train} Train */
/** @typedef {{shape: number[], weights: number, text: string}} Row */

const REST = 200; // milliseconds without a change before the server is asked
const SHOWN = 8; // training images
export const SLIDERS = /** @type {[string, number, number][]} */ ([ // name, most, step
  ["augmentation.shift", 6, 1], ["augmentation.rotate", 45, 1], ["augmentation.scale", 0.5, 0.01],
  ["augmentation.aspect", 0.5, 0.01], ["augmentation.shear", 0.5, 0.01],
  ["augmentation.elastic", 2, 0.1], ["augmentation.damage", 1, 0.05],
]);

/** @param {Store} store @param {Train} state @returns {HTMLElement} */
export function composeView(store, state) {
  return h("div", {}, () => state.choices.value && composer(store, state));
}

/** What is composed: kept while the page is open. @type {WeakMap<object, any>} */
const drafts = new WeakMap();

/** @param {Store} store @param {Train} state */
function composer(store, state) {
  const { recipes } = state.choices.peek();
  const draft = drafts.get(store) ?? { recipe: signal("fast"), settings: signal({}),
    seed: signal(0), name: signal("") };
  drafts.set(store, draft);
  const { recipe, settings, seed, name } = draft;
  const base = computed(() => recipes.find((/** @type {any} */ r) => r.name === recipe.value));
  /** @param {string} key */
  const value = (key) => (key in settings.value ? settings.value[key]
    : base.value.settings[key]);
  /** Set a setting; one that is the recipe's is none. @param {string} key @param {any} next */
  const set = (key, next) => {
    const { [key]: _, ...rest } = settings.peek();
    settings.value = next === base.peek().settings[key] ? rest : { ...rest, [key]: next };
  };
  const wanted = computed(() => ({ recipe: recipe.value, settings: settings.value }));
  const checked = follow(() => wanted.value, (given, abort) => state.source.network(given, abort));
  const form = { value, set, settings, base, checked };
  return h("div", { class: "compose" },
    h("section", { class: "card stack", "aria-label": text.fresh },
      starting(state, wanted, recipeChoice(recipes, recipe, settings), seed, name, checked),
      h("p", { class: "muted small" }, () => base.value.summary)),
    h("div", { class: "compose-column" }, h("section", { class: "card stack",
      "aria-label": text.steps.network },
      h("h3", {}, text.layers),
      layerList(() => value("architecture"), (next) => set("architecture", next),
        computed(() => checked.found.value?.layers ?? null)),
      h("p", { class: "wrong small", role: "alert" }, () => checked.error.value || null)),
    h("section", { class: "card stack", "aria-label": text.steps.augmentation },
      h("h3", {}, text.steps.augmentation),
      h("div", { class: "fields" }, ...SLIDERS.map(([key, most, step]) => sliderField({
        label: text.fields[key], value: () => value(key), change: (next) => set(key, next), most,
        step, live: true }))),
      preview(store, state, computed(() => checked.found.value?.wanted ?? null)))),
    h("section", { class: "card stack", "aria-label": text.steps.learning },
      h("h3", {}, text.steps.learning), learning(state, form)));
}

/** Ask whenever something changes and rests; only the newest answer is shown.
 * @template W, F @param {() => W | null} wanted null asks nothing
 * @param {(wanted: W, abort: AbortSignal) => Promise<F>} ask */
function follow(wanted, ask) {
  const found = signal(/** @type {F | null} */ (null)), error = signal("");
  let asked = new AbortController(), timer = 0;
  effect(() => {
    const given = wanted();
    clearTimeout(timer);
    if (!given) return;
    timer = setTimeout(async () => {
      asked.abort();
      const mine = asked = new AbortController();
      try {
        found.value = await ask(given, mine.signal);
        error.value = "";
      } catch (reason) {
        if (!mine.signal.aborted) error.value = /** @type {Error} */ (reason).message;
      }
    }, REST);
  });
  return { found, error };
}

/** @param {any[]} recipes @param {any} recipe @param {any} settings */
const recipeChoice = (recipes, recipe, settings) => [choiceField({ label: text.recipe,
  value: () => recipe.value, options: recipes.map(({ name }) => [name, name]),
  change: (next) => ([recipe.value, settings.value] = [next, {}]) }),
h("button", { type: "button", class: "quiet", onclick: () => (settings.value = {}),
  disabled: () => !Object.keys(settings.value).length }, text.back)];

/** @param {Train} state @param {any} form */
function learning(state, { value, set, settings, base }) {
  const { optimizers, schedules, inits } = state.choices.peek();
  /** @param {string} key @param {any} [more] */
  const number = (key, more = {}) => numberField({ label: text.fields[key],
    value: () => value(key), change: (next) => set(key, next), ...more });
  /** @param {string} key @param {string[]} options @param {(next: any) => void} [change] */
  const choice = (key, options, change = (next) => set(key, next)) => choiceField({
    label: text.fields[key], value: () => value(key), change,
    options: options.map((option) => [option, option]) });
  const unit = () => (value("epochs") == null ? "steps" : "epochs");
  /** @param {string} name @param {number} length */
  const last = (name, length) => {
    const { epochs, steps, ...rest } = settings.peek();
    settings.value = base.peek().settings[name] === length ? rest : { ...rest, [name]: length,
      [name === "epochs" ? "steps" : "epochs"]: null };
  };
  /** Of another optimiser, what belongs to the old one goes with it. @param {string} next */
  const optimizer = (next) => {
    const { momentum, weight_decay, ...rest } = settings.peek();
    settings.value = rest;
    set("optimizer", next);
  };
  const adam = () => value("optimizer") === "adamw";
  return h("div", { class: "fields" },
    choice("optimizer", optimizers, optimizer), number("lr"), choice("schedule", schedules),
    h("div", { hidden: adam }, numberField({ label: text.fields.momentum, step: 0.05,
      value: () => (settings.value.optimizer === "sgd" && !("momentum" in settings.value) ? 0
        : value("momentum")), change: (next) => set("momentum", next) })),
    h("div", { hidden: () => !adam() }, numberField({ label: text.fields.weight_decay,
      value: () => value("weight_decay"), change: (next) => set("weight_decay", next) })),
    numberField({ label: text.fields.length, min: 1, step: 1, value: () => value(unit()),
      change: (next) => last(unit(), next) }),
    choiceField({ label: text.fields.unit, value: unit, options: Object.entries(text.units),
      change: (next) => last(next, next === "epochs" ? 3 : 300) }),
    number("batch", { min: 1, step: 1 }), number("l2"), number("clip", { optional: true }),
    number("label_smoothing", { step: 0.01 }), number("ema_decay"),
    number("validation", { step: 1 }), choice("init", inits));
}

/** @param {Train} state @param {any} wanted @param {HTMLElement[]} recipe @param {any} seed
 * @param {any} name @param {any} checked */
function starting(state, wanted, [recipe, again], seed, name, checked) {
  const busy = () => state.current.value !== null;
  const start = async (/** @type {string} */ until) => {
    const id = await state.doing(() => state.source.start({ ...wanted.peek(), until,
      seed: seed.peek(), name: name.peek().trim() || null }));
    if (id) [state.current.value, state.chosen.value] = [id, id];
  };
  const disabled = () => busy() || checked.error.value !== "";
  const input = h("input", { type: "text", maxlength: 80, placeholder: text.nameHelp,
    oninput: () => (name.value = input.value), value: name.peek() });
  return h("div", { class: "stack" },
    h("div", { class: "fields" }, recipe, numberField({ label: text.seed, step: 1,
      value: () => seed.value, change: (next) => (seed.value = next) }),
    labelled(text.name, input)),
    h("div", { class: "row" },
      h("button", { type: "button", class: "primary start", disabled, onclick: () => start("go") },
        text.start),
      h("button", { type: "button", disabled, onclick: () => start("step") }, text.startStep),
      h("button", { type: "button", disabled, onclick: () => start("epoch") }, text.startEpoch),
      again),
    h("p", { class: "muted small", hidden: () => !busy() }, text.busy));
}

/** @param {Store} store @param {Train} state
 * @param {any} wanted a composition that was found to be one */
function preview(store, state, wanted) {
  const seed = signal(0);
  const { found } = follow(
    () => wanted.value && { ...wanted.value, seed: seed.value, count: SHOWN },
    (given, abort) => state.source.preview(given, abort));
  const [height, width] = store.model.shape;
  /** @param {Uint8Array} data */
  const picture = (data) => pixelCanvas({ height, width, data }, "");
  return h("div", { class: "stack" },
    h("div", { class: "row" }, h("span", { class: "muted small" }, text.preview),
      h("button", { type: "button", class: "quiet small", onclick: () => (seed.value += 1) },
        text.again)),
    h("div", { class: "preview", role: "img", "aria-label": text.preview }, () =>
      found.value?.map((image) => h("div", {}, ...untracked(() =>
        [picture(image.pixels), picture(image.changed)]))) ?? null));
}
