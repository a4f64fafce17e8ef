// @ts-check
/** What a colour means: a strip of the scale's colours with its numbers under it. */

import { coloursOf } from "./colours.js";
import { brief } from "./decimals.js";
import { h } from "./view.js";

/** @typedef {import("./colours.js").Scale} Scale */

/**
 * A legend that can be shown again for another scale.
 * @param {string} name what the numbers are, such as "activation"
 * @returns {{node: HTMLElement, show: (scale: Scale, dark: boolean) => void}}
 */
export function legend(name) {
  const strip = h("canvas", { width: 256, height: 1, "aria-hidden": "true" });
  const low = h("span", {});
  const middle = h("span", {});
  const high = h("span", {});
  const node = h(
    "div",
    { class: "legend" },
    h("span", { class: "legend-name" }, name),
    h("span", { class: "legend-scale" }, strip, h("span", { class: "legend-numbers" },
      low, middle, high)),
  );
  return {
    node,
    show(scale, dark) {
      const context = strip.getContext("2d");
      const pixels = new ImageData(256, 1);
      const table = coloursOf(scale, dark);
      for (let i = 0; i < 256; i++) {
        pixels.data.set([table[3 * i], table[3 * i + 1], table[3 * i + 2], 255], 4 * i);
      }
      context?.putImageData(pixels, 0, 0);
      low.textContent = brief(scale.low);
      middle.textContent = scale.low < 0 ? "0" : "";
      high.textContent = brief(scale.high);
    },
  };
}
