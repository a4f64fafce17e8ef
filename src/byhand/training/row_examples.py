"""Examples of rows for the row network: strips with digits, marks and rests of print.

Each row is of one hand: digits from a pool (`synthesis.pool`), or MNIST's own as they
are, set side by side, apart, overlapping, touching or joined by thin strokes; with
marks between, and with what is left of frames, letters and dirt, which are no symbols.

Letters: H, W height and width of a strip; h, w of a symbol's ink, in pixels.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from byhand.reading.strips import MARGIN
from byhand.reading.symbols import SYMBOLS
from byhand.synthesis.drawing import chosen, log_uniform, polyline
from byhand.training.row_damage import FOOT, ROOM, add_rests, seen
from byhand.training.row_source import Rng, RowSource, Supply
from byhand.types import Floats, Grey, Images

BETWEEN = ".,:/-+×="  # marks with digits on both sides
BEFORE = "$€£-+(#×="
BEHIND = "%€$£)-.,="
SIZES = (0.84, 1.2)  # of a row, where a row's height was measured badly
WIDTHS = (96, 128, 160, 208)  # pixels
COLUMNS = 2048  # of a batch, all its rows together


@dataclass(frozen=True)
class RowShares:
    """How often rows have what; shares of the rows unless said otherwise."""

    touching: float = 0.35
    overlapping: float = 0.4  # boxes of ink that overlap, as the gaps of benchmarks
    ligatures: float = 0.08  # of the gaps
    marks: float = 0.4  # have some
    rests: float = 0.35  # have rests of frames, letters, dirt
    empty: float = 0.04  # have no symbol


SHARES = RowShares()


def draw_strip(
    source: RowSource, width: int, rng: Rng, shares: RowShares = SHARES
) -> tuple[Grey, list[int]]:
    """Return a strip (H, width) and the numbers of the symbols that it shows."""
    wide = round(width / log_uniform(rng, *SIZES))
    row, symbols = draw_row(source, wide, rng, shares)
    return seen(row, width, rng), symbols


def draw_row(
    source: RowSource, width: int, rng: Rng, shares: RowShares = SHARES
) -> tuple[Grey, list[int]]:
    """Return a row (FOOT + ROOM, width) with what is beside it, and its symbols."""
    row, symbols = _row(source, width, rng, shares)
    if rng.random() < shares.rests:
        add_rests(row, source, rng)
    return row, symbols


def _row(
    source: RowSource, width: int, rng: Rng, shares: RowShares
) -> tuple[Grey, list[int]]:
    """Return symbols set in a row (FOOT + ROOM, W), and which they are."""
    canvas = np.zeros((FOOT + ROOM, width), np.uint8)
    if rng.random() < shares.empty:
        return canvas, []
    supply = source.digits(rng)
    marked = rng.random() < shares.marks
    gap, style = _gap(rng, shares), rng.random()
    drift, slope = rng.choice([0.0, rng.uniform(0, 1.5)]), rng.normal(0, 0.015)
    x = rng.uniform(2, 2 * MARGIN)
    symbols: list[int] = []
    before: Placed | None = None
    down, most = 0.0, int(rng.integers(1, 1 + width // 14))
    while len(symbols) < most:
        symbol, patch, hang = _next(source, supply, not symbols, marked, rng)
        down = 0.7 * down + rng.normal(0, drift)
        top = round(FOOT - len(patch) + hang + down + slope * x)
        here = Placed(patch, top, 0)
        if before is not None:
            x = _place(before, here, gap(), style < shares.touching, rng)
        here.left = round(x)
        if here.left + patch.shape[1] > width - 3 or here.left < 0:
            break
        if top < 0 or top + len(patch) > len(canvas):
            break
        here.lay(canvas)
        if before is not None and rng.random() < shares.ligatures:
            _join(canvas, before, here, rng)
        symbols.append(symbol)
        before = here
    return canvas, symbols


@dataclass(eq=False)
class Placed:
    """A symbol and its place."""

    patch: Grey
    top: int
    left: int

    @property
    def right(self) -> int:
        """The column beyond its last."""
        return self.left + int(self.patch.shape[1])

    def lay(self, canvas: Grey) -> None:
        """Draw it."""
        h, w = self.patch.shape
        part = canvas[self.top : self.top + h, self.left : self.left + w]
        np.maximum(part, self.patch, out=part)

    def ends(self, height: int) -> tuple[Floats, Floats]:
        """Return the first and last column of ink in each of a canvas's rows."""
        inked = self.patch > 100
        first = np.full(height, np.inf)
        last = np.full(height, -np.inf)
        rows = np.flatnonzero(inked.any(axis=1))
        first[self.top + rows] = inked[rows].argmax(axis=1)
        last[self.top + rows] = inked.shape[1] - inked[rows, ::-1].argmax(axis=1)
        return first, last


def _next(
    source: RowSource, supply: Supply, first: bool, marked: bool, rng: Rng
) -> tuple[int, Grey, float]:
    """Return the next symbol: its number, its ink, how far below the line it goes."""
    if marked and rng.random() < 0.3:
        mark = chosen(rng, BEFORE if first else BETWEEN + BEHIND)
        return SYMBOLS.index(mark), *source.mark(mark, rng)
    patch, digit = supply()
    return digit, patch, 0.0


def _gap(rng: Rng, shares: RowShares) -> Callable[[], float]:
    """Return a function that draws a row's gaps, in pixels."""
    if rng.random() < shares.overlapping:
        return lambda: float(rng.integers(-6, 13))
    kind = rng.random()
    mean = rng.uniform(8, 22) if kind < 0.15 else rng.uniform(-2, 8)
    uneven = rng.uniform(0.3, 2.5)
    return lambda: rng.normal(mean, uneven)


def _place(before: Placed, here: Placed, gap: float, touching: bool, rng: Rng) -> float:
    """Return the column of a symbol behind another, by boxes or by their ink."""
    if not touching or rng.random() < 0.3:
        return before.right + gap
    height = FOOT + ROOM
    _, last = before.ends(height)
    first, _ = here.ends(height)
    free = float(np.min(first - np.maximum(last, np.maximum(
        np.roll(last, 1), np.roll(last, -1)))))  # fmt: skip
    if not np.isfinite(free):
        return before.right + gap
    x = before.left - free + rng.uniform(-2.5, 1.0)
    return float(max(x, before.left + 0.35 * before.patch.shape[1]))


def _join(canvas: Grey, before: Placed, here: Placed, rng: Rng) -> None:
    """Join two symbols by a thin stroke from the one to the other."""
    points = []
    for placed, side in ((before, "last"), (here, "first")):
        ends = placed.ends(len(canvas))[side == "last"]
        rows = np.flatnonzero(np.isfinite(ends))
        low, high = len(rows) // 6, max(len(rows) // 2, len(rows) // 6 + 1)
        row = int(rows[rng.integers(low, high)])
        column = placed.left + ends[row] + (1 if side == "first" else -1)
        points.append((column, row))
    middle = np.mean(points, axis=0) + np.array([0, rng.normal(0, 2)])
    polyline(canvas, np.array([points[0], middle, points[1]]), rng.uniform(0.8, 2.5))


class Strips(NamedTuple):
    """Rows of one width: images (N, H, W) and the numbers of each one's symbols."""

    images: Images
    texts: list[list[int]]


def draw_batch(source: RowSource, seed: int, number: int) -> Strips:
    """Return batch number `number` of a training with this seed.

    All batches have about as many pixels: the wider their rows, the fewer.
    """
    rng = np.random.default_rng((seed, 2, number))
    width = WIDTHS[int(rng.integers(len(WIDTHS)))]
    pairs = [draw_strip(source, width, rng) for _ in range(COLUMNS // width)]
    return Strips(np.stack([strip for strip, _ in pairs]), [text for _, text in pairs])
