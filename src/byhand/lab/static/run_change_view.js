// @ts-check
/** What can be changed while a run goes on, and what was changed. */

import { SLIDERS } from "./compose_view.js";
import { distinct } from "./distinct.js";
import { numberField, sliderField } from "./form.js";
import { adjustmentsOf, ENDED, settingsNow } from "./train_state.js";
import { computed, h } from "./view.js";
import { train as text } from "./words_train.js";

/** @param {import("./train_state.js").Train} state @param {import("./run_view.js").ReadRun} run
 * @returns {HTMLElement} */
export function changeView(state, run) {
  const { id, recipe, start } = run.peek();
  const now = computed(() => settingsNow(run.value.recipe));
  const closed = distinct(() => ENDED.has(run.value.state));
  /** @param {string} name */
  const field = (name) => ({ label: text.fields[name], value: () => now.value[name],
    change: (/** @type {any} */ next) => state.doing(() =>
      state.source.adjust(id, { [name]: next })) });
  const adam = recipe.optimizer === "adamw";
  const made = distinct(() => run.value.recipe.adjustments);
  return h("section", { class: "card stack", "aria-label": text.change,
    hidden: () => closed.value && !made.value },
    h("h3", {}, text.change),
    h("p", { class: "muted small", hidden: () => closed.value }, text.changeHelp),
    h("div", { class: "fields", hidden: () => closed.value }, numberField(field("lr")),
      adam ? numberField(field("weight_decay"))
        : numberField({ ...field("momentum"), step: 0.05 }),
      adam ? null : numberField(field("l2")), numberField({ ...field("clip"), optional: true }),
      /dropout/.test(recipe.architecture) ? numberField({ ...field("dropout"), step: 0.05 })
        : null,
      ...(start ? [] : SLIDERS.map(([name, most, step]) =>
        sliderField({ ...field(name), most, step })))),
    h("ol", { class: "adjustments small" }, () => made.value && adjustmentsOf(run.peek().recipe)
      .map(({ step, settings }) => h("li", {}, text.changed(step.toLocaleString("en"),
        settings.map(sentence).join(", "))))));
}

/** "Momentum 0.8". @param {string[]} setting */
const sentence = ([name, value]) => `${text.fields[name] ?? name} ${value}`;
