// @ts-check
/** The page's head: its name, which model this is, the link to share, light or dark, notices. */

import { addressOf } from "./address.js";
import { icon } from "./icons.js";
import { keep, recall } from "./storage.js";
import { tourButton } from "./tour.js";
import { effect, h, signal } from "./view.js";
import { words } from "./words.js";

const THEMES = ["auto", "light", "dark"];
const SHOWN = 2000; // milliseconds that "copied" is shown

/** @param {import("./store.js").Store} store @returns {HTMLElement} */
export function header(store) {
  const { name, shape, classes } = store.model;
  store.theme.value = THEMES.find((theme) => theme === recall("theme")) ?? "auto";
  effect(() => {
    keep("theme", store.theme.value);
    document.documentElement.dataset.theme = store.theme.value;
  });
  return h("header", { class: "top" },
    h("a", { class: "skip", href: "#pad", onclick: skip }, words.app.skip),
    h("h1", { class: "brand" }, words.app.name, " ", h("span", {}, words.app.title)),
    h("p", { class: "model" }, h("strong", {}, name), " ",
      h("span", {}, words.app.model(shape[0], shape[1], classes.length))),
    h("div", { class: "tools" }, tourButton(store), shareButton(store),
      themeButton(store)),
    h("div", { class: "notices", role: "status" }, () => notice(store)));
}

/** To the pad, without a change of the address. @param {Event} event */
function skip(event) {
  event.preventDefault();
  document.getElementById("pad")?.focus();
}

/** @param {import("./store.js").Store} store */
function notice(store) {
  const text = /** @type {Record<string, any>} */ (words.app)[store.notice.value];
  if (!text) return null;
  const again = h("button", { type: "button", onclick: () => location.reload() },
    words.app.reload);
  return h("div", { class: "notice" }, h("span", {}, text), again);
}

/** @param {import("./store.js").Store} store */
function shareButton(store) {
  const said = signal("");
  async function copy() {
    const link = `${location.href.split("#")[0]}#${addressOf(store)}`;
    try {
      history.replaceState(null, "", link);
      await navigator.clipboard.writeText(link);
      said.value = words.app.shared;
    } catch {
      said.value = words.app.shareFailed;
    }
    setTimeout(() => (said.value = ""), SHOWN);
  }
  return h("button", { type: "button", class: "quiet", title: words.app.shareHelp, onclick: copy },
    icon("link"),
    h("span", { "aria-live": "polite" }, () => said.value || words.app.share));
}

/** @param {import("./store.js").Store} store */
function themeButton(store) {
  const next = () => {
    const at = THEMES.indexOf(store.theme.value);
    store.theme.value = THEMES[(at + 1) % THEMES.length];
  };
  return h("button", { type: "button", class: "quiet", onclick: next,
    title: words.app.coloursHelp },
  icon("theme"), h("span", { class: "visually-hidden" }, words.app.colours),
  h("span", {}, () => /** @type {Record<string, string>} */ (words.app.themes)[store.theme.value]));
}
