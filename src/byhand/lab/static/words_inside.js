// @ts-check
/** The words of the views inside, and of the tour. */

export const inside = {
  input: "square",
  grey: "grey level",
  activation: "activation",
  gradient: "gradient",
  weights: "weight",
  reject: "not a digit",
  empty: "Nothing is drawn yet. Draw a digit, or choose an example.",
  panel: "One number, written out",
  point: "Point at a pixel of a picture, or tap it: where it looks lights up, and its sum is " +
    "written out here. With the keyboard: Tab to a picture, arrow keys, Enter.",
  /** @param {number} unit @param {number} layer */
  noUnit: (unit, layer) => `The address asks for unit ${unit} of layer ${layer}; this network ` +
    "has none there.",
  close: "Close",
  toUnit: "← the unit",
  /** @param {string} about */
  tipName: (about) => `About “${about}”`,
  unitsRole: "picture of numbers",
  /** @param {string} title @param {string} shape */
  unitsLabel: (title, shape) => `${title}, ${shape} numbers. Arrow keys go from one to the ` +
    "next, Page Up and Page Down to another channel, Enter opens.",
  /** @param {string} title @param {string} place @param {string} value */
  unitValue: (title, place, value) => `${title}, ${place}: ${value}`,
  /** @param {number} unit */
  unitAt: (unit) => `unit ${unit}`,
  /** @param {number[]} place */
  placeAt: ([row, column, channel]) =>
    `row ${row}, column ${column}${channel === undefined ? "" : `, channel ${channel}`}`,
  /** @param {string} name */
  outputAt: (name) => `score of “${name}”`,
  forward: {
    title: "Forward",
    lead: "From the square to the answer: every number that the network computes for this " +
      "drawing.",
    tip: "Each picture is one layer’s output, channel by channel. Colours are numbers: the " +
      "strip beside a layer’s name says which. Layers, rows and columns are counted from 0, " +
      "as in the code.",
  },
  backward: {
    title: "Backward",
    lead: "From the loss to the square: how much each number would change the loss.",
    tip: "The gradient of the loss for every output of every layer, from the last to the " +
      "first. Red: more of this number, more loss. Blue: more of it, less loss.",
  },
  trueClass: "True class",
  givenLabel: "The label in the data set",
  chooseFirst: "Choose the true class: the loss needs it.",
  /** @param {string} name @param {string} p */
  lossMeans: (name, p) => ` the network gives “${name}” ${p}`,
  softmax: "softmax",
  /** @param {string} name */
  softmaxOf: (name) => `softmax of “${name}”`,
  softmaxFormula: "p[k] = e^(y[k] − max y) / Σ e^(y[j] − max y)",
  outputHeads: "score, probability",
  outputHeadsBackward: "score, gradient p − [k = label]",
  outputHead: "class",
  scoreHead: "score y",
  powerHead: "e^(y − max y)",
  total: "sum",
  /** @param {string} t */
  temperature: (t) => "These are the shares that the loss sees. For the answer, scores are " +
    `divided by the temperature ${t} first, and the classes alone share 100 %.`,
  looksAt: "where it looks",
  /** @param {number} channel */
  itsChannel: (channel) => `channel ${channel}`,
  block: "its block",
  sum: "The sum, term by term",
  /** @param {number} axes */
  placeHead: (axes) => ["", "input", "row, column", "row, column, channel"][axes],
  /** @param {number} axes */
  outputPlace: (axes) => ["", "output", "row, column", "row, column, filter"][axes],
  outside: "padding",
  bias: "bias b",
  largest: "the largest",
  /** @param {number} count */
  others: (count) => `${count} smaller terms together`,
  /** @param {number} count */
  showAll: (count) => `Show all ${count} terms`,
  fewer: "Show the largest only",
  /** @param {string} name @param {string} value */
  openWeight: (name, value) => `${value}, open this weight of ${name}`,
  formulas: {
    pixels: "y = scale · x + offset",
    crop: "y = x, without the margin",
    flatten: "y = x, all numbers in one row",
    dropout: "y = x; only training drops numbers",
    as: "y = x, which gets a name",
    conv: "y[p, q, f] = b[f] + Σ x[p·stride + r − pad, q·stride + s − pad, c] · w[r, s, c, f]",
    dense: "y[m] = b[m] + Σ x[d] · w[d, m]",
    relu: "y = max(x, 0)",
    maxpool: "y = the largest x of the block",
    avgpool: "y = the mean of the block",
    globalpool: "y = the mean of the channel",
    batchnorm: "y = γ · (x − mean) / √(var + eps) + β",
    add: "y = x + other",
    concat: "y = x or other, side by side",
    upsample: "y = x, each pixel repeated",
    pixelshuffle: "y = x, channels become pixels",
  },
  gradients: {
    pixels: "dx = scale · dy",
    crop: "dx = dy, and 0 on the margin",
    flatten: "dx = dy, in the old shape",
    dropout: "dx = dy",
    as: "dx = dy, and the gradient of every use",
    conv: "dw[r, s, c, f] = Σ x[p·stride + r − pad, q·stride + s − pad, c] · dy[p, q, f]",
    dense: "dw[d, m] = x[d] · dy[m]",
    relu: "dx = dy · [x > 0]",
    maxpool: "dx = dy for the largest of the block, 0 for the others",
    avgpool: "dx = dy / pixels of the block",
    globalpool: "dx = dy / pixels of the channel",
    batchnorm: "dx = dy · γ / √(var + eps)",
    add: "dx = dy, for both",
    concat: "dx = dy, each its own part",
    upsample: "dx = the sum of dy over the block",
    pixelshuffle: "dx = dy, in the old places",
  },
  itsGradient: "Its gradient",
  gradientTip: "How fast the loss changes with this weight. By hand: the inputs that the " +
    "weight met, times the gradients there, added up. By difference: the loss is computed " +
    "twice, with the weight a little larger and a little smaller.",
  byHand: "by hand",
  byDifference: "central difference",
  apart: "apart",
  /** @param {string} h */
  differenceFormula: (h) => `(L(w + h) − L(w − h)) / 2h, with h = ${h}, in 64 bits`,
  value: "value",
  notNumber: "Not a number",
  zero: "Set to 0",
  opposite: "Opposite sign",
  undo: "Undo",
  /** @param {string} text @param {number} layer @param {number} number */
  zeroed: (text, layer, number) => `filter ${number} of layer ${layer} (${text}) is 0`,
  /** @param {string} weight @param {string} from @param {string} to */
  changed: (weight, from, to) => `${weight}: ${from} → ${to}`,
  break: {
    title: "Break it",
    lead: "Zero filters here, or open a weight in Forward or Backward and change it. Nothing " +
      "is saved.",
    tip: "A zeroed filter gives 0 everywhere: its weights and its bias are 0. In a dense " +
      "layer a filter is one unit.",
    pick: "Zero a filter",
    layer: "Layer",
    /** @param {number} number */
    zeroFilter: (number) => `Zero filter ${number}`,
    changes: "Changes",
    none: "None yet. The network is as it was trained.",
    undo: "Undo the last",
    undoAll: "Undo all",
    /** @param {string} text */
    undoOne: (text) => `Undo: ${text}`,
    drawing: "This drawing",
    test: "The test images",
    noData: "There are none: this model was opened without a data set.",
    class: "class",
    before: "before",
    after: "now",
    counting: "Classifying the test images …",
    /** @param {number} right @param {number} count */
    counted: (right, count) =>
      `${right.toLocaleString("en")} of ${count.toLocaleString("en")} images right`,
    failed: "The test images could not be classified.",
  },
  spoke: {
    title: "For and against",
    lead: "Which pixels spoke for a class, and which against it.",
    tip: "Red speaks for the class, blue against it. Choose a class to see it large.",
    what: "for (+) and against (−)",
    every: "Every class",
    gradient: "Gradient × input",
    gradientHelp: "Each pixel times the gradient of the class’s score for it: what the pixel " +
      "adds to the score, if the network were a straight line there.",
    /** @param {string} good @param {string} bad */
    sums: (good, bad) => `for: ${good}, against: ${bad}`,
    occlusion: "Occlusion",
    /** @param {number} side */
    occlusionHelp: (side) => "How much the class’s probability falls when a square of " +
      `${side} × ${side} pixels around this place is covered.`,
  },
};

export const tour = {
  start: "Tour",
  back: "Back",
  next: "Next",
  leave: "Leave",
  end: "Done",
  /** @param {number} step @param {number} count */
  count: (step, count) => `${step} of ${count}`,
  stops: {
    draw: { title: "Draw a digit", text: "With the mouse, a pen or a finger. The network reads " +
      "it again at every stroke. Nothing leaves this machine." },
    answer: { title: "The answer", text: "A probability for each class. The network may also " +
      "say that this is none of them." },
    square: { title: "What it sees", text: "Not your drawing, but a small square made from it: " +
      "cut out, made smaller, moved to its centre of mass, as the training images were." },
    forward: { title: "Forward", text: "Every layer turns the numbers of the one before into " +
      "new ones. Each small picture is a channel; the strip beside a name says what its " +
      "colours mean." },
    unit: { title: "One number", text: "This is the largest number of the first layer with " +
      "weights. You see where it looks, and its sum with the real numbers." },
    backward: { title: "Backward", text: "Once the true class is chosen, there is a loss. Its " +
      "gradient goes back through the same layers, by the chain rule." },
    weight: { title: "One gradient", text: "The weight that the loss depends on most, its " +
      "gradient written out, and the same by a central difference, computed just now. You can " +
      "change the weight here." },
    spoke: { title: "For and against", text: "Which pixels spoke for each class, measured by " +
      "gradients and by covering parts of the square." },
    break: { title: "Break it", text: "Zero a filter and see what becomes of this drawing, and " +
      "of the accuracy on the test images. Undo brings everything back." },
  },
};
