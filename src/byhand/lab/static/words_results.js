// @ts-check
/** The words of the results. Words in a function depend on numbers. */

/** @param {number} n */
const count = (n) => n.toLocaleString("en");
/** @param {number} share */
const short = (share) => `${(100 * share).toFixed(1)} %`;

export const results = {
  title: "Results",
  /** @param {string} name @param {number} n */
  lead: (name, n) => `What the network makes of the ${count(n)} test images of ${name}, which it ` +
    "never saw in training.",
  noData: "There are no test images: this model was opened without a data set. Start with " +
    "“byhand lab MODEL --data NAME”.",
  sections: { label: "Results", mistakes: "Mistakes", map: "Map", robustness: "Robustness",
    units: "Units", pruning: "Pruning" },
  reading: "Reading all test images …",
  counting: "Reading a sample of the test images …",
  failed: "It could not be computed.",
  /** @param {number} share */
  done: (share) => `${Math.round(100 * share)} % done`,
  /** @param {number} n @param {number} all */
  sample: (n, all) => n < all ? `on ${count(n)} test images, spread over all ${count(all)}`
    : `on all ${count(n)} test images`,
  /** @param {{right: number, count: number, interval: [number, number]}} found
   * @param {number} all */
  sampled: ({ right, count: n, interval }, all) => `${count(right)} right, measured ` +
    `${results.sample(n, all)}. 95 % interval: ${short(interval[0])} to ${short(interval[1])}.`,
  previous: "Previous",
  next: "Next",
  /** @param {number} first @param {number} last @param {number} all */
  page: (first, last, all) => `${first} to ${last} of ${count(all)}`,

  accuracy: "Accuracy",
  /** @param {number} right @param {number} n */
  ofAll: (right, n) => `${count(right)} of ${count(n)} right`,
  interval: "95 % interval",
  intervalHelp: "with as many other images",
  calibrationError: "Calibration error",
  calibrationHelp: "how far confidence is from accuracy",
  confusion: "What is read as what",
  confusionHelp: "A row is what an image shows, a column what was read. Choose a number to see " +
    "the images behind it.",
  confusionCaption: "Confusion matrix: rows are the truth, columns what was read. Arrow keys go " +
    "from number to number.",
  truth: "true",
  /** @param {string} truth @param {string} read @param {number} n */
  cell: (truth, read, n) => `${count(n)} ${n === 1 ? "image" : "images"} of ${truth} read as ` +
    `${read}`,
  /** @param {string[] | null} cell @param {number} n */
  behind: (cell, n) => !cell ? `All ${count(n)} mistakes`
    : cell[0] === cell[1] ? `${count(n)} × ${cell[0]}, read right`
    : `${count(n)} × ${cell[0]}, read as ${cell[1]}`,
  allMistakes: "All mistakes",
  order: "Of mistakes, those that the network is surest of come first; of what is right, those " +
    "that it is least sure of. Choose one to have it on the pad.",
  /** @param {string} truth @param {string} read @param {string} share */
  caption: (truth, read, share) => `${truth === read ? read : `${truth} → ${read}`}\n${share}`,
  /** @param {number} index @param {string} truth @param {string} read @param {string} share */
  said: (index, truth, read, share) => truth === read
    ? `Test image ${index}: a ${truth}, read right with ${share}`
    : `Test image ${index}: a ${truth}, read as ${read} with ${share}`,
  calibration: "Calibration",
  reliabilityHelp: "When the network says that it is 80 % sure, is it right in 80 % of such " +
    "cases? Images are sorted into 15 bins by its confidence.",
  confidence: "confidence",
  rightShare: "share that is right",
  measured: "measured",
  ideal: "ideal",
  bins: "Bins of confidence",
  binHeads: ["mean confidence", "share right", "images"],

  map: {
    lead: "Each point is a test image, at a place that a layer’s numbers give it: near each " +
      "other are images of which the layer makes nearly the same. Layer by layer the classes " +
      "part. Rings are mistakes.",
    choose: "Layer",
    /** @param {number} layer @param {string} text @param {number} numbers */
    layer: (layer, text, numbers) => layer < 0 ? `the image itself (${count(numbers)} pixels)`
      : `${layer} ${text} (${count(numbers)} numbers)`,
    method: "Method",
    methods: { pca: "Principal components", tsne: "t-SNE" },
    waiting: "Computing the map; this is done once for each layer …",
    role: "map of images",
    keys: "Map of test images. Arrow keys go from point to point, Tab leads to the images " +
      "nearest to it.",
    /** @param {number} n @param {number} all */
    shown: (n, all) => `${count(n)} of ${count(all)} test images, spread over all.`,
    /** @param {string[]} shares */
    explained: (...shares) => `The axes are the two directions in which the numbers differ ` +
      `most: ${shares.join(" and ")} of their variance.`,
    panel: "The image pointed at",
    point: "Point at a digit of the map, or walk with the arrow keys: the image appears here, " +
      "with the five images that are nearest to it in this layer.",
    neighbours: "Nearest in this layer",
  },
  robustness: {
    sliders: "Change the images",
    names: { degrees: "Rotate", right: "Move right", down: "Move down", scale: "Scale",
      thickness: "Thicker strokes", noise: "Noise (grey levels)" },
    reset: "As they were",
    accuracy: "Accuracy on changed images",
    before: "unchanged",
    now: "changed",
    seen: "As the network sees them",
    /** @param {string} truth @param {string} read */
    read: (truth, read) => truth === read ? `A ${truth}, read right` : `A ${truth}, read as ` +
      read,
  },
  units: {
    lead: "A unit is set to 0, its weights and its bias, and the test images are read again. In " +
      "a convolution a unit is a filter.",
    layer: "Layer",
    none: "No layer of this network has weights.",
    waiting: "Taking away one unit after the other …",
    /** @param {string} share @param {string} where */
    all: (share, where) => `${share} with all units, ${where}. Those that cost most come first. ` +
      "What excites a unit was searched among all test images.",
    table: "Units of the layer",
    heads: ["unit", "without it", "loses most", "images that excite it most"],
    /** @param {string} name @param {number} lost */
    worst: (name, lost) => `${name} (${lost})`,
  },
  pruning: {
    title: "Prune the network",
    help: "The smallest weights of all layers together are set to 0, without training in " +
      "between. Biases stay.",
    share: "share set to 0",
    axis: "share set to 0, %",
    accuracy: "accuracy",
    left: "weights left",
    /** @param {number} total */
    of: (total) => `of ${count(total)}`,
    curve: "Accuracy of what was tried",
    heads: ["layer", "weights left", "share"],
  },
};
