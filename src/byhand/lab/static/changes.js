// @ts-check
/** Weights changed by hand, and filters zeroed: which arrays a changed network has. */

/** @typedef {import("./network.js").Tensor} Tensor */
/** @typedef {{name: string, index: number, value: number}} WeightChange */
/** @typedef {{filter: {layer: number, number: number}}} FilterChange */
/** @typedef {WeightChange | FilterChange} Change */

/**
 * The arrays after the changes; those that no change touches are the same objects.
 * @param {Record<string, Tensor>} tensors
 * @param {Change[]} changes in the order in which they were made
 * @returns {Record<string, Tensor>}
 */
export function changedTensors(tensors, changes) {
  const changed = { ...tensors };
  /** @param {string} name */
  const own = (name) => {
    if (changed[name] === tensors[name]) {
      changed[name] = { shape: tensors[name].shape, data: tensors[name].data.slice() };
    }
    return changed[name];
  };
  for (const change of changes) {
    if ("filter" in change) {
      const { layer, number } = change.filter;
      zeroFilter(own(`${layer}.w`), number);
      if (`${layer}.b` in tensors) own(`${layer}.b`).data[number] = 0;
    } else {
      own(change.name).data[change.index] = change.value;
    }
  }
  return changed;
}

/** The last axis of w counts the filters: it is (R, S, C, F), or (D, M). @param {Tensor} w
 * @param {number} number */
function zeroFilter({ shape, data }, number) {
  const filters = shape[shape.length - 1];
  for (let at = number; at < data.length; at += filters) data[at] = 0;
}
