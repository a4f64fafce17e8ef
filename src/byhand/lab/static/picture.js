// @ts-check
/**
 * Numbers as a picture: the channels of a tensor side by side, one pixel a number, crisp.
 *
 * The canvas has one pixel a number and CSS enlarges it by a whole factor. What is marked is
 * drawn over it in SVG, in the same coordinates.
 */

import { coloursOf, placeOf } from "./colours.js";
import { h, svg } from "./view.js";

/** @typedef {import("./colours.js").Scale} Scale */
/** @typedef {{x: number, y: number, width: number, height: number}} Box in canvas pixels */

/**
 * Where the numbers of a tensor are: tiles of height × width, `columns` of them a row.
 * @typedef {object} Layout
 * @property {number} height of a tile
 * @property {number} width of a tile
 * @property {number} count of tiles
 * @property {number} columns tiles a row
 * @property {number} gap pixels between tiles
 */

const FEW = 64; // single numbers that are shown larger

/**
 * The layout of a tensor in some room.
 * @param {number[]} shape (H, W), (H, W, C) or (D)
 * @param {number} room CSS pixels there are
 * @param {number} target CSS pixels that a tile should have about; single numbers get a fifth
 * @returns {{layout: Layout, zoom: number}} and how many CSS pixels a number has
 */
export function arranged(shape, room, target) {
  const flat = shape.length === 1;
  const [height, width] = flat ? [1, 1] : shape;
  const count = flat ? shape[0] : (shape[2] ?? 1);
  const gap = flat ? 0 : 1;
  const wanted = flat ? target / (count > FEW ? 5 : 2) : target / Math.max(height, width);
  const widest = Math.floor(room / width) || 1;
  const zoom = Math.max(1, Math.min(widest, Math.round(wanted)));
  const fitting = Math.floor((room / zoom + gap) / (width + gap));
  const columns = Math.max(1, Math.min(count, fitting));
  const across = even(count, columns, flat && count > FEW);
  return { layout: { height, width, count, columns: across, gap }, zoom };
}

/** The target that gives numbers this zoom. @param {number[]} shape @param {number} zoom */
export const targetOf = (shape, zoom) =>
  zoom * (shape.length === 1 ? (shape[0] > FEW ? 5 : 2) : Math.max(shape[0], shape[1]));

/** As few columns as give the same number of rows. @param {number} count
 * @param {number} columns @param {boolean} flat */
const even = (count, columns, flat) =>
  flat ? columns : Math.ceil(count / Math.ceil(count / columns));

/** The size of the canvas. @param {Layout} layout */
export function sizeOf({ height, width, count, columns, gap }) {
  const rows = Math.ceil(count / columns);
  return { width: columns * (width + gap) - gap, height: rows * (height + gap) - gap };
}

/** The upper left pixel of a tile. @param {Layout} layout @param {number} tile */
export function cornerOf({ height, width, columns, gap }, tile) {
  const row = Math.floor(tile / columns);
  return { x: (tile % columns) * (width + gap), y: row * (height + gap) };
}

/** The flat index in (H, W, C) order of the number at a pixel; -1 between tiles.
 * @param {Layout} layout @param {number} x @param {number} y */
export function indexAt(layout, x, y) {
  const { height, width, count, columns, gap } = layout;
  const column = Math.floor(x / (width + gap));
  const tile = Math.floor(y / (height + gap)) * columns + column;
  const [i, j] = [y % (height + gap), x % (width + gap)];
  if (x < 0 || y < 0 || column >= columns || tile >= count || i >= height || j >= width) return -1;
  return (i * width + j) * count + tile;
}

/** Row, column and channel of a flat index. @param {Layout} layout @param {number} index */
export function placeIn({ width, count }, index) {
  const at = Math.floor(index / count);
  return { row: Math.floor(at / width), column: at % width, channel: index % count };
}

/** The pixel of a flat index. @param {Layout} layout @param {number} index @returns {Box} */
export function boxOf(layout, index) {
  const { row, column, channel } = placeIn(layout, index);
  const { x, y } = cornerOf(layout, channel);
  return { x: x + column, y: y + row, width: 1, height: 1 };
}

/**
 * Paint numbers on a canvas.
 * @param {HTMLCanvasElement} canvas
 * @param {ArrayLike<number>} data in (H, W, C) order
 * @param {Layout} layout
 * @param {Scale} scale
 * @param {boolean} dark whether the page is dark
 */
export function paint(canvas, data, layout, scale, dark) {
  const size = sizeOf(layout);
  if (canvas.width !== size.width || canvas.height !== size.height) {
    Object.assign(canvas, size);
  }
  const pixels = new ImageData(size.width, size.height);
  const words = new Uint32Array(pixels.data.buffer);
  const colours = packed(coloursOf(scale, dark));
  const { height, width, count } = layout;
  for (let tile = 0; tile < count; tile++) {
    const { x, y } = cornerOf(layout, tile);
    for (let i = 0; i < height; i++) {
      for (let j = 0; j < width; j++) {
        const value = data[(i * width + j) * count + tile];
        words[(y + i) * size.width + x + j] = colours[placeOf(value, scale)];
      }
    }
  }
  canvas.getContext("2d")?.putImageData(pixels, 0, 0);
}

/** Four bytes a colour, as ImageData has them. @param {Uint8Array} table */
function packed(table) {
  const bytes = new Uint8Array(1024);
  for (let i = 0; i < 256; i++) bytes.set([...table.subarray(3 * i, 3 * i + 3), 255], 4 * i);
  return new Uint32Array(bytes.buffer);
}

/**
 * A picture and what is marked on it.
 * @returns {{node: HTMLElement, canvas: HTMLCanvasElement, show: Function, mark: Function}}
 */
export function picture() {
  const canvas = h("canvas", { width: 1, height: 1, "aria-hidden": "true" });
  const marks = svg("svg", { class: "marks", "aria-hidden": "true" });
  const node = h("div", { class: "picture" }, canvas, marks);
  return {
    node,
    canvas,
    /** @param {ArrayLike<number>} data @param {Layout} layout @param {number} zoom
     * @param {Scale} scale @param {boolean} dark */
    show(data, layout, zoom, scale, dark) {
      paint(canvas, data, layout, scale, dark);
      const size = sizeOf(layout);
      node.style.setProperty("width", `${size.width * zoom}px`);
      node.style.setProperty("height", `${size.height * zoom}px`);
      marks.setAttribute("viewBox", `0 0 ${size.width} ${size.height}`);
    },
    /** @param {Array<Box & {kind: string}>} boxes of kind "unit", "window" or "winner" */
    mark(boxes) {
      marks.replaceChildren(
        ...boxes.flatMap(({ kind, ...box }) => [
          svg("rect", { ...box, class: "mark-edge" }),
          svg("rect", { ...box, class: `mark-${kind}` }),
        ]),
      );
    },
  };
}
