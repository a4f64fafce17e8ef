// @ts-check
/** Whether the server still answers, and is still the one that this page came from. */

const ASKED = ["examples", "read", "accuracy", "ask", "post"];

/** Set the store's notice by how the source's answers come.
 * @param {import("./store.js").Store} store */
export function watch(store) {
  const { source, notice } = store;
  for (const name of ASKED) {
    const ask = source[name];
    if (!ask) continue; // an exported page has no server
    source[name] = async (/** @type {any[]} */ ...given) => {
      try {
        const found = await ask(...given);
        if (notice.value === "gone") notice.value = "";
        return found;
      } catch (error) {
        if (error instanceof TypeError) notice.value = "gone"; // as fetch says it
        throw error;
      }
    };
  }
  source.onRestart(() => (notice.value = "restarted"));
}
