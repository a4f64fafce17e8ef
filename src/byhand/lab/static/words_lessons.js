// @ts-check
/** The words of the lessons, by the names in lessons.js. */

/** @typedef {import("./lessons.js").Numbers} Numbers */
/** @typedef {{title: string, task: string, see: (now: Numbers, all: any[]) => string}} StepWords */
/** @typedef {{title: string, question: string, why: string,
 *   steps: Record<string, StepWords>}} LessonWords */

/** @param {number} share */
const percent = (share) => `${(100 * share).toFixed(1)} %`;
/** @param {number} loss */
const nats = (loss) => (Number.isFinite(loss)
  ? loss.toLocaleString("en", { maximumSignificantDigits: 3 }) : "infinity");
/** @param {Numbers} numbers */
const outcome = ({ state, loss, highest, test }) => state === "diverged"
  ? `The run diverged: its loss rose to ${nats(highest)}, where a guess has about 2.`
  : `The last losses were ${nats(loss)}; ${percent(test)} of the test images are right.`;

export const lessons = {
  title: "Lessons",
  lead: "Six experiments with the engine that byhand train uses, each a few minutes long. Do " +
    "the steps in their order; the page looks at the numbers with you. The runs are ordinary " +
    "ones, also to be found under Train.",
  start: "Train",
  again: "Train again",
  inTrain: "All of this run",
  preparing: "Preparing …",
  /** @param {number} step @param {number} steps */
  step: (step, steps) => `Step ${step} of ${steps}`,
  steps: "step",
  loss: "Loss",
  seen: "Seen.",
  notSeen: "Not seen this time.",
  passed: " (passed)",
  why: "Why",
  more: "Worked out in ",
  /** @param {string} section */
  section: (section) => `docs/mathematics.md, “${section}”`,
  ended: "The run ended before its time.",
  /** @param {string} lesson @param {string} step */
  runName: (lesson, step) => `${lesson}: ${step}`.slice(0, 80),
  lessons: /** @type {Record<string, LessonWords>} */ ({
    scaling: {
      title: "Why pixels are scaled",
      question: "Pixels are bytes, from 0 to 255. May a network have them as they are?",
      steps: {
        bytes: { title: "0 to 255", task: "Train a network that gets the bytes. Watch the loss " +
          "in its first steps.", see: outcome },
        fractions: { title: "0 to 1", task: "Now the same network, the same weights at the " +
          "start, the same learning rate: only each pixel is divided by 255 first.",
        see: outcome },
      },
      why: "A weight’s gradient is the gradient of what it leads to, times the pixel. Pixels " +
        "255 times as large give outputs 255 times as large, and gradients as much too large " +
        "for the rate: each step goes far beyond the valley. He’s initialisation keeps the size " +
        "of the signal from layer to layer, so it stays 255 times too large all through. " +
        "The article’s network got bytes all the same, with a small start and a small rate.",
    },
    rate: {
      title: "What a learning rate does",
      question: "A step moves each weight against its gradient, by the learning rate times as " +
        "much. What if it is far too small, or far too large?",
      steps: {
        small: { title: "0.0005", task: "Train with a very small rate.", see: outcome },
        large: { title: "10", task: "Train with a very large one.", see: outcome },
        right: { title: "0.1", task: "Train with one in between.", see: outcome },
      },
      why: "The gradient says which direction is down, and how steep it is here. With a small " +
        "rate the steps are right but tiny: 200 of them lead nowhere near the end. With a large " +
        "one a step lands where the gradient was never measured: on the other slope, higher up, " +
        "and the next step is larger still. A good rate is often the largest that does not.",
    },
    zero: {
      title: "Why a start at zero never learns",
      question: "Why are weights drawn at random at the start? Zero would seem to be neutral.",
      steps: {
        zeros: { title: "All 0", task: "Train a network whose weights all begin at 0.",
          see: (now) => `${outcome(now)} A guess among ten classes has a loss of ln 10 = 2.30.` },
        drawn: { title: "At random", task: "Train the same network, begun by He’s " +
          "initialisation.", see: outcome },
      },
      why: "With all weights 0, every hidden unit is 0 for every image. The gradient of the " +
        "second layer’s weights is the units’ outputs times something: 0. That of the first " +
        "layer’s weights is something times the second layer’s weights: 0 as well. Only the last " +
        "biases move, and they learn how frequent each class is. Were all weights equal but not " +
        "0, all units would stay equal for ever.",
    },
    dead: {
      title: "Dead ReLUs",
      question: "A ReLU is 0 for all that is negative, and so is its slope. What if it is " +
        "negative for every image?",
      steps: {
        killed: { title: "Rate 2", task: "Train one epoch with a rate that is too large, and " +
          "count the units that are 0 for each of 100 images.",
        see: ({ dead }) => `${percent(dead)} of the hidden units are dead.` },
        alive: { title: "Rate 0.1", task: "The same network with a smaller rate.",
          see: ({ dead }, [killed]) => `${percent(dead)} of the hidden units are dead, ` +
            `${percent(killed.dead)} were.` },
      },
      why: "One step that is too large can push a unit’s bias so far down that its sum is " +
        "negative for all images. Then its output is 0, the slope is 0, its weights get the " +
        "gradient 0, and it never comes back. Smaller rates, He’s initialisation and batch " +
        "norm keep units alive. Under Train, dead units are counted while a run goes on.",
    },
    overfitting: {
      title: "Overfitting, and what cures it",
      question: "How much does a network learn from 100 images?",
      steps: {
        hundred: { title: "100 images", task: "Train on the first 100 images of the data, 60 " +
          "times over.", see: ({ trained, test }) => `${percent(trained)} of the training ` +
          `images are right, but ${percent(test)} of the test images.` },
        changed: { title: "100, changed", task: "The same 100 images, each time shifted, turned " +
          "and scaled a little.", see: ({ test }, [hundred]) => `${percent(test)} of the test ` +
          `images, instead of ${percent(hundred.test)}.` },
        more: { title: "5,000 images", task: "As many steps with 5,000 images.",
          see: ({ test }) => `${percent(test)} of the test images.` },
      },
      why: "The network has some 50,000 weights: enough to learn 100 images by heart, and " +
        "nothing asks it for more. Changed images are new ones that show the same digits, so it " +
        "must learn what does not change. Best of all are more images. A penalty on the weights " +
        "and dropout also help: they make it harder to learn by heart.",
    },
    convolution: {
      title: "Why a convolution",
      question: "Digits on a pad are not always in the same place. Who minds: a dense layer or a " +
        "convolution?",
      steps: {
        dense: { title: "Dense", task: "Train a dense network. Then test images are moved by 2 " +
          "pixels to the right and 2 down, and read again.", see: ({ test, shifted }) =>
          `${percent(test)} of the test images are right, ${percent(shifted)} of those moved.` },
        convolved: { title: "Convolution", task: "Now two convolutions with max pooling, with " +
          "far fewer weights.", see: ({ test, shifted }, [dense]) =>
          `${percent(test)} of the test images are right, ${percent(shifted)} of those moved ` +
            `(dense: ${percent(dense.shifted)}).` },
      },
      why: "A dense layer has a weight for each pixel: what it learnt of a stroke in one place " +
        "says nothing of the same stroke 2 pixels on. A convolution uses the same few weights " +
        "in all places, so that a moved digit gives moved outputs; and max pooling takes the " +
        "largest of a block, wherever in the block it is.",
    },
  }),
};
