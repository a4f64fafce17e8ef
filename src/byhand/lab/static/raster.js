// @ts-check
/**
 * Strokes as grey levels, dark ink on light paper, computed here and not read back from a canvas:
 * the same strokes give the same levels in every browser.
 */

/** @typedef {import("./strokes.js").Stroke} Stroke */
/** @typedef {{width: number, height: number, data: Uint8Array}} Grey */

const PAPER = 255;

/**
 * @param {Stroke[]} strokes in units of pixels, in the order in which they were drawn
 * @param {number} width @param {number} height
 * @returns {Grey}
 */
export function rasterise(strokes, width, height) {
  const data = new Uint8Array(width * height).fill(PAPER);
  const grey = { width, height, data };
  const covered = new Float32Array(width * height); // how far this stroke covers each pixel, 0 to 1
  for (const { eraser, points } of strokes) {
    const box = cover(covered, grey, points);
    for (let y = box.top; y < box.bottom; y++) {
      for (let at = y * width + box.left; at < y * width + box.right; at++) {
        const to = eraser ? PAPER : 0;
        data[at] = Math.round(data[at] + (to - data[at]) * covered[at]);
        covered[at] = 0;
      }
    }
  }
  return grey;
}

/** Write a stroke's cover; return the box of pixels it may have touched.
 * @param {Float32Array} covered @param {Grey} grey @param {Stroke["points"]} points */
function cover(covered, grey, points) {
  const box = { left: grey.width, top: grey.height, right: 0, bottom: 0 };
  for (let number = 0; number < points.length; number++) {
    const from = points[Math.max(number - 1, 0)];
    const part = coverSegment(covered, grey, from, points[number]);
    box.left = Math.min(box.left, part.left);
    box.top = Math.min(box.top, part.top);
    box.right = Math.max(box.right, part.right);
    box.bottom = Math.max(box.bottom, part.bottom);
  }
  return box;
}

/** A pixel is covered by how deep its centre lies inside the round-ended, tapering segment.
 * @param {Float32Array} covered @param {Grey} grey
 * @param {Stroke["points"][0]} from @param {Stroke["points"][0]} to */
function coverSegment(covered, grey, [x0, y0, w0], [x1, y1, w1]) {
  const reach = Math.max(w0, w1) / 2 + 1;
  const left = Math.max(0, Math.floor(Math.min(x0, x1) - reach));
  const top = Math.max(0, Math.floor(Math.min(y0, y1) - reach));
  const right = Math.min(grey.width, Math.ceil(Math.max(x0, x1) + reach));
  const bottom = Math.min(grey.height, Math.ceil(Math.max(y0, y1) + reach));
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length2 = dx * dx + dy * dy;
  for (let y = top; y < bottom; y++) {
    for (let x = left; x < right; x++) {
      const [px, py] = [x + 0.5 - x0, y + 0.5 - y0];
      const along = length2 ? Math.min(1, Math.max(0, (px * dx + py * dy) / length2)) : 0;
      const [ex, ey] = [px - along * dx, py - along * dy];
      const radius = (w0 + (w1 - w0) * along) / 2;
      const inside = radius - Math.sqrt(ex * ex + ey * ey) + 0.5;
      const at = y * grey.width + x;
      if (inside > covered[at]) covered[at] = Math.min(1, inside);
    }
  }
  return { left, top, right, bottom };
}

/**
 * A picture made as small as a network's square and nothing else: fitted in, averaged, ink bright.
 * @param {Grey} grey @param {[number, number]} shape height and width
 * @returns {Uint8Array}
 */
export function shrunk(grey, [height, width]) {
  const scale = Math.max(grey.width / width, grey.height / height); // picture's pixels per ours
  const [left, top] = [(grey.width - width * scale) / 2, (grey.height - height * scale) / 2];
  const small = new Uint8Array(height * width);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const [x0, y0] = [left + x * scale, top + y * scale];
      const level = average(grey, [x0, y0, x0 + scale, y0 + scale]);
      small[y * width + x] = Math.round(PAPER - level);
    }
  }
  return small;
}

/** The average level over a box with fractional edges; paper outside the picture.
 * @param {Grey} grey @param {number[]} box left, top, right, bottom */
function average({ width, height, data }, [left, top, right, bottom]) {
  let [sum, area] = [0, 0];
  for (let y = Math.floor(top); y < bottom; y++) {
    const tall = Math.min(y + 1, bottom) - Math.max(y, top);
    for (let x = Math.floor(left); x < right; x++) {
      const share = tall * (Math.min(x + 1, right) - Math.max(x, left));
      const within = x >= 0 && x < width && y >= 0 && y < height;
      sum += share * (within ? data[y * width + x] : PAPER);
      area += share;
    }
  }
  return area ? sum / area : PAPER;
}
