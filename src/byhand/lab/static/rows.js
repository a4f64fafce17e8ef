// @ts-check
/** What is known of the rows of digits in a drawing; boxes are in units of the pad. */

/** @typedef {[x: number, y: number, width: number, height: number]} Box */
/** @typedef {{digit: number | string, confidence: number, box: Box}} Digit */
/** @typedef {{text: string, marked: string, confidence: number, digits: Digit[]}} Line */
/** @typedef {{state: "empty" | "busy" | "failed" | "done", lines: Line[], warnings: string[]}}
 *   Rows */

/** @type {Rows} */
export const NOTHING = { state: "empty", lines: [], warnings: [] };
