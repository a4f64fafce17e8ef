// @ts-check
// Named arrays from a safetensors file: a model's, or the server's answer.

/**
 * @typedef {Float32Array | Float64Array} Reals
 * @typedef {{shape: number[], data: Reals}} Tensor  row-major: (H, W, C), or (D)
 */

/** Return how many numbers a shape holds. @param {number[]} shape */
export function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

/**
 * Return the arrays of a file as float32, by name.
 *
 * @param {ArrayBuffer} buffer
 * @returns {Record<string, Tensor>}
 */
export function readTensors(buffer) {
  const { begin, entries } = readHeader(buffer);
  /** @type {Record<string, Tensor>} */
  const tensors = {};
  for (const [name, { dtype, shape, data_offsets: [first, last] }] of entries) {
    const bytes = buffer.slice(begin + first, begin + last);
    tensors[name] = { shape, data: asFloat32(dtype, bytes) };
  }
  return tensors;
}

/**
 * Return what a file has beside its arrays: of a model of byhand, the JSON that says what
 * it is.
 *
 * @param {ArrayBuffer} buffer
 * @returns {any}
 */
export function readModelHeader(buffer) {
  return JSON.parse(readHeader(buffer).metadata.byhand ?? "{}");
}

/**
 * @typedef {{dtype: string, shape: number[], data_offsets: [number, number]}} Entry
 * @param {ArrayBuffer} buffer
 * @returns {{begin: number, entries: [string, Entry][], metadata: Record<string, string>}}
 */
function readHeader(buffer) {
  const length = Number(new DataView(buffer).getBigUint64(0, true));
  const text = new TextDecoder().decode(new Uint8Array(buffer, 8, length));
  const { __metadata__: metadata = {}, ...entries } = JSON.parse(text);
  return { begin: 8 + length, entries: Object.entries(entries), metadata };
}

/**
 * @param {string} type  of the numbers, as safetensors calls it
 * @param {ArrayBuffer} bytes
 */
function asFloat32(type, bytes) {
  if (type === "F32") return new Float32Array(bytes);
  if (type === "F64") return Float32Array.from(new Float64Array(bytes));
  if (type === "F16") return fromFloat16(new Uint16Array(bytes));
  throw new Error(`expected arrays of F16, F32 or F64, got ${type}`);
}

/**
 * Return numbers of 16 bits as float32: a sign, five bits of exponent, ten of fraction.
 *
 * @param {Uint16Array} halves
 */
export function fromFloat16(halves) {
  const y = new Float32Array(halves.length);
  for (let i = 0; i < halves.length; i++) {
    const sign = halves[i] & 0x8000 ? -1 : 1;
    const exponent = (halves[i] >> 10) & 31;
    const fraction = halves[i] & 1023;
    if (exponent === 31) y[i] = fraction ? NaN : sign * Infinity;
    else if (exponent === 0) y[i] = sign * fraction * 2 ** -24;
    else y[i] = sign * (1024 + fraction) * 2 ** (exponent - 25);
  }
  return y;
}
