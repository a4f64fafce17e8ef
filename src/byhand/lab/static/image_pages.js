// @ts-check
/** Test images in pages: each a button that shows it on the pad. */

import { imageButton } from "./image_button.js";
import { resultsOf } from "./results.js";
import { effect, h, signal, untracked } from "./view.js";
import { words } from "./words.js";

/** @typedef {import("./store.js").Store} Store */
/** @typedef {import("./source.js").Example} Example */

const A_PAGE = 30; // images

/**
 * @param {Store} store
 * @param {() => number[]} indices which images; is followed
 * @param {(index: number) => [caption: string, said: string]} name of each
 * @param {number} [size] images of a page
 * @returns {HTMLElement}
 */
export function imagePages(store, indices, name, size = A_PAGE) {
  const { imagesOf } = resultsOf(store);
  const page = signal(0), shown = signal(/** @type {Example[] | null} */ ([]));
  let asked = 0;
  effect(() => {
    indices();
    page.value = 0;
  });
  effect(() => {
    const first = page.value * size, mine = ++asked;
    const wanted = indices().slice(first, first + size);
    /** @param {Example[] | null} found */
    const set = (found) => mine === asked && (shown.value = found);
    imagesOf(wanted).then(set, () => set(null));
  });
  const last = () => Math.max(0, Math.ceil(indices().length / size) - 1);
  const text = words.results;
  return h("div", { class: "stack" },
    h("div", { class: "image-grid" }, () => shown.value === null
      ? h("p", { class: "wrong", role: "alert" }, words.examples.failed)
      : shown.value.map((image) => untracked(() => {
        const [caption, said] = name(image.index);
        return h("figure", { class: "image" }, imageButton(store, image, said),
          h("figcaption", { "aria-hidden": "true" }, caption));
      }))),
    h("div", { class: "row", hidden: () => last() === 0 },
      h("button", { type: "button", disabled: () => page.value === 0,
        onclick: () => (page.value -= 1) }, text.previous),
      h("span", { class: "muted small", role: "status" }, () =>
        text.page(page.value * size + 1, Math.min(indices().length, (page.value + 1) * size),
          indices().length)),
      h("button", { type: "button", disabled: () => page.value >= last(),
        onclick: () => (page.value += 1) }, text.next)));
}
