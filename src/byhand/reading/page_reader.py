"""A page looked at: straightened, its rows found, cut up, recognised and read.

Letters: S candidates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.ink.page_ink import InkFinder, PageInk, find_page_ink
from byhand.model import Model
from byhand.nn.calibration import digit_scores
from byhand.pictures.sheets import Sheet
from byhand.reading.candidate_images import square
from byhand.reading.candidates import Candidate, find_candidates, is_component
from byhand.reading.fragments import Fragment, cut_up, find_fragments
from byhand.reading.lattice import make_lattice
from byhand.reading.lattice_reader import (
    BASE_ERROR_RATE,
    DIGITS,
    LineEvidence,
    read_row,
)
from byhand.reading.page import Page, find_slant
from byhand.reading.result import Line
from byhand.reading.rows import BODY, Row, find_rows
from byhand.words import counted

SURE = 0.9  # of how sure a line can be: below it a page is looked at again
LONG = 4  # digits: a shorter row does not tell whether the page is straight
ASKEW, MOST_ASKEW = 1.5, 20.0  # degrees that are worth turning, and no more
MOST_CANDIDATES = 12_000  # on a page: some 1000 digits have as many
SINGLE = 1.3  # of the row's height: a wider mark may be two digits
MANY, FEW = 6, 0.7  # marks on a page, and the share that must look like digits


@dataclass(frozen=True, eq=False)
class PageResult:
    """A page as it was read.

    Attributes:
        page: None if there was no ink.
        rows: from top to bottom.
        warnings: what a user should know.
    """

    page: Page | None
    rows: tuple[LineEvidence, ...]
    warnings: tuple[str, ...]

    @property
    def lines(self) -> list[Line]:
        """The rows in which digits were read."""
        return [row.line for row in self.rows if row.line]

    @property
    def expected_correct_digits(self) -> float:
        """How many digits are to be expected in lines that are right."""
        return sum(line.confidence * len(line.digits) for line in self.lines)


def read_page(
    sheet: Sheet,
    model: Model,
    lines: int | None = None,
    whitelist: str = DIGITS,
    find_ink: InkFinder = find_page_ink,
) -> PageResult:
    """Return a page, its rows and all that was found out on the way.

    A page that leaves doubts is looked at again: with more of what is faint taken for
    ink, and with slanting strokes set upright. The surest look counts.
    """
    ink = find_ink(sheet)
    first = _read_pass(ink, model, lines, whitelist)
    if first.lines and not any(_doubtful(line) for line in first.lines):
        return first
    second = _read_pass(find_ink(sheet, faint=True), model, lines, whitelist)
    looks = [first, second]
    if first.page is not None and find_slant(first.page.ink.mask):
        looks.append(_read_pass(ink, model, lines, whitelist, deslant=True))
    return max(looks, key=lambda found: found.expected_correct_digits)


def _doubtful(line: Line) -> bool:
    """Return whether a line is less sure than lines of so many digits can be."""
    return line.confidence < SURE * (1 - BASE_ERROR_RATE) ** len(line.digits)


def _read_pass(
    ink: PageInk | None,
    model: Model,
    lines: int | None,
    whitelist: str,
    deslant: bool = False,
) -> PageResult:
    """Return the result of one pass over the ink of a page."""
    if ink is None:
        return PageResult(None, (), ("no ink found",))
    page, rows = _straight(Page.of(ink), lines)
    if deslant and (sheared := page.deslanted()):
        page, rows = (
            sheared,
            find_rows(find_fragments(sheared), sheared.ink.character_height, lines),
        )
    cut = [_cut_row(row, page) for row in rows]
    found = [find_candidates(p, r.height) for p, r in zip(cut, rows, strict=True)]
    if not rows:
        return PageResult(page, (), ("no ink found that could be a digit",))
    if sum(map(len, found)) > MOST_CANDIDATES:
        return PageResult(
            page, (), ("too much on the page for writing; try a part of it",)
        )
    squares = [
        np.stack([square(page, s.fragments, model.grey_shape) for s in candidates])
        for candidates in found
    ]
    scores = model.scores(np.concatenate(squares))
    good = digit_scores(scores, len(DIGITS)) >= model.calibration.threshold
    ends = np.cumsum([len(s) for s in squares])
    marks = [_marks(*args) for args in zip(rows, cut, found, strict=True)]
    strict = _is_text(np.concatenate(marks), good)
    scores = scores / model.calibration.temperature
    if not model.has_reject_class:  # it knows of none: no likelier than the worst digit
        scores = np.concatenate([scores, scores.min(axis=1, keepdims=True)], axis=1)
    looks = []
    for number, row in enumerate(rows):
        own = slice(ends[number] - len(squares[number]), ends[number])
        only = marks[number] & good[own] if strict else None
        lattice = make_lattice(
            cut[number], found[number], scores[own], row.height, page.ink.stroke_width
        )
        looks.append(
            read_row(row, cut[number], squares[number], lattice, only, page, whitelist)
        )
    told = ["most marks are no digits: only those that stand alone are read"]
    return PageResult(
        page, tuple(looks), tuple(told * strict + _warnings(looks, lines))
    )


def _straight(page: Page, lines: int | None) -> tuple[Page, list[Row]]:
    """Return the page and its rows; turned if the rows say that it is askew."""
    rows = find_rows(find_fragments(page), page.ink.character_height, lines)
    slopes = [row.line()[1] for row in rows if len(row.bodies) >= LONG]
    if not slopes:
        return page, rows
    angle = float(np.degrees(np.arctan(np.median(slopes))))
    if not ASKEW <= abs(angle) <= MOST_ASKEW:
        return page, rows
    turned = page.deskewed(angle)
    if turned is None:
        return page, rows
    return turned, find_rows(find_fragments(turned), turned.ink.character_height, lines)


def _cut_row(row: Row, page: Page) -> list[Fragment]:
    """Return a row's fragments, cut wherever digits may touch, from left to right."""
    height = row.height
    fragments = [part for p in row.fragments for part in cut_up(p, page, height)]
    return sorted(fragments, key=lambda p: p.centre[1])


def _marks(
    row: Row, fragments: Sequence[Fragment], candidates: Sequence[Candidate]
) -> NDArray[np.bool_]:
    """Return which candidates (S,) are uncut and as large as one digit."""
    found, height = [], row.height
    for candidate in candidates:
        large = candidate.box.height >= BODY * height
        narrow = candidate.box.width <= SINGLE * height
        found.append(large and narrow and is_component(fragments, candidate))
    return np.array(found)


def _is_text(marks: NDArray[np.bool_], good: NDArray[np.bool_]) -> bool:
    """Return whether a page shows letters or things rather than digits.

    Args:
        marks: (S,) which candidates are uncut and as large as one digit.
        good: (S,) which of all look like a digit.
    """
    count = int(marks.sum())
    return count >= MANY and int((marks & good).sum()) < FEW * count


def _warnings(looks: Sequence[LineEvidence], lines: int | None) -> list[str]:
    """Return what a user should know of a page."""
    told = []
    read = sum(row.line is not None for row in looks)
    if not read:
        told.append("nothing on the page looks like a digit")
    elif lines is not None and read != lines:
        told.append(f"expected {counted(lines, 'line')}, found {read}")
    left = sum(row.left_out for row in looks)
    if read and left:
        told.append(f"{counted(left, 'mark')} as high as digits left out")
    return told
