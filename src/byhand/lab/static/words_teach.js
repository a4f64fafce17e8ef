// @ts-check
/** Words of the view Teach it. */

/** @param {number} count @param {string} one @param {string} [more] */
const counted = (count, one, more = `${one}s`) =>
  `${count.toLocaleString("en")} ${count === 1 ? one : more}`;

export const teach = {
  title: "Teach it",
  tip: "A network that reads most people’s digits can learn yours, and signs of your own. Your " +
    "drawings are mixed with images that it knew, so that it does not forget them, and its " +
    "weights begin as they are now. Some of your drawings are held out: no step learns from " +
    "them, and they tell what was gained.",
  lead: "Draw, say what it was, and draw the next. Five drawings of a class are a start, twenty " +
    "are plenty.",
  what: "What was this drawing?",
  classes: "Classes",
  own: "A class of your own",
  ownHelp: "a letter, a sign, a word",
  /** @param {string} name */
  keep: (name) => (name ? `Keep as ${name}` : "Keep it"),
  draw: "Draw something first.",
  choose: "Choose what it was.",
  unfit: "A class is 1 to 30 letters, digits or signs as + - = # %, and not “train” or “test”, " +
    "since it is a folder’s name.",
  /** @param {number} count @param {string} name */
  kept: (count, name) => `Kept. ${counted(count, "drawing")} of ${name} so far.`,

  drawings: "Your drawings",
  none: "None yet. They are kept on the disk, in the folder of the laboratory, until you remove " +
    "them.",
  /** @param {number} count @param {string} folder */
  folder: (count, folder) => `${counted(count, "drawing")}, in the folder ${folder}`,
  /** @param {string} name @param {number} count */
  of: (name, count) => `${name}: ${counted(count, "drawing")}`,
  /** @param {string} name @param {number} at */
  show: (name, at) => `Drawing ${at} of ${name}: show it on the pad`,
  /** @param {string} name @param {number} at */
  remove: (name, at) => `Remove drawing ${at} of ${name}`,
  removeAll: "Remove all",
  /** @param {string} name */
  removeAllOf: (name) => `Remove all of ${name}`,
  /** @param {number} count */
  restore: (count) => `Bring back ${counted(count, "drawing")}`,
  save: "Save as a data set:",
  png: "PNG folders",
  idx: "IDX files",
  failed: "That did not work: the server does not answer.",

  teach: "Teach the network",
  start: "Teach it these drawings",
  again: "Teach it again",
  /** @param {string[]} few */
  few: (few) => `Two drawings of each class are needed; draw more of ${few.join(", ")}.`,
  preparing: "Getting ready …",
  measuring: "Trying it on all test images …",
  /** @param {number} left */
  left: (left) => `about ${counted(Math.max(1, Math.round(left)), "second")} left`,
  stop: "Stop",
  stopped: "It was stopped; the network is as before.",
  /** @param {string} reason */
  ended: (reason) => reason || "The training has ended suddenly; try again.",

  result: "What came of it",
  /** @param {number} seconds */
  took: (seconds) => `Learnt in ${counted(Math.round(seconds), "second")}.`,
  images: "images",
  before: "before",
  after: "after",
  /** @param {number} count */
  yours: (count) => `your drawings held out (${count.toLocaleString("en")})`,
  /** @param {string} name @param {number} count */
  old: (name, count) => `${name}, which it knew (${count.toLocaleString("en")})`,
  each: "Each drawing, before and after",
  eachHelp: "The framed ones were held out.",
  /** @param {any} d */
  one: (d) => `${d.name}${d.held_out ? ", held out" : ""}: before ${answered(d.before)}, after ` +
    answered(d.after),
  use: "Use it in the laboratory",
  inUse: "The laboratory shows the network that you taught.",
  undo: "Undo: back to the network of before",
  /** @param {string} file */
  file: (file) => `It is the file ${file}. Elsewhere:`,
  /** @param {string} file */
  command: (file) => `byhand predict --model ${file} PICTURE.png`,
  /** @param {string} file */
  python: (file) => `model = byhand.load("${file}")`,
};

/** An answer in words. @param {{name: string, accepted: boolean}} answer */
export const answered = ({ name, accepted }) => (accepted ? name : "none");
