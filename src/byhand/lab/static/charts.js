// @ts-check
/**
 * Charts on a canvas: curves and histograms that are shown again as their numbers change.
 *
 * Values are read under the pointer and by the arrow keys; a table beside has them as text.
 * `lines` and `bins` are functions of signals. Letters: x, y numbers; px, py pixels.
 */

import { logTicks, placeBefore, rounded, thinned, ticks } from "./chart_scales.js";
import { brief } from "./decimals.js";
import { computed, effect, h, signal } from "./view.js";
import { charts as text } from "./words_charts.js";

/** @typedef {{name: string, x: ArrayLike<number>, y: ArrayLike<number>, colour?: number}} Line
 *   x ascending; y that is no finite number is left out; colour 0 to 5, its place unless given */
/** @typedef {{low: number, high: number, counts: number[]}} Bins counts of equal intervals */
/** @typedef {{left: number, top: number, width: number, height: number}} Area in CSS pixels */
/** @typedef {{px: (x: number) => number, py: (y: number) => number}} Place */
/**
 * What is in a frame: `stops` places for the cursor, at `share(i)` of the width; what to say at
 * one; the rows of the table, heads first; and how it is drawn.
 * @typedef {object} Content
 * @property {number} stops
 * @property {(i: number) => number} share
 * @property {(i: number) => {at: string, values: (string | null)[]}} read
 * @property {() => string[][]} rows
 * @property {[number, number]} x @property {[number, number]} y
 * @property {number[]} xTicks @property {number[]} yTicks
 * @property {boolean} log
 * @property {(pen: CanvasRenderingContext2D, place: Place, at: number | null) => void} draw
 */

const COLOURS = 6; // --chart-0 to --chart-5
const DASHES = [[], [7, 4], [2, 3], [9, 3, 2, 3], [4, 2], [12, 4]];
const ROWS = 40; // of a table at most
const BOTTOM = 22, TOP = 8, RIGHT = 10, GAP = 6; // CSS pixels

/** @param {number} x */
const plain = (x) => x.toLocaleString("en", { maximumSignificantDigits: 6 }).replace("-", "−");

/**
 * Curves with a common x.
 * @param {object} chart
 * @param {string} chart.x what x is, "step" @param {string} chart.y what y is, "loss"
 * @param {() => Line[]} chart.lines
 * @param {() => [number, number] | null} [chart.span] of x, where not as the lines have it
 * @param {() => boolean} [chart.log] whether y is logarithmic
 * @param {[number, number]} [chart.range] of y, where it is known
 * @param {() => unknown} [chart.redraw] read as well: the page's colours
 * @param {(y: number) => string} [chart.format] of y
 * @param {number} [chart.height] CSS pixels
 */
export function lineChart({ x, y, lines, span = () => null, log = () => false, range,
  redraw = () => 0, format = brief, height = 200 }) {
  return frame({ x, y, redraw, format, height, names: () => lines().map(({ name, colour }, i) =>
    ({ name, colour: colour ?? i })), content: () => curves(lines(), span(), log(), range) });

  /** @param {Line[]} all @param {[number, number] | null} wanted @param {boolean} wantsLog
   * @param {[number, number]} [within] @returns {Content | null} */
  function curves(all, wanted, wantsLog, within) {
    const values = all.flatMap((line) => Array.from(line.y)).filter(Number.isFinite);
    if (!values.length) return null;
    const positive = values.filter((value) => value > 0), logs = wantsLog && positive.length > 0;
    const used = logs ? positive : values;
    const low = used.reduce((a, b) => Math.min(a, b)), high = used.reduce((a, b) => Math.max(a, b));
    const whereY = within ?? (logs ? /** @type {[number, number]} */ ([low, high * 1.0001])
      : rounded(Math.min(low, low > 0 && low < high / 2 ? 0 : low), high));
    const longest = all.reduce((a, b) => (b.x.length > a.x.length ? b : a));
    const ends = all.filter((line) => line.x.length);
    const whereX = wanted ?? [Math.min(...ends.map((line) => line.x[0])),
      Math.max(...ends.map((line) => line.x[line.x.length - 1]))];
    if (whereX[0] === whereX[1]) whereX[1] += 1;
    /** @param {number} i */
    const read = (i) => ({ at: plain(longest.x[i]), values: all.map((line) => {
      const place = placeBefore(line.x, longest.x[i]);
      return line.x[place] <= longest.x[i] ? format(line.y[place]) : null;
    }) });
    return {
      stops: longest.x.length, read, x: /** @type {[number, number]} */ (whereX), y: whereY,
      log: logs, xTicks: ticks(whereX[0], whereX[1]),
      yTicks: logs ? logTicks(whereY[0], whereY[1]) : ticks(whereY[0], whereY[1]),
      share: (i) => (longest.x[i] - whereX[0]) / (whereX[1] - whereX[0]),
      rows: () => [[x, ...all.map((line) => line.name)], ...spread(longest.x.length).map((i) => {
        const { at, values: found } = read(i);
        return [at, ...found.map((value) => value ?? "")];
      })],
      draw: (pen, { px, py }, at) => all.forEach((line, i) => {
        const points = Array.from(line.x, (value, j) => ({ px: px(value), py: py(line.y[j]) }))
          .filter((point) => Number.isFinite(point.py));
        pen.strokeStyle = pen.fillStyle = colourOf(pen.canvas, line.colour ?? i);
        pen.setLineDash(DASHES[(line.colour ?? i) % COLOURS]);
        pen.beginPath();
        thinned(points).forEach((point) => pen.lineTo(point.px, point.py));
        if (points.length === 1) pen.arc(points[0].px, points[0].py, 1, 0, 2 * Math.PI);
        pen.stroke();
        pen.setLineDash([]);
        const place = at === null ? 0 : placeBefore(line.x, longest.x[at]);
        if (at === null || !Number.isFinite(line.y[place])) return;
        pen.beginPath();
        pen.arc(px(line.x[place]), py(line.y[place]), 3.5, 0, 2 * Math.PI);
        pen.fill();
      }),
    };
  }
}

/**
 * A histogram.
 * @param {object} chart
 * @param {string} chart.x what is counted, "weights" @param {() => Bins | null} chart.bins
 * @param {() => unknown} [chart.redraw] @param {number} [chart.height]
 */
export function histogram({ x, bins, redraw = () => 0, height = 110 }) {
  return frame({ x, y: text.count, title: x, latest: false, redraw, format: plain, height,
    names: () => [{ name: text.count, colour: 0 }], content: () => {
      const found = bins();
      return found && found.counts.length && found.high > found.low ? bars(found) : null;
    } });

  /** @param {Bins} found @returns {Content} */
  function bars({ low, high, counts }) {
    const size = (high - low) / counts.length, most = Math.max(1, ...counts);
    /** @param {number} i */
    const read = (i) => ({ values: [plain(counts[i])],
      at: text.between(brief(low + i * size), brief(low + (i + 1) * size)) });
    return {
      stops: counts.length, read, share: (i) => (i + 0.5) / counts.length,
      x: [low, high], y: [0, most], log: false, xTicks: ticks(low, high), yTicks: [most],
      rows: () => [[x, text.count], ...counts.map((_, i) => [read(i).at, ...read(i).values])],
      draw: (pen, { px, py }, at) => counts.forEach((count, i) => {
        const left = px(low + i * size), right = px(low + (i + 1) * size);
        pen.fillStyle = colourOf(pen.canvas, at === i ? 1 : 0);
        pen.fillRect(left, py(count), Math.max(1, right - left - 1), py(0) - py(count));
      }),
    };
  }
}

/** Up to ROWS places of so many, the last one among them. @param {number} count */
const spread = (count) => Array.from({ length: Math.min(count, ROWS) }, (_, i) =>
  count <= ROWS ? i : Math.round((i * (count - 1)) / (ROWS - 1)));

/** A colour of the page, worked out. @param {Element} element @param {number} colour */
const colourOf = (element, colour) => getComputedStyle(/** @type {Element} */ (
  element.parentElement?.querySelector(`[data-colour="${colour % COLOURS}"]`))).color;

/**
 * A canvas with its axes, its cursor and its table.
 * @param {object} chart
 * @param {string} chart.x @param {string} chart.y @param {string} [chart.title]
 * @param {boolean} [chart.latest] whether the last values are said where there is no cursor
 * @param {number} chart.height @param {() => {name: string, colour: number}[]} chart.names
 * @param {() => unknown} chart.redraw
 * @param {(y: number) => string} chart.format @param {() => Content | null} chart.content
 * @returns {HTMLElement}
 */
function frame({ x, y, title = y, latest = true, height, names, redraw, format, content }) {
  const now = computed(content), width = signal(0);
  const at = signal(/** @type {number | null} */ (null));
  const open = signal(false), area = { left: 0, top: TOP, width: 0, height: height - TOP - BOTTOM };
  const canvas = h("canvas", { "aria-hidden": "true", style: { height: `${height}px` } });
  const stop = () => (at.value === null || !now.value ? null
    : Math.min(at.value, now.value.stops - 1));
  const said = computed(() => now.value && now.value.stops && (latest || stop() !== null)
    ? now.value.read(stop() ?? now.value.stops - 1) : null);

  /** @param {PointerEvent} event */
  function point(event) {
    const found = now.peek();
    if (!found?.stops) return;
    const share = (event.clientX - canvas.getBoundingClientRect().left - area.left) / area.width;
    let low = 0, high = found.stops - 1;
    while (low < high) { // shares ascend
      const middle = (low + high) >> 1;
      if ((found.share(middle) + found.share(middle + 1)) / 2 < share) low = middle + 1;
      else high = middle;
    }
    at.value = low;
  }
  /** @param {KeyboardEvent} event */
  function step(event) {
    const last = (now.peek()?.stops ?? 0) - 1, from = at.peek() ?? last + 1;
    const far = Math.max(1, Math.round(last / 10));
    const to = { ArrowLeft: from - 1, ArrowRight: from + 1, PageUp: from - far, Home: 0,
      PageDown: from + far, End: last }[event.key];
    if (event.key === "Escape") at.value = null;
    if (to === undefined || last < 0) return;
    at.value = Math.max(0, Math.min(last, to));
    event.preventDefault();
  }

  const last = () => Math.max(0, (now.value?.stops ?? 1) - 1);
  const plot = h("div", { class: "plot", tabindex: "0", role: "slider", "aria-valuemin": "0",
    "aria-label": text.name(y, x), "aria-valuemax": () => String(last()),
    "aria-valuenow": () => String(stop() ?? last()),
    "aria-valuetext": () => (said.value ? `${x} ${said.value.at}: ${names().map(({ name }, i) =>
      `${name} ${said.value?.values[i] ?? ""}`).join(", ")}` : text.none), onkeydown: step,
    onpointermove: point, onpointerdown: point, onpointerleave: () => (at.value = null),
    onblur: () => (at.value = null) }, canvas,
  h("span", { class: "plot-none", hidden: () => now.value !== null }, text.none),
  h("span", { class: "plot-colours", hidden: true }, ...Array.from({ length: COLOURS }, (_, i) =>
    h("span", { "data-colour": String(i) }))));
  const legend = h("p", { class: () => `plot-legend${said.value ? "" : " at-rest"}`,
    "aria-hidden": "true" }, h("span", {}, () =>
    `${x} ${said.value?.at ?? "–"}`), () => names().map(({ name, colour }, i) => h("span",
    { class: "plot-name" }, h("i", { class: `dash-${colour % COLOURS}`,
      "data-colour": String(colour % COLOURS) }), name, " ",
    h("b", {}, () => said.value?.values[i] ?? "–"))));
  const table = h("details", { class: "plot-table", ontoggle: (/** @type {Event} */ event) =>
    (open.value = /** @type {HTMLDetailsElement} */ (event.target).open) },
  h("summary", {}, text.table), () => open.value && now.value && tableOf(now.value.rows()));

  let waiting = 0;
  effect(() => {
    redraw();
    const found = now.value, shown = stop(), size = width.value;
    cancelAnimationFrame(waiting);
    waiting = requestAnimationFrame(() => size && paint(canvas, size, height, area, found, shown,
      format));
  });
  new ResizeObserver(([{ contentRect }]) => (width.value = contentRect.width)).observe(plot);
  return h("figure", { class: "chart" }, h("figcaption", {}, title), legend, plot, table);
}

/** @param {string[][]} rows heads first */
const tableOf = ([heads, ...rows]) => h("div", { class: "plot-rows", tabindex: "0", role: "region",
  "aria-label": text.table }, h("table", {},
  h("thead", {}, h("tr", {}, ...heads.map((head) => h("th", { scope: "col" }, head)))),
  h("tbody", {}, ...rows.map(([first, ...rest]) => h("tr", {}, h("th", { scope: "row" }, first),
    ...rest.map((value) => h("td", {}, value)))))));

/** Draw axes and content. @param {HTMLCanvasElement} canvas @param {number} width
 * @param {number} height @param {Area} area is set @param {Content | null} found
 * @param {number | null} at @param {(y: number) => string} format */
function paint(canvas, width, height, area, found, at, format) {
  const ratio = devicePixelRatio, pen = /** @type {CanvasRenderingContext2D} */
    (canvas.getContext("2d")), style = getComputedStyle(canvas);
  [canvas.width, canvas.height] = [Math.round(width * ratio), Math.round(height * ratio)];
  pen.scale(ratio, ratio);
  if (!found) return;
  pen.font = `${style.fontSize} ${style.fontFamily}`;
  const { x, y, log } = found, labels = found.yTicks.map(format);
  area.left = GAP + Math.max(...labels.map((label) => pen.measureText(label).width));
  area.width = width - area.left - RIGHT;
  const [low, high] = log ? y.map(Math.log) : y;
  const px = (/** @type {number} */ value) => area.left +
    ((value - x[0]) / (x[1] - x[0])) * area.width;
  const py = (/** @type {number} */ value) => area.top + area.height * (1 -
    ((log ? Math.log(value) : value) - low) / (high - low || 1));
  [pen.strokeStyle, pen.fillStyle] = [style.borderColor, style.color];
  [pen.textAlign, pen.textBaseline] = ["right", "middle"];
  found.yTicks.forEach((tick, i) => {
    pen.fillText(labels[i], area.left - GAP, py(tick));
    rule(pen, area.left, py(tick), area.left + area.width, py(tick));
  });
  [pen.textAlign, pen.textBaseline] = ["center", "top"];
  for (const tick of found.xTicks) {
    const half = pen.measureText(plain(tick)).width / 2;
    pen.fillText(plain(tick), Math.min(px(tick), width - half), height - BOTTOM + GAP);
    rule(pen, px(tick), area.top + area.height, px(tick), area.top + area.height + 3);
  }
  const cursor = at === null ? null : area.left + found.share(at) * area.width;
  if (cursor !== null) rule(pen, cursor, area.top, cursor, area.top + area.height);
  [pen.lineWidth, pen.lineJoin] = [1.75, "round"];
  found.draw(pen, { px, py }, at);
}

/** A line of one pixel. @param {CanvasRenderingContext2D} pen @param {number} x0
 * @param {number} y0 @param {number} x1 @param {number} y1 */
function rule(pen, x0, y0, x1, y1) {
  pen.beginPath();
  pen.moveTo(Math.round(x0) + 0.5, Math.round(y0) + 0.5);
  pen.lineTo(Math.round(x1) + 0.5, Math.round(y1) + 0.5);
  pen.stroke();
}
