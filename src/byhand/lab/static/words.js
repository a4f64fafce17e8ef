// @ts-check
/** All words of the page, by view. Words in a function depend on numbers. */

import { inside, tour } from "./words_inside.js";
import { lessons } from "./words_lessons.js";
import { results } from "./words_results.js";

/** @param {number} share 0 to 1 */
export const percent = (share) => {
  const value = 100 * share;
  return `${value >= 99.95 && share < 1 ? "> 99.9" : value.toFixed(1)} %`;
};

export const words = {
  app: {
    name: "byhand",
    title: "laboratory",
    loading: "Loading the network …",
    failed: "The laboratory could not be loaded.",
    failedHelp: "Is the server still running? Start it again with “byhand lab”, then reload.",
    reload: "Reload",
    again: "Try again",
    gone: "The server does not answer. Drawing goes on working; reading rows and examples do not.",
    restarted: "The server was started anew, perhaps with another model.",
    skip: "Skip to the drawing pad",
    views: "Views",
    workspace: "Drawing and answer",
    share: "Copy link",
    shared: "Link copied",
    shareFailed: "Copy the address from the browser",
    shareHelp: "A link to this drawing, this layer and this unit",
    colours: "Colours:",
    coloursHelp: "Light, dark, or as the system has it",
    themes: { auto: "Auto", light: "Light", dark: "Dark" },
    /** @param {number} height @param {number} width @param {number} classes */
    model: (height, width, classes) => `${height} × ${width} pixels, ${classes} classes`,
  },
  made: {
    /** @param {string} program @param {string} model */
    by: (program, model) => `Made by ${program}; model ${model}.`,
    /** @param {string} name @param {string} licence */
    examples: (name, licence) => ` Examples from ${name}, ${licence}.`,
  },
  views: {
    draw: "What it sees",
    several: "Several at once",
    forward: "Forward",
    backward: "Backward",
    spoke: "For and against",
    break: "Break it",
    train: "Train",
    results: "Results",
    teach: "Teach it",
    lessons: "Lessons",
  },

  pad: {
    section: "Drawing pad",
    role: "drawing pad",
    label: "Drawing pad",
    keys: "Draw with mouse, pen or finger. With the keyboard, arrows move the pen, Space puts it " +
      "down and lifts it, Escape puts it away. Or choose an example beside.",
    /** @param {boolean} several */
    hint: (several) => several ? "Write some digits in a row" : "Draw here, anywhere, at any size",
    tools: "Drawing tools",
    brush: "Brush",
    brushes: { fine: "Fine brush", medium: "Medium brush", broad: "Broad brush" },
    eraser: "Eraser",
    history: "Undo and clear",
    undo: "Undo",
    redo: "Redo",
    clear: "Clear",
    open: "Open a picture",
    picture: "Picture",
    noPicture: "That is no picture which this browser can open.",
  },

  answer: {
    section: "Answer",
    empty: "Nothing is drawn yet.",
    /** @param {string[]} classes */
    none: (classes) => classes.every((name) => /^\d$/.test(name)) ? "Not a digit" : "None of these",
    /** @param {string} name */
    nearest: (name) => `The nearest would be ${name}.`,
    /** @param {number} share */
    sure: (share) => share > 0.995 ? "sure" : share > 0.9 ? "quite sure"
      : share > 0.6 ? "in doubt" : "a guess",
    /** @param {string} name @param {boolean} right */
    labelled: (name, right) => `${right ? "Right" : "Wrong"}: it is labelled ${name}.`,
    probabilities: "Probability of each class",
    /** @param {{state: string, name: string, share: number}} verdict @param {string[]} classes */
    spoken: ({ state, name, share }, classes) => state === "empty" ? ""
      : state === "none" ? `${words.answer.none(classes)}. ${words.answer.nearest(name)}`
      : `Read as ${name}, ${percent(share)}.`,
  },

  square: {
    title: "What the network sees",
    without: "Without preparation",
    /** @param {number} height @param {number} width */
    about: (height, width) => `Every drawing becomes a square like those that the network was ` +
      `trained on: ${height} × ${width} pixels, the ink in the middle, at a fixed size.`,
    /** @param {number} height @param {number} width */
    aboutWithout: (height, width) => `The pad as it is, shrunk to ${height} × ${width} pixels ` +
      `and nothing else. Draw small or into a corner, and see how the answer suffers.`,
    fixed: "An example is a square already: it is shown to the network as it is.",
    cutOff: "The edge cuts the drawing off. The answer may be wrong.",
    empty: "Draw something: here appears each step from your strokes to the square.",
    /** @param {number} height @param {number} width */
    seen: (height, width) => `The network’s input, ${height} × ${width} pixels`,
    /** @param {number} height @param {number} width */
    size: (height, width) => `${height} × ${width} pixels, 0 to 255`,
    stepsLabel: "Steps of the preparation",
    steps: {
      grey: ["Grey levels", "your strokes, dark on light"],
      bright: ["Ink bright", "inverted if the paper is light"],
      even: ["Paper even", "shadows of the paper taken off"],
      mask: ["Ink or paper", "parted by a threshold"],
      character: ["Specks dropped", "what is too small to belong"],
      cut: ["Cut out", "the ink’s bounding box"],
      boxed: ["Scaled", "to the size of the training images"],
    },
  },

  examples: {
    title: "Examples",
    none: "No data set is open. Start with “byhand lab MODEL --data NAME” to draw from one.",
    choose: "Class",
    all: "all",
    more: "Others",
    /** @param {string} name @param {number} count */
    from: (name, count) => `from the ${count.toLocaleString("en")} test images of ${name}`,
    hard: "Draw me a hard one",
    hardWaiting: "Reading all test images …",
    hardHelp: "One of the test images that are nearest to being wrong, or are wrong",
    failed: "The examples did not come.",
    /** @param {string} name @param {number} index */
    one: (name, index) => `Test image ${index}, a ${name}`,
  },

  reading: {
    title: "Several digits at once",
    /** @param {boolean} inline */
    about: (inline) => inline
      ? "In this file, digits that do not touch are read one by one, from left to right."
      : "The drawing is read as a page: rows are found, touching digits parted, marks kept apart " +
        "from digits. Write a telephone number, a date, an amount.",
    square: "An example is a single digit. Draw, or open a picture.",
    empty: "Write digits in one or more rows.",
    busy: "Reading …",
    warming: "The server is compiling what reads rows. That happens once on this machine and " +
      "takes a minute or two; then this drawing is read.",
    failed: "The rows could not be read: the server does not answer.",
    nothing: "No digits were found.",
    /** @param {string} share */
    line: (share) => `right as a row with ${share}`,
    digits: "Digits of the row",
  },

  inside,
  lessons,
  results,
  tour,
};
