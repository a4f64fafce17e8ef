// @ts-check
// A network: layers in a row, run forwards and backwards, for one image.

import { BatchNorm } from "./batchnorm.js";
import { Conv } from "./conv.js";
import { Dense } from "./dense.js";
import { emptyLike } from "./layer.js";
import { crossEntropy } from "./loss.js";
import { Crop, Dropout, Flatten, Pixels, ReLU } from "./pointwise.js";
import { AvgPool, GlobalPool, MaxPool } from "./pooling.js";
import { Add, As, Concat } from "./skips.js";
import { PixelShuffle, Upsample } from "./upsampling.js";

export { answer, isBlank, softmax } from "./loss.js";

/**
 * @typedef {import("./tensors.js").Tensor} Tensor
 * @typedef {import("./tensors.js").Reals} Reals
 * @typedef {import("./layer.js").Layer} Layer
 * @typedef {{inputs: Tensor[], outputs: Tensor[], caches: any[]}} Pass
 *   inputs[i] of layer i, and its outputs[i]; caches[i] the named output that it joins
 * @typedef {{loss: number, dinputs: Tensor[], doutputs: Tensor[],
 *   grads: Record<string, Tensor>[]}} Backward
 *   the gradients of the loss: of the inputs and outputs of each layer, and of its params
 */

/** The kinds of layer; the table of Python's nn.network.LAYERS. */
export const LAYERS = {
  pixels: Pixels, crop: Crop, flatten: Flatten, dense: Dense, relu: ReLU,
  dropout: Dropout, conv: Conv, maxpool: MaxPool, avgpool: AvgPool,
  globalpool: GlobalPool, batchnorm: BatchNorm, as: As, add: Add, concat: Concat,
  upsample: Upsample, pixelshuffle: PixelShuffle,
};

/** Layers one after another; their parameters are named NUMBER.NAME, as "2.w". */
export class Network {
  /**
   * @param {Layer[]} layers
   * @param {number[]} shape  of the images
   * @param {boolean} double  whether to compute in float64
   */
  constructor(layers, shape, double) {
    this.layers = layers;
    this.shape = shape;
    this.double = double;
  }

  /**
   * Return the inputs and outputs of every layer.
   *
   * @param {ArrayLike<number>} pixels  H·W grey values, ink bright
   * @returns {Pass}
   */
  forward(pixels) {
    const data = this.double ? Float64Array.from(pixels) : Float32Array.from(pixels);
    return this.forwardFrom(0, { shape: this.shape, data }, null);
  }

  /**
   * Return a pass whose layers from `first` on are computed anew, from another input.
   *
   * @param {number} first
   * @param {Tensor} input  of layer `first`
   * @param {Pass | null} before  a pass, of which the layers before it are taken
   * @returns {Pass}
   */
  forwardFrom(first, input, before) {
    const inputs = before ? before.inputs.slice(0, first) : [];
    const outputs = before ? before.outputs.slice(0, first) : [];
    const caches = before ? before.caches.slice(0, first) : [];
    let x = input;
    for (const layer of this.layers.slice(first)) {
      const other = joins(layer) ? outputs[this.asLayer(layer.named)] : undefined;
      const y = { shape: layer.outShape, data: layer.forward(x.data, other?.data) };
      inputs.push(x);
      outputs.push(y);
      caches.push(other);
      x = y;
    }
    return { inputs, outputs, caches };
  }

  /** Return the scores of a pass, before softmax. @param {Pass} pass @returns {Reals} */
  logits(pass) {
    return pass.outputs[pass.outputs.length - 1].data;
  }

  /**
   * Return the loss for a label, and all gradients.
   *
   * @param {Pass} pass
   * @param {number} label  0 to K - 1, or K, the reject class
   * @returns {Backward}
   */
  backward(pass, label) {
    const { loss, dlogits } = crossEntropy(this.logits(pass), label);
    return { loss, ...this.backwardFrom(pass, dlogits, true) };
  }

  /**
   * Return all gradients of something of which those of the scores are known.
   *
   * @param {Pass} pass
   * @param {ArrayLike<number>} dlogits
   * @param {boolean} grads  whether the gradients of parameters are wanted
   */
  backwardFrom(pass, dlogits, grads) {
    const last = pass.outputs.length - 1;
    const dinputs = new Array(last + 1), doutputs = new Array(last + 1);
    const allGrads = new Array(last + 1);
    /** @type {Record<string, Reals[]>} */
    const uses = {}; // gradients of a named output
    /** @type {Reals} */
    let dy = emptyLike(pass.outputs[last].data, dlogits.length);
    dy.set(dlogits);
    for (const layer of this.layers.slice().reverse()) {
      const i = layer.index, { shape, data } = pass.inputs[i];
      if (layer.kind === "as") dy = summed(dy, uses[layer.named] ?? []);
      const back = layer.backward(dy, data, pass.outputs[i].data, grads);
      if (back.dother) (uses[layer.named] ??= []).push(back.dother);
      doutputs[i] = { shape: layer.outShape, data: dy };
      dinputs[i] = { shape, data: back.dx };
      allGrads[i] = Object.fromEntries(Object.entries(back.grads).map(
        ([name, g]) => [name, { shape: layer.params[name].shape, data: g }]));
      dy = back.dx;
    }
    return { dinputs, doutputs, grads: allGrads };
  }

  /** Return the number of the layer "as NAME". @param {string} name */
  asLayer(name) {
    return this.layers.findIndex((layer) => layer.kind === "as" && layer.named === name);
  }

  /** Return the text that `buildNetwork` reads. */
  toString() {
    return this.layers.map((layer) => layer.text).join(" | ");
  }

  /** Return all parameters and state by name, not copied. @returns {Record<string, Tensor>} */
  get tensors() {
    /** @type {Record<string, Tensor>} */
    const all = {};
    for (const { index, params, state } of this.layers) {
      for (const [name, tensor] of Object.entries({ ...params, ...state })) {
        all[`${index}.${name}`] = tensor;
      }
    }
    return all;
  }

  /** Return a copy that computes in float64, with the weights as they are now. */
  inDouble() {
    const copies = Object.entries(this.tensors).map(([name, { shape, data }]) =>
      [name, { shape, data: Float64Array.from(data) }]);
    return buildNetwork(this.toString(), this.shape, Object.fromEntries(copies));
  }
}

/** Return whether a layer takes a named output besides. @param {Layer} layer */
function joins(layer) {
  return layer.kind === "add" || layer.kind === "concat";
}

/** @param {Reals} dy @param {Reals[]} others */
function summed(dy, others) {
  return dy.map((value, i) => others.reduce((sum, other) => sum + other[i], value));
}

/**
 * Return the network that a line of text describes, with its arrays (not copied).
 *
 * @param {string} architecture  as "pixels 1/255 | flatten | dense 60 | relu | dense 10"
 * @param {number[]} shape  (H, W) of the images
 * @param {Record<string, Tensor>} tensors  named NUMBER.NAME
 * @returns {Network}
 */
export function buildNetwork(architecture, shape, tensors) {
  /** @type {Record<string, number[]>} */
  const named = {};
  let inShape = shape;
  const layers = architecture.split("|").map((text, index) => {
    const [kind, ...words] = text.trim().split(/\s+/);
    if (!Object.hasOwn(LAYERS, kind)) throw new Error(`unknown layer: ${text.trim()}`);
    const make = LAYERS[/** @type {keyof typeof LAYERS} */ (kind)];
    const layer = new make(words, inShape, named);
    layer.index = index;
    takeArrays(layer, tensors);
    inShape = layer.outShape;
    if (kind === "as") named[words[0]] = inShape;
    return layer;
  });
  const double = Object.values(tensors).some(({ data }) => data instanceof Float64Array);
  return new Network(layers, shape, double);
}

/** @param {Layer} layer @param {Record<string, Tensor>} tensors */
function takeArrays(layer, tensors) {
  for (const [name, shape] of Object.entries(layer.expected)) {
    const tensor = tensors[`${layer.index}.${name}`];
    if (!tensor || String(tensor.shape) !== String(shape)) {
      throw new Error(`${layer.text}: expected ${name} of shape (${shape})`);
    }
    (layer.stateNames.includes(name) ? layer.state : layer.params)[name] = tensor;
  }
}
