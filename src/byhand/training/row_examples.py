"""Examples of rows for the row network: strips with digits, marks and rests of print.

Each row is of one hand: digits from a pool (`synthesis.pool`), or MNIST's own as they
are, set side by side, apart, overlapping, touching or joined by thin strokes; with
marks between, and with what is left of frames, letters and dirt, which are no symbols.

Letters: H, W height and width of a strip; h, w of a symbol's ink, in pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np
from PIL import Image
from scipy import ndimage

from byhand.reading.strips import DIGIT_HEIGHT, HEIGHT, MARGIN
from byhand.reading.symbols import MARKS, SYMBOLS
from byhand.synthesis import handwriting
from byhand.synthesis.drawing import chosen, eroded, log_uniform, polyline
from byhand.synthesis.letters import CAPITAL, SMALL, skeletons
from byhand.synthesis.pool import Pool
from byhand.types import Floats, Grey, Images, Labels

Rng = np.random.Generator
Supply = Callable[[], tuple[Grey, int]]  # a digit's ink, and which it is

ROOM = 24  # pixels above and below a row while it is set
FOOT = ROOM + DIGIT_HEIGHT  # where digits end
BETWEEN = ".,:/-+×="  # marks with digits on both sides
BEFORE = "$€£-+(#×="
BEHIND = "%€$£)-.,="
WIDTHS = (96, 128, 160, 208)  # pixels
COLUMNS = 2048  # of a batch, all its rows together


@dataclass(frozen=True)
class RowShares:
    """How often rows have what; shares of the rows unless said otherwise."""

    original: float = 0.25  # digits of the data set as they are
    touching: float = 0.35
    overlapping: float = 0.25  # boxes of ink that overlap, as the gaps of benchmarks
    ligatures: float = 0.08  # of the gaps
    marks: float = 0.4  # have some
    rests: float = 0.35  # have rests of frames, letters, dirt
    empty: float = 0.04  # have no symbol


SHARES = RowShares()


@dataclass(frozen=True, eq=False)
class RowSource:
    """What rows are made of.

    Attributes:
        pool: digits by hands.
        images: (N, 28, 28) of a data set, ink bright on 0.
        labels: (N,).
        signs: of marks and letters, how many variants of each are drawn.
    """

    pool: Pool
    images: Images
    labels: Labels
    signs: int = 200

    @cached_property
    def marks(self) -> dict[str, list[tuple[Grey, float]]]:
        """Variants of each mark, and how far each reaches below the line, pixels."""
        rng = np.random.default_rng(0)
        return {mark: [_sign(mark, rng) for _ in range(self.signs)] for mark in MARKS}

    @cached_property
    def letters(self) -> list[tuple[Grey, float]]:
        """Letters: no symbols."""
        rng = np.random.default_rng(1)
        return [_sign(chosen(rng, SMALL + CAPITAL), rng) for _ in range(8 * self.signs)]


def _sign(text: str, rng: Rng) -> tuple[Grey, float]:
    strokes = skeletons()[text][0]
    hang = max(float(s[:, 1].max()) for s in strokes) / handwriting.UNITS - 1
    height = DIGIT_HEIGHT * log_uniform(rng, 0.75, 1.25)
    return handwriting.sign(height, rng, text), hang * height


def draw_strip(
    source: RowSource, width: int, rng: Rng, shares: RowShares = SHARES
) -> tuple[Grey, list[int]]:
    """Return a strip (H, width) and the numbers of the symbols that it shows."""
    row, symbols = _row(source, width, rng, shares)
    if rng.random() < shares.rests:
        _rests(row, source, rng)
    return _seen(row, width, rng), symbols


def _row(
    source: RowSource, width: int, rng: Rng, shares: RowShares
) -> tuple[Grey, list[int]]:
    """Return symbols set in a row (FOOT + ROOM, W), and which they are."""
    canvas = np.zeros((FOOT + ROOM, width), np.uint8)
    if rng.random() < shares.empty:
        return canvas, []
    supply = _digits(source, rng, shares)
    grammar = rng.random() < shares.marks
    gap, style = _gap(rng, shares), rng.random()
    drift, slope = rng.choice([0.0, rng.uniform(0, 1.5)]), rng.normal(0, 0.015)
    x = rng.uniform(2, 2 * MARGIN)
    symbols: list[int] = []
    before: Placed | None = None
    down, most = 0.0, int(rng.integers(1, 1 + width // 14))
    while len(symbols) < most:
        symbol, patch, hang = _next(source, supply, symbols, grammar, rng)
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


def _digits(source: RowSource, rng: Rng, shares: RowShares) -> Supply:
    """Return a function that gives a digit of one hand: its ink and which it is."""
    if rng.random() < shares.original:
        images, labels = source.images, source.labels

        def original() -> tuple[Grey, int]:
            n = int(rng.integers(len(labels)))
            image = images[n]
            rows, columns = (np.flatnonzero(image.any(axis=a)) for a in (1, 0))
            part = image[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
            return part, int(labels[n])

        return original
    own = source.pool.of_hand(int(rng.integers(source.pool.count)))
    repeated = rng.random() < 0.2  # amounts have many zeros
    zeros = own[source.pool.labels[own] == 0]

    def of_hand() -> tuple[Grey, int]:
        some = zeros if repeated and len(zeros) and rng.random() < 0.5 else own
        n = int(some[rng.integers(len(some))])
        return source.pool[n], int(source.pool.labels[n])

    return of_hand


def _next(
    source: RowSource, supply: Supply, symbols: Sequence[int], grammar: bool, rng: Rng
) -> tuple[int, Grey, float]:
    """Return the next symbol: its number, its ink, how far below the line it goes."""
    if grammar and rng.random() < 0.3:
        marks = BEFORE if not symbols else BETWEEN + BEHIND
        mark = chosen(rng, marks)
        patch, hang = source.marks[mark][int(rng.integers(source.signs))]
        return SYMBOLS.index(mark), patch, hang
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


def _rests(canvas: Grey, source: RowSource, rng: Rng) -> None:
    """Add rests of frames, rules and letters, and dirt: all of them no symbols."""
    inked = np.flatnonzero(canvas.any(axis=0))
    first, last = (inked[0], inked[-1]) if len(inked) else (canvas.shape[1] // 2,) * 2
    for _ in range(int(rng.integers(1, 4))):
        kind = rng.random()
        if kind < 0.35:  # the side of a frame, beside the row
            x = first - rng.uniform(2, 10) if rng.random() < 0.5 else (
                last + rng.uniform(2, 10))  # fmt: skip
            top, bottom = sorted(rng.uniform(ROOM - 12, FOOT + 10, 2))
            lean = rng.normal(0, 1)
            _stroke(canvas, (x, top), (x + lean, bottom), rng.uniform(0.7, 2.2))
        elif kind < 0.65:  # a rule above or below, or its rest
            y = rng.choice([ROOM - rng.uniform(1, 6), FOOT + rng.uniform(0, 6)])
            left, right = sorted(rng.uniform(0, canvas.shape[1], 2))
            _stroke(canvas, (left, y), (right, y), rng.uniform(0.7, 2))
        elif kind < 0.8:
            x, y = rng.uniform(0, canvas.shape[1]), rng.uniform(ROOM - 5, FOOT + 5)
            _stroke(canvas, (x, y), (x + rng.normal(0, 1.5), y + rng.normal(0, 1.5)),
                    rng.uniform(0.6, 2.0))  # fmt: skip
        else:  # a letter at an end
            patch, hang = source.letters[int(rng.integers(len(source.letters)))]
            w = patch.shape[1]
            x = last + 5 if rng.random() < 0.5 else first - w - 5
            if 0 <= x < canvas.shape[1] - w:
                Placed(patch, round(FOOT - len(patch) + hang), int(x)).lay(canvas)


def _stroke(
    canvas: Grey, begin: tuple[float, float], end: tuple[float, float], width: float
) -> None:
    polyline(canvas, np.array([begin, end]), width)


def _seen(row: Grey, width: int, rng: Rng) -> Grey:
    """Return a strip as the reader sees it: of about the right size, its ink uneven."""
    factor = log_uniform(rng, 0.84, 1.2)
    middle = ROOM + DIGIT_HEIGHT / 2 + rng.normal(0, 1.2)
    high = HEIGHT / factor
    top = middle - high / 2
    wide = width / factor
    box = (0.0, top, min(wide, float(row.shape[1])), top + high)
    if wide > row.shape[1]:
        row = np.pad(row, ((0, 0), (0, int(wide - row.shape[1]) + 1)))
        box = (0.0, top, wide, top + high)
    image = Image.fromarray(row)
    if rng.random() < 0.3:  # as of a larger picture made smaller, or the reverse
        fine = float(rng.uniform(0.6, 1.0))
        small = image.resize(
            (max(round(row.shape[1] * fine), 1), max(round(row.shape[0] * fine), 1)),
            Image.Resampling.BILINEAR,
        )
        image = small.resize(image.size, Image.Resampling.BICUBIC)
    strip = np.asarray(image.resize((width, HEIGHT), Image.Resampling.BICUBIC, box))
    return _inked(strip, rng)


def _inked(strip: Grey, rng: Rng) -> Grey:
    """Return a strip with other edges, levels or holes in its ink."""
    kind = rng.random()
    if kind < 0.12:
        strip = eroded(strip, rng.uniform(0.05, 0.3), rng, rng.uniform(1, 3))
    elif kind < 0.3:
        strip = np.where(strip > rng.uniform(60, 180), 255, 0).astype(np.uint8)
    x = strip.astype(np.float32)
    if rng.random() < 0.4:
        x = ndimage.gaussian_filter(x, rng.uniform(0.2, 0.9))
    x *= rng.uniform(0.6, 1.6)
    return np.asarray(np.clip(x, 0, 255), np.uint8)


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
