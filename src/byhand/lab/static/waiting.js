// @ts-check
/** What is shown while the server computes, and when it could not. */

import { computed, h, untracked } from "./view.js";
import { words } from "./words.js";

/**
 * A view of what the server finds: a bar with the share that is done, then what shows it.
 * @template T
 * @param {() => import("./results.js").Finding<T>} finding is followed
 * @param {string} doing what takes a while
 * @param {(value: T) => import("./view.js").Leaf | import("./view.js").Leaf[]} show
 * @returns {HTMLElement}
 */
export function waiting(finding, doing, show) {
  const state = computed(() => finding().value.state);
  const share = () => finding().value.share;
  return h("div", { class: "found", "aria-busy": () => String(state.value === "busy") }, () => {
    if (state.value === "done") {
      const value = untracked(() => finding().value.value);
      return untracked(() => show(/** @type {T} */ (value)));
    }
    if (state.value === "failed") {
      return h("p", { class: "wrong", role: "alert" },
        untracked(() => finding().value.error) || words.results.failed, " ",
        h("button", { type: "button", onclick: () => untracked(finding).again() }, words.app.again));
    }
    return h("div", { class: "progress stack" },
      h("p", { role: "status" }, doing),
      h("progress", { max: "1", "aria-label": doing, value: share }),
      h("p", { class: "muted small" }, () => words.results.done(share())));
  });
}
