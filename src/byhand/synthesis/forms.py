"""Printed lines of forms that digits stand in or touch: boxes, combs, frames, tables.

Letters: H, W height and width of a layer; L lines, each from x, y to x, y.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from byhand.synthesis.drawing import blank, chosen, lines, polyline
from byhand.types import Floats, Grey

Size = tuple[float, float]  # height and width in pixels


@dataclass(frozen=True)
class Row:
    """Cells for digits, side by side.

    Attributes:
        x: left side of the first cell, in pixels.
        y: upper side of the cells.
        cell: width of a cell.
        height: of a cell.
        count: of cells.
        gap: pixels between two cells.
    """

    x: float
    y: float
    cell: float
    height: float
    count: int
    gap: float = 0.0

    @property
    def lefts(self) -> Floats:
        """The left sides (count,) of the cells."""
        return self.x + (self.cell + self.gap) * np.arange(self.count)

    @property
    def right(self) -> float:
        """The right side of the last cell."""
        return float(self.lefts[-1] + self.cell)

    @property
    def bottom(self) -> float:
        """The lower side of the cells."""
        return self.y + self.height


@dataclass(frozen=True)
class Stroke:
    """How a printed line is drawn.

    Attributes:
        width: in pixels; below one a line is fainter.
        dash: length of a dash in pixels; 0 for a line without gaps.
        gap: between two dashes.
    """

    width: float = 1.0
    dash: float = 0.0
    gap: float = 0.0


def stroke(height: float, rng: np.random.Generator, heavy: float = 0.15) -> Stroke:
    """Return a line's thickness and dashes, at random, for digits of a height.

    Args:
        height: of a digit in pixels.
        rng: draws them.
        heavy: share of lines that are thick black ones.
    """
    kind = rng.random()
    if kind < heavy:
        width = height * rng.uniform(0.08, 0.25)
    elif kind < heavy + 0.25:
        width = rng.uniform(0.6, 1.1)  # a hair, one pixel of a scan
    else:
        width = height * rng.uniform(0.015, 0.08)
    dashes = rng.random()
    if dashes < 0.75:
        return Stroke(max(0.5, width))
    if dashes < 0.87:  # dots
        width = max(1.0, width)
        return Stroke(width, 0.01, width * rng.uniform(1.5, 4))
    return Stroke(max(0.7, width), *(height * rng.uniform(0.1, 0.5, 2)))


def draw(layer: Grey, segments: Floats, how: Stroke) -> None:
    """Draw printed lines (L, 4) into a layer, dashed if they are to be."""
    if how.dash:
        segments = dashed(segments, how.dash, how.gap + how.width)
    lines(layer, segments, how.width)


def dashed(segments: Floats, dash: float, gap: float) -> Floats:
    """Return the dashes (K, 4) of lines (L, 4)."""
    out = []
    for x0, y0, x1, y1 in np.asarray(segments, np.float64):
        length = max(np.hypot(x1 - x0, y1 - y0), 1e-6)
        begin = np.arange(0, length, max(dash + gap, 0.5)) / length
        end = np.minimum(begin + dash / length, 1)
        dx, dy = x1 - x0, y1 - y0
        ends = (x0 + begin * dx, y0 + begin * dy, x0 + end * dx, y0 + end * dy)
        out.append(np.stack(ends, axis=1))
    return np.concatenate(out) if out else np.zeros((0, 4))


def boxes(row: Row) -> Floats:
    """Return the lines (L, 4) of a box around each cell."""
    x, r, y, b = row.lefts, row.lefts + row.cell, row.y, row.bottom
    sides = [(a, y, a, b) for a in (*x, *r)]
    return np.array(
        sides + [(a, s, c, s) for a, c in zip(x, r, strict=True) for s in (y, b)]
    )


def comb(row: Row, tooth: float = 0.4) -> Floats:
    """Return a line (L, 4) below the cells, with teeth of a share of their height."""
    top = row.bottom - tooth * row.height
    xs = [*row.lefts, row.right]
    return np.array(
        [
            (row.x, row.bottom, row.right, row.bottom),
            *((x, top, x, row.bottom) for x in xs),
        ]
    )


def ticked(row: Row) -> Floats:
    """Return a frame (L, 4) with short strokes between the cells, above and below."""
    short = 0.2 * row.height
    xs = row.lefts[1:] - row.gap / 2
    above = [(x, row.y, x, row.y + short) for x in xs]
    below = [(x, row.bottom - short, x, row.bottom) for x in xs]
    return np.concatenate([frame(row), np.reshape(above + below, (-1, 4))])


def frame(row: Row) -> Floats:
    """Return one box (L, 4) around all cells."""
    x, y, r, b = row.x, row.y, row.right, row.bottom
    return np.array([(x, y, r, y), (r, y, r, b), (r, b, x, b), (x, b, x, y)])


def baseline(row: Row) -> Floats:
    """Return a line (1, 4) below the cells."""
    return np.array([(row.x, row.bottom, row.right, row.bottom)])


def dashes(row: Row) -> Floats:
    """Return a short line (L, 4) below each cell."""
    inset = 0.12 * row.cell
    b = row.bottom
    return np.array([(x + inset, b, x + row.cell - inset, b) for x in row.lefts])


def separators(row: Row) -> Floats:
    """Return the lines (L, 4) between cells alone."""
    xs = row.lefts[1:] - row.gap / 2
    return np.reshape([(x, row.y, x, row.bottom) for x in xs], (-1, 4)).astype(float)


def brackets(row: Row) -> Floats:
    """Return a bracket (L, 4) at each end."""
    out, tip = [], 0.2 * row.height
    for x, step in ((row.x, tip), (row.right, -tip)):
        out += [(x, row.y, x, row.bottom)]
        out += [(x, y, x + step, y) for y in (row.y, row.bottom)]
    return np.array(out)


FIELDS = {
    "boxes": boxes, "comb": comb, "ticked": ticked, "frame": frame,
    "baseline": baseline, "dashes": dashes, "separators": separators,
    "brackets": brackets,
}  # fmt: skip


def field(size: Size, row: Row, kind: str, how: Stroke) -> Grey:
    """Return a layer (H, W) with the lines of a row of cells.

    Args:
        size: H and W.
        row: the cells.
        kind: a name in FIELDS.
        how: the lines.
    """
    layer = blank(*size)
    draw(layer, FIELDS[kind](row), how)
    return layer


def double(row: Row, by: float) -> Row:
    """Return a row of one cell around another's cells, larger by some pixels."""
    width = row.right - row.x + 2 * by
    return Row(row.x - by, row.y - by, width, row.height + 2 * by, 1)


def rounded_frame(layer: Grey, row: Row, radius: float, how: Stroke) -> None:
    """Draw a frame with round corners around all cells into a layer."""
    x, y, r, b = row.x, row.y, row.right, row.bottom
    radius = min(radius, (r - x) / 2, (b - y) / 2)
    corners = ((r - radius, y + radius), (r - radius, b - radius),
               (x + radius, b - radius), (x + radius, y + radius))  # fmt: skip
    points = []
    for number, (cx, cy) in enumerate(corners):
        turn = np.radians(np.linspace(-90, 0, 6) + 90 * number)
        points.append(
            np.stack([cx + radius * np.cos(turn), cy + radius * np.sin(turn)], 1)
        )
    polyline(layer, np.concatenate([*points, points[0][:1]]), how.width)


def table(
    size: Size, xs: Floats, ys: Floats, height: float, rng: np.random.Generator
) -> Grey:
    """Return a layer (H, W) with a table: lines at columns xs and rows ys.

    Some tables have no vertical lines or no outer ones, others a double line below the
    header, thicker ones around it, or a different thickness for each direction.
    """
    layer = blank(*size)
    across, down = stroke(height, rng, 0.05), stroke(height, rng, 0.05)
    horizontal = np.array([(xs[0], y, xs[-1], y) for y in ys])
    vertical = np.array([(x, ys[0], x, ys[-1]) for x in xs])
    kind = rng.random()
    if kind < 0.15:
        vertical = vertical[:0]
    elif kind < 0.25:
        horizontal, vertical = horizontal[1:-1], vertical[1:-1]
    elif kind < 0.35:
        horizontal = horizontal[:0]
    draw(layer, horizontal, across)
    draw(layer, vertical, down if rng.random() < 0.4 else across)
    if rng.random() < 0.4:
        below = ys[min(1, len(ys) - 1)] + 2 * across.width + 1
        heavy = replace(across, width=across.width * rng.uniform(1, 3), dash=0)
        draw(layer, np.array([(xs[0], below, xs[-1], below)]), heavy)
    if rng.random() < 0.3:
        outer = Row(xs[0], ys[0], xs[-1] - xs[0], ys[-1] - ys[0], 1)
        draw(layer, frame(outer), stroke(height, rng, 0.6))
    return layer


def cut_frames(size: Size, height: float, rng: np.random.Generator) -> Grey:
    """Return a layer (H, W) with what is left at the edges of a field cut from a form.

    Parts of a frame along one or more sides, corners, and ends of the strokes that
    part cells: short upright bars much like a 1.
    """
    h, w = size
    layer, how = blank(h, w), stroke(height, rng, 0.3)
    how = replace(how, dash=0.0)
    tilt = rng.normal(0, 0.01)
    for side in np.flatnonzero(rng.random(4) < 0.5):
        away = rng.uniform(-0.5, 0.35) * height * 0.5
        begin, end = (0.0, 1.0) if rng.random() < 0.6 else sorted(rng.random(2))
        if side < 2:  # left, right
            x = away if side == 0 else w - 1 - away
            polyline(layer, [(x, begin * h), (x + tilt * h, end * h)], how.width)
        else:
            y = away if side == 2 else h - 1 - away
            polyline(layer, [(begin * w, y), (end * w, y + tilt * w)], how.width)
    if rng.random() < 0.5:  # teeth along the upper or lower edge
        pitch, deep = height * rng.uniform(0.7, 2.0), height * rng.uniform(0.05, 0.6)
        xs = np.arange(rng.uniform(0, pitch), w, pitch)
        xs = xs[rng.random(len(xs)) < rng.uniform(0.3, 1)]
        y = rng.choice([0.0, h - 1.0])
        inner = y + (deep if y == 0 else -deep)
        lines(layer, np.reshape([(x, y, x, inner) for x in xs], (-1, 4)), how.width)
    return layer


def checkbox(height: float, rng: np.random.Generator) -> Grey:
    """Return the ink (h, w) of an empty box or circle to be ticked."""
    layer = blank(1.2 * height + 2, 1.2 * height + 2)
    row = Row(0.1 * height, 0.1 * height, height, height, 1)
    how = replace(stroke(height, rng), dash=0.0)
    radius = chosen(rng, (0.0, 0.0, 0.2, 0.5)) * height
    rounded_frame(layer, row, radius, how) if radius else draw(layer, frame(row), how)
    return layer
