// @ts-check
/** Drawings as vectors: strokes, in the units of the pad, packed small for addresses. */

/** The pad's size in its own units, whatever its size on the screen. */
export const PAD = { width: 480, height: 360 };

/** A point, and the stroke's width there. @typedef {[x: number, y: number, width: number]} Point */
/** @typedef {{eraser: boolean, points: Point[]}} Stroke */
/** @typedef {{kind: "strokes", strokes: Stroke[]}
 *   | {kind: "picture", grey: {width: number, height: number, data: Uint8Array}}
 *   | {kind: "square", pixels: Uint8Array, index: number | null, label: number | null}} Drawing */

/** @type {Drawing} */
export const EMPTY = { kind: "strokes", strokes: [] };

const MOST_POINTS = 20_000; // of a packed drawing; more is not ours

/** @param {Drawing} drawing */
export const isEmpty = (drawing) => drawing.kind === "strokes" && drawing.strokes.length === 0;

/** A position as it is kept: in half units, so that packing loses nothing. @param {number} value */
export const kept = (value) => Math.round(value * 2) / 2;

/**
 * Strokes as bytes: for each its kind and number of points, then differences in half units.
 * @param {Stroke[]} strokes @returns {Uint8Array}
 */
export function pack(strokes) {
  /** @type {number[]} */
  const bytes = [];
  /** @param {number} value */
  const put = (value) => {
    for (; value > 127; value = Math.floor(value / 128)) bytes.push((value % 128) + 128);
    bytes.push(value);
  };
  /** @param {number} value */
  const putSigned = (value) => put(value < 0 ? -2 * value - 1 : 2 * value);
  for (const { eraser, points } of strokes) {
    put(points.length * 2 + (eraser ? 1 : 0));
    let before = [0, 0, 0];
    for (const point of points) {
      const now = point.map((value) => Math.round(value * 2));
      now.forEach((value, axis) => putSigned(value - before[axis]));
      before = now;
    }
  }
  return Uint8Array.from(bytes);
}

/**
 * The strokes of packed bytes; null if these are not packed strokes.
 * @param {Uint8Array} bytes @returns {Stroke[] | null}
 */
export function unpack(bytes) {
  let at = 0;
  let count = 0;
  const take = () => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      if (at >= bytes.length || scale > 2 ** 28) throw new RangeError("cut off");
      const byte = bytes[at++];
      value += (byte % 128) * scale;
      if (byte < 128) return value;
    }
  };
  const takeSigned = () => {
    const value = take();
    return value % 2 ? -(value + 1) / 2 : value / 2;
  };
  /** @type {Stroke[]} */
  const strokes = [];
  try {
    while (at < bytes.length) {
      const head = take();
      const length = Math.floor(head / 2);
      count += length;
      if (count > MOST_POINTS || length === 0) return null;
      const now = [0, 0, 0];
      /** @type {Point[]} */
      const points = [];
      for (let number = 0; number < length; number++) {
        for (let axis = 0; axis < 3; axis++) now[axis] += takeSigned();
        points.push([now[0] / 2, now[1] / 2, now[2] / 2]);
      }
      strokes.push({ eraser: head % 2 === 1, points });
    }
  } catch {
    return null;
  }
  return strokes;
}
