// @ts-check
/** A run as code: a program, a command, a recipe's file. */

import { h, signal } from "./view.js";
import { train as text } from "./words_train.js";

const SAID = 2000; // milliseconds that "copied" is shown

/** @param {import("./train_state.js").Train} state @param {import("./run_view.js").ReadRun} run
 * @returns {HTMLElement} */
export function codeView(state, run) {
  const { id } = run.peek(), curve = state.curve(id);
  /** @param {string} name @param {"python" | "command"} kind */
  const part = (name, kind) => h("div", { class: "stack code-part",
    hidden: () => !curve.value?.[kind] }, h("div", { class: "card-head" }, h("h4", {}, name),
    copyButton(() => curve.peek()?.[kind] ?? "")),
  h("pre", { class: "code", tabindex: "0", "aria-label": name, "data-kind": kind },
    h("code", {}, () => curve.value?.[kind] ?? "")));
  const save = () => {
    const file = new Blob([curve.peek()?.toml ?? ""], { type: "application/toml" });
    const link = h("a", { href: URL.createObjectURL(file), download: `${id}.toml` });
    link.click();
    URL.revokeObjectURL(link.href);
  };
  return h("section", { class: "card stack", "aria-label": text.code }, h("h3", {}, text.code),
    h("p", { class: "muted small" }, text.codeHelp), part(text.python, "python"),
    part(text.command, "command"),
    h("div", { class: "row" }, h("button", { type: "button", onclick: save }, text.file),
      h("span", { class: "muted small" }, text.folder(id))));
}

/** @param {() => string} value */
function copyButton(value) {
  const said = signal("");
  return h("button", { type: "button", class: "quiet small", onclick: async () => {
    try {
      await navigator.clipboard.writeText(value());
      said.value = text.copied;
    } catch {
      said.value = text.copyFailed;
    }
    setTimeout(() => (said.value = ""), SAID);
  } }, h("span", { "aria-live": "polite" }, () => said.value || text.copy));
}
