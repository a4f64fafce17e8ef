// @ts-check
/** The boxes of the digits that were read, over the pad. */

import { PAD } from "./strokes.js";
import { h, svg } from "./view.js";

const DOUBTFUL = 0.9; // of confidence: digits below it are drawn with a broken line
const MARGIN = 7; // units of the pad around the ink

/** @param {import("./store.js").Store} store @returns {HTMLElement} */
export const boxes = (store) =>
  h("div", { class: "pad-boxes", "aria-hidden": "true" }, () => {
    if (store.view.value !== "several") return null;
    const digits = store.rows.value.lines.flatMap((line) => line.digits);
    return svg("svg", { viewBox: `0 0 ${PAD.width} ${PAD.height}` }, ...digits.map(boxed));
  });

/** @param {import("./rows.js").Digit} digit */
function boxed({ digit, confidence, box: [x, y, width, height] }) {
  const above = y > 26 ? y - MARGIN - 5 : y + height + MARGIN + 18;
  return svg("g", { class: confidence < DOUBTFUL ? "doubtful" : "" },
    svg("rect", { x: x - MARGIN, y: y - MARGIN, width: width + 2 * MARGIN,
      height: height + 2 * MARGIN, rx: 5 }),
    svg("text", { x: x + width / 2, y: above, "text-anchor": "middle" }, String(digit)));
}
