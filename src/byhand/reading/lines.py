"""A row of pieces read as a line of digits, with all that was found out on the way.

Letters: S segments; K = 10 digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.image.picture import Grey
from byhand.reading.answer import Digit, Line
from byhand.reading.lattice import NEVER, Lattice, best_way, posteriors, posteriors_of
from byhand.reading.page import Page
from byhand.reading.pieces import Piece, extent
from byhand.reading.rows import BODY, Row
from byhand.reading.segments import Segment
from byhand.reading.weights import WEIGHTS

DIGITS = "0123456789"
NONE = len(DIGITS)  # what a segment is read as that is left out
BREAK = 1.0  # of the row's height: a wider gap parts two words
SURPRISE = 0.03  # of digits, of hands unlike MNIST's, are misread however sure it looks
DOUBT = 0.005  # alternatives less likely than this are not told


@dataclass(frozen=True, eq=False)
class RowLook:
    """A row as it was read.

    Attributes:
        row: its pieces, connected.
        pieces: the same, cut, from left to right.
        lattice: every way to read them.
        squares: (S, H, W) what the network saw of each segment.
        way: numbers of the segments of the best way, and what each is read as.
        posteriors: (S, K + 1) how likely each segment is read as each.
        line: the answer; None if nothing in the row is a digit.
    """

    row: Row
    pieces: Sequence[Piece]
    lattice: Lattice
    squares: NDArray[np.uint8]
    way: Sequence[tuple[int, int]]
    posteriors: NDArray[np.float64]
    line: Line | None

    @property
    def left_out(self) -> int:
        """Marks as high as digits that were read as none."""
        segments = (self.lattice.segments[n] for n, digit in self.way if digit == NONE)
        boxes = (segment.box for segment in segments)
        return sum(b - t >= BODY * self.row.height for t, _, b, _ in boxes)


def read_row(
    row: Row,
    pieces: Sequence[Piece],
    squares: Grey,
    lattice: Lattice,
    only: NDArray[np.bool_] | None,
    page: Page,
    whitelist: str,
) -> RowLook:
    """Return a row as it is read; where `only` is given, of these segments alone."""
    weighed = lattice.scores(WEIGHTS)
    barred = [int(d) for d in DIGITS if d not in whitelist]
    weighed[:, barred] = NEVER
    if only is not None:
        weighed[~only, :NONE] = NEVER
    way = best_way(lattice, weighed)
    p, log_z = posteriors(lattice, weighed)
    digits = [(number, digit) for number, digit in way if digit != NONE]
    line = None
    if digits:
        text = [digit for _, digit in digits]
        sure = float(np.exp(posteriors_of(lattice, weighed, text)[1] - log_z))
        parts = [lattice.segments[n].pieces for n, _ in digits]
        read = tuple(
            _digit(standing(lattice.segments, p, n)[:-1], d, part, page)
            for (n, d), part in zip(digits, parts, strict=True)
        )
        sure = min(sure, 1.0) * (1 - SURPRISE) ** len(read)
        line = Line(read, sure, _breaks(parts, row.height))
    return RowLook(row, pieces, lattice, squares, way, p, line)


def standing(
    segments: Sequence[Segment], p: NDArray[np.float64], number: int
) -> NDArray[np.float64]:
    """Return how likely what a segment shows is each digit, and none (K + 1,).

    However a row is cut, one segment holds the largest piece of this one: those that
    do are added up, with a dot more or less, and their probabilities come to 1.

    Args:
        segments: of a lattice.
        p: (S, K + 1), its posteriors.
        number: of the segment.
    """
    own = segments[number]
    areas = [piece.area for piece in own.pieces[: own.end - own.start]]
    largest = own.start + int(np.argmax(areas))
    holding = [s.start <= largest < s.end for s in segments]
    return np.asarray(p[holding].sum(axis=0))


def _digit(
    p: NDArray[np.float64], digit: int, pieces: Sequence[Piece], page: Page
) -> Digit:
    """Return a digit of the answer."""
    others = [int(d) for d in np.argsort(-p) if d != digit and p[d] >= DOUBT]
    alternatives = tuple((d, float(p[d])) for d in others)
    sure = float(min(p[digit], 1)) * (1 - SURPRISE)
    return Digit(digit, sure, alternatives, page.in_picture(extent(pieces)))


def _breaks(parts: Sequence[Sequence[Piece]], height: float) -> tuple[int, ...]:
    """Return the numbers of the digits with a wide gap before them."""
    boxes = [extent(part) for part in parts]
    return tuple(
        number
        for number in range(1, len(boxes))
        if boxes[number][1] - boxes[number - 1][3] > BREAK * height
    )
