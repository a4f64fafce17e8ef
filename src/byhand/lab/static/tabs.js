// @ts-check
/** Tabs, one for each view; the view shown is made anew when it is chosen. */

import { SERVED } from "./served_views.js";
import { effect, h, untracked } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./views.js").View} View */

/** @param {import("./store.js").Store} store @param {View[]} views @returns {HTMLElement} */
export function tabs(store, views) {
  const chosen = () => views.find(({ name }) => name === store.view.value) ?? views[0];
  /** @type {Map<string, HTMLElement>} */
  const buttons = new Map();
  for (const { name } of views) {
    const selected = () => chosen().name === name;
    buttons.set(name, h("button", {
      type: "button", role: "tab", id: `tab-${name}`, class: "tab", "aria-controls": "view",
      "aria-selected": () => String(selected()), tabindex: () => (selected() ? "0" : "-1"),
      onclick: () => (store.view.value = name),
    }, /** @type {Record<string, string>} */ (words.views)[name]));
  }

  /** Arrow keys go through the tabs. @param {KeyboardEvent} event */
  function step(event) {
    const at = views.indexOf(chosen());
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: views.length - 1 }[event.key];
    if (to === undefined) return;
    const { name } = views[(to + views.length) % views.length];
    store.view.value = name;
    buttons.get(name)?.focus();
    event.preventDefault();
  }

  const panel = h("div", { role: "tabpanel", id: "view", class: "panel", tabindex: "0",
    "aria-labelledby": () => `tab-${chosen().name}` });
  effect(() => {
    const { show } = chosen();
    panel.replaceChildren(untracked(() => show(store)));
  });
  const list = h("div", { role: "tablist", class: "tabs", "aria-label": words.app.views,
    onkeydown: step },
  ...views.flatMap((view) => {
    const button = /** @type {HTMLElement} */ (buttons.get(view.name));
    // where there is room, what the server trains and measures is a line of its own
    const line = h("span", { class: "tab-break", role: "none" });
    return view === SERVED[0] ? [line, button] : [button];
  }));
  effect(() => {
    const button = buttons.get(chosen().name);
    // once it is on the page; where all tabs have room, nothing moves
    requestAnimationFrame(() => button && centre(list, button));
  });
  return h("section", { class: "views", "aria-label": words.app.views }, list, panel);
}

/** Scroll a list sideways until a child is in its middle, and nothing else.
 * @param {HTMLElement} list @param {HTMLElement} child */
function centre(list, child) {
  const outer = list.getBoundingClientRect(), inner = child.getBoundingClientRect();
  list.scrollLeft += inner.left + inner.width / 2 - (outer.left + outer.width / 2);
}
