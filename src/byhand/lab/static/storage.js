// @ts-check
/** What this browser keeps between visits, where it keeps anything. */

const PREFIX = "byhand-lab:";

/** @param {string} key @returns {string | null} */
export function recall(key) {
  try {
    return localStorage.getItem(PREFIX + key);
  } catch {
    return null; // storage is switched off, or full, or this is a file
  }
}

/** @param {string} key @param {string} value */
export function keep(key, value) {
  try {
    localStorage.setItem(PREFIX + key, value);
  } catch {
    // the page works without
  }
}
