"""A row of fragments read as a line of digits, with all that was found out on the way.

Letters: S candidates; K = 10 digits.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.pictures.convert import Grey
from byhand.reading.candidates import Candidate
from byhand.reading.fragments import Fragment, extent
from byhand.reading.lattice import (
    NEVER,
    Lattice,
    posteriors,
    posteriors_given_text,
    viterbi,
)
from byhand.reading.page import Page
from byhand.reading.result import Digit, Line
from byhand.reading.rows import BODY, Row
from byhand.reading.weights import WEIGHTS

DIGITS = "0123456789"
NONE = len(DIGITS)  # what a candidate is read as that is left out
BREAK = 1.0  # of the row's height: a wider gap parts two words
BASE_ERROR_RATE = (
    0.03  # of digits, of hands unlike MNIST's, are misread however sure it looks
)
DOUBT = 0.005  # alternatives less likely than this are not told


@dataclass(frozen=True, eq=False)
class LineEvidence:
    """A row as it was read.

    Attributes:
        row: its fragments, connected.
        fragments: the same, cut, from left to right.
        lattice: every way to read them.
        squares: (S, H, W) what the network saw of each candidate.
        way: numbers of the candidates of the best way, and what each is read as.
        posteriors: (S, K + 1) how likely each candidate is read as each.
        line: the answer; None if nothing in the row is a digit.
    """

    row: Row
    fragments: Sequence[Fragment]
    lattice: Lattice
    squares: NDArray[np.uint8]
    path: Sequence[tuple[int, int]]
    posteriors: NDArray[np.float64]
    line: Line | None

    @property
    def left_out(self) -> int:
        """Marks as high as digits that were read as none."""
        candidates = (
            self.lattice.candidates[n] for n, digit in self.path if digit == NONE
        )
        return sum(c.box.height >= BODY * self.row.height for c in candidates)


def read_row(
    row: Row,
    fragments: Sequence[Fragment],
    squares: Grey,
    lattice: Lattice,
    only: NDArray[np.bool_] | None,
    page: Page,
    whitelist: str,
) -> LineEvidence:
    """Return a row as it is read; where `only` is given, of these candidates alone."""
    weighed = lattice.scores(WEIGHTS)
    barred = [int(d) for d in DIGITS if d not in whitelist]
    weighed[:, barred] = NEVER
    if only is not None:
        weighed[~only, :NONE] = NEVER
    way = viterbi(lattice, weighed)
    p, log_z = posteriors(lattice, weighed)
    digits = [(number, digit) for number, digit in way if digit != NONE]
    line = None
    if digits:
        text = [digit for _, digit in digits]
        sure = float(np.exp(posteriors_given_text(lattice, weighed, text)[1] - log_z))
        parts = [lattice.candidates[n].fragments for n, _ in digits]
        read = tuple(
            _digit(position_marginal(lattice.candidates, p, n)[:-1], d, part, page)
            for (n, d), part in zip(digits, parts, strict=True)
        )
        sure = min(sure, 1.0) * (1 - BASE_ERROR_RATE) ** len(read)
        line = Line(read, sure, _breaks(parts, row.height))
    return LineEvidence(row, fragments, lattice, squares, way, p, line)


def position_marginal(
    candidates: Sequence[Candidate], p: NDArray[np.float64], number: int
) -> NDArray[np.float64]:
    """Return how likely what a candidate shows is each digit, and none (K + 1,).

    However a row is cut, one candidate holds the largest fragment of this one: those
    that do are added up, with a dot more or less, and their probabilities come to 1.

    Args:
        candidates: of a lattice.
        p: (S, K + 1), its posteriors.
        number: of the candidate.
    """
    own = candidates[number]
    areas = [fragment.area for fragment in own.fragments[: own.end - own.start]]
    largest = own.start + int(np.argmax(areas))
    holding = [s.start <= largest < s.end for s in candidates]
    return np.asarray(p[holding].sum(axis=0))


def _digit(
    p: NDArray[np.float64], digit: int, fragments: Sequence[Fragment], page: Page
) -> Digit:
    """Return a digit of the answer."""
    others = [int(d) for d in np.argsort(-p) if d != digit and p[d] >= DOUBT]
    alternatives = tuple((d, float(p[d])) for d in others)
    sure = float(min(p[digit], 1)) * (1 - BASE_ERROR_RATE)
    return Digit(digit, sure, alternatives, page.in_picture(extent(fragments)))


def _breaks(parts: Sequence[Sequence[Fragment]], height: float) -> tuple[int, ...]:
    """Return the numbers of the digits with a wide gap before them."""
    boxes = [extent(part) for part in parts]
    return tuple(
        number
        for number in range(1, len(boxes))
        if boxes[number].x - boxes[number - 1].right > BREAK * height
    )
