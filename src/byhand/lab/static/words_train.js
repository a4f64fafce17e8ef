// @ts-check
/** The words of the view Train. */

/** @param {number} x */
const rounded = (x) => Math.round(x).toLocaleString("en");

/** @param {number} seconds */
const duration = (seconds) => seconds < 90 ? `${Math.ceil(seconds)} s`
  : seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`;

export const train = {
  title: "Train",
  tip: "The same engine as byhand train, in a process of its own. A run goes on when the page is " +
    "closed, and has a folder in runs, like every other.",
  noData: "There is no data set to train on. Start with “byhand lab MODEL --data NAME”.",
  failed: "The server does not answer.",
  runs: "Runs",
  fresh: "New run",
  steps: { network: "Network", learning: "Learning", augmentation: "Augmentation" },

  recipe: "Recipe",
  recipeHelp: "To start from; everything below can be changed",
  layers: "Layers",
  kind: "Layer",
  /** @param {number} at */
  layer: (at) => `Layer ${at + 1}`,
  /** @param {number} at */
  size: (at) => `Size of layer ${at + 1}`,
  up: "Move up",
  down: "Move down",
  remove: "Remove",
  add: "Add a layer",
  text: "The network as a line of text",
  textHelp: "As byhand.nn.build reads it; {classes} stands for the number of classes",
  /** @param {number[]} shape @param {number} weights */
  shape: (shape, weights) => shape.join(" × ") + (weights ? `, ${rounded(weights)} weights` : ""),
  /** @param {number} weights */
  weights: (weights) => `${rounded(weights)} weights in all`,
  preview: "Training images, below as they are changed",
  again: "Others",
  seed: "Seed",
  name: "Name",
  nameHelp: "by settings",
  start: "Start",
  startStep: "One step",
  startEpoch: "One epoch",
  busy: "Another run is under way. Stop it, or let it end.",
  back: "As in the recipe",

  fields: /** @type {Record<string, string>} */ ({
    init: "Initialisation", optimizer: "Optimiser", lr: "Learning rate", schedule: "Schedule",
    momentum: "Momentum", weight_decay: "Weight decay", l2: "L2 penalty", batch: "Batch",
    length: "Length", unit: "In", validation: "Held out", clip: "Largest gradient",
    label_smoothing: "Label smoothing", ema_decay: "Average of weights", dropout: "Dropout",
    backward: "Share that goes backward",
    "augmentation.shift": "Shift, pixels", "augmentation.rotate": "Rotation, degrees",
    "augmentation.scale": "Scale", "augmentation.aspect": "Aspect",
    "augmentation.shear": "Shear", "augmentation.elastic": "Elastic, pixels",
    "augmentation.damage": "Damage, share",
  }),
  units: { epochs: "epochs", steps: "steps" },

  states: /** @type {Record<string, string>} */ ({
    preparing: "preparing: kernels are compiled at their first use", running: "running",
    paused: "paused", measuring: "measuring on the test images", done: "done",
    stopped: "stopped", diverged: "diverged", failed: "failed",
    killed: "ended by force: its process is gone. It can go on from its last checkpoint.",
  }),
  /** @param {Record<string, number>} now @param {number} epochs */
  progress: ({ step = 0, steps = 0, rate = 0, left = 0 }, epochs) => [
    `step ${rounded(step)} of ${rounded(steps)}`, `epoch ${epochs + 1}`,
    `${rounded(rate)} images a second`, `${duration(left)} left`],
  /** @param {Record<string, number>} now */
  ended: ({ step = 0, steps = 0, seconds = 0 }) =>
    [`step ${rounded(step)} of ${rounded(steps)}`, duration(seconds)],
  /** @param {string} share @param {number} count */
  test: (share, count) => `${share} of ${rounded(count)} test images right`,
  pause: "Pause",
  go: "Go on",
  step: "One step",
  epoch: "One epoch",
  stop: "Stop",
  controls: "Control the run",

  loss: "Loss, nats an image",
  accuracy: "Accuracy",
  rate: "Learning rate",
  training: "training",
  validation: "validation",
  log: "Logarithmic",
  drawing: "Your drawing, as it learns",
  drawingHelp: "Draw beside: the network says at every moment what it takes the drawing for.",
  stepAxis: "step",
  compare: "Compare",
  /** @param {string} name */
  compareOne: (name) => `Show the curve of ${name} as well`,

  change: "Change while it runs",
  changeHelp: "Each change holds from the next step on, and becomes part of the run: its code " +
    "and its checkpoint have it.",
  /** @param {string} step @param {string} what */
  changed: (step, what) => `after step ${step}: ${what}`,

  inside: "Inside",
  /** @param {number} number @param {string} text */
  layerName: (number, text) => `Layer ${number}: ${text}`,
  weightsOf: "weights",
  gradientsOf: "gradients",
  /** @param {number} dead @param {number} units */
  dead: (dead, units) => `${dead} of ${units} units dead`,
  deadHelp: "A unit is dead that is 0 for all of a hundred training images.",
  filters: "First layer’s weights",
  weight: "weight",
  /** @param {number} step */
  at: (step) => `at step ${rounded(step)}`,

  code: "As code",
  codeHelp: "Either trains the same network again, bit for bit.",
  python: "Python",
  command: "Command line",
  copy: "Copy",
  copied: "Copied",
  copyFailed: "Select the text to copy it",
  file: "Recipe as a file",
  /** @param {string} id */
  folder: (id) => `Its folder: runs/${id}`,
  rename: "Name of this run",

  warnings: {
    /** @param {any} w */
    diverges: ({ step, since }) => `The run diverges at step ${rounded(step)}: the loss grows ` +
      `${since ? `since step ${rounded(since)}` : "from the first step"}. Each step is too long ` +
      "and makes things worse. Try a smaller learning rate, a limit for the gradient, or inputs " +
      "that are scaled (pixels 1/255).",
    /** @param {any} w */
    overfits: ({ step, epoch, loss, now }) => `It overfits since step ${rounded(step)} (epoch ` +
      `${epoch}): the loss on images held out was ${loss.toFixed(3)} and is ${now.toFixed(3)}, ` +
      "while it still falls on the training images. Try augmentation, dropout, a smaller " +
      "network, or more images.",
    /** @param {any} w */
    dead: ({ step, layer, text, dead, units }) => `Units have died by step ${rounded(step)}: in ` +
      `layer ${layer} (${text}) ${dead} of ${units} are 0 for every image and learn no more. Try ` +
      "a smaller learning rate, He’s initialisation, or batch norm.",
  },
  goBack: "Go back to before",
  goBackSlower: "Go back to before, at a tenth of the rate",
};
