// @ts-check
/** What is known of the rows of digits in a drawing; boxes are in units of the pad. */

/** @typedef {[x: number, y: number, width: number, height: number]} Box */
/** @typedef {{digit: number | string, confidence: number, box: Box}} Digit */
/** @typedef {{text: string, marked: string, confidence: number, digits: Digit[]}} Line */
/** @typedef {"empty" | "busy" | "warming" | "failed" | "done"} RowsState */
/** @typedef {{state: RowsState, lines: Line[], warnings: string[]}} Rows
 *   warming: the server is still compiling what reads them; failed: the warning says why, none
   where no answer came */

/** @type {Rows} */
export const NOTHING = { state: "empty", lines: [], warnings: [] };
