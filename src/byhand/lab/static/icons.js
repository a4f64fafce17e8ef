// @ts-check
/** Small pictures for buttons, drawn in the colour of the text. */

import { svg } from "./view.js";

const PATHS = {
  undo: "M8 5 4 9l4 4M4 9h8a4 4 0 0 1 0 8h-2",
  redo: "M12 5l4 4-4 4M16 9H8a4 4 0 0 0 0 8h2",
  clear: "M5 6h10M8 6V4h4v2M6 6l1 11h6l1-11",
  eraser: "M8 16 3.5 11.5a1.5 1.5 0 0 1 0-2l6-6a1.5 1.5 0 0 1 2 0L16 8a1.5 1.5 0 0 1 0 2l-6 6H8" +
    "m-2-9 7 6M8 16h9",
  open: "M3 5h14v11H3zM3 13l4-4 4 4 2-2 4 4M13 8h.01",
  theme: "M10 3a7 7 0 1 0 0 14ZM10 3a7 7 0 1 1 0 14ZM10 5v10M12 5v10M14 6v8",
  link: "M8 12l4-4M9 6l2-2a3.5 3.5 0 0 1 5 5l-2 2M11 14l-2 2a3.5 3.5 0 0 1-5-5l2-2",
};

/** @param {keyof typeof PATHS} name */
export const icon = (name) =>
  svg("svg", { viewBox: "0 0 20 20", class: "icon", "aria-hidden": "true", focusable: "false" },
    svg("path", { d: PATHS[name] }));
