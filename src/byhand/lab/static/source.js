// @ts-check
// Where the page gets its model and its examples: from the server, or from inside itself.

import { served } from "./source_served.js";
import { inline } from "./source_inline.js";

/**
 * @typedef {import("./changes.js").Change} Change
 * @typedef {{kind?: "any" | "hard", label?: number, count?: number, seed?: number}} Query
 * @typedef {{index: number, label: number, pixels: Uint8Array}} Example  H·W, ink bright
 * @typedef {{width: number, height: number, data: Uint8Array}} Grey
 * @typedef {{digit: number | string, confidence: number,
 *   alternatives: [number | string, number][], box: [number, number, number, number]}} Digit
 * @typedef {{text: string, marked: string, confidence: number, digits: Digit[],
 *   marks: any[], left_out: any[]}} Line
 * @typedef {{lines: Line[], warnings: string[]}} Reading  as `byhand read --json` has it
 * @typedef {{right: number, count: number}} Accuracy
 * @typedef {object} Source
 * @property {"served" | "inline"} kind
 * @property {() => Promise<any>} lab  facts of the model and of the data
 * @property {() => Promise<ArrayBuffer>} weights  a safetensors file
 * @property {(query: Query, signal?: AbortSignal) => Promise<Example[]>} examples
 * @property {(grey: Grey, signal?: AbortSignal) => Promise<Reading>} read  the signal ends it, and
 *   so does a newer one
 * @property {() => Promise<boolean>} ready  whether rows are read at once, or the server is
 *   still compiling what reads them
 * @property {(changes: Change[], count?: number) => Promise<Accuracy | null>} accuracy
 *   on test images; null where a newer question has replaced it
 * @property {(path: string, query?: any) => Promise<any>} [ask]  anything else that the server
 *   finds; an exported page has no server
 * @property {(path: string, wanted: any) => Promise<any>} [post]  has the server do something
 * @property {import("./runs_served.js").ServedRuns | null} runs  trainings; null in a file
 * @property {(f: () => void) => void} onRestart  calls f if the server was started anew
 */

/** Return the source of this page. @returns {Source} */
export function openSource() {
  return document.getElementById("model") ? inline(document) : served();
}
