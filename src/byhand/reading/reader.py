"""Reading a picture: the page, its rows, the pieces of each, the best way through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from byhand.errors import ReadError
from byhand.image.picture import Grey, Picture
from byhand.image.sheets import Sheet, open_sheets
from byhand.model import Model, load
from byhand.nn.calibration import digit_scores
from byhand.reading.answer import Digit, Line, Reading
from byhand.reading.lattice import (
    NEVER,
    Lattice,
    Segment,
    best_way,
    find_segments,
    is_whole,
    make_lattice,
    posteriors,
    posteriors_of,
)
from byhand.reading.page import LONGEST, Page, make_page
from byhand.reading.pieces import Piece, cut_up, extent, find_pieces
from byhand.reading.rows import BODY, Row, find_rows
from byhand.reading.squares import square
from byhand.reading.weights import WEIGHTS

DIGITS = "0123456789"
NONE = len(DIGITS)  # what a segment is read as that is left out
BREAK = 1.0  # of the row's height: a wider gap parts two words
LONG = 4  # digits: a shorter row does not tell whether the page is straight
ASKEW, MOST_ASKEW = 1.5, 20.0  # degrees that are worth turning, and no more
MOST_SEGMENTS = 12_000  # on a page: some 1000 digits have as many
SINGLE = 1.3  # of the row's height: a wider mark may be two digits
MANY, FEW = 6, 0.7  # marks on a page, and the share of them that must look like digits
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
        heights = (extent(s.pieces) for s in segments)
        return sum(b - t >= BODY * self.row.height for t, _, b, _ in heights)


@dataclass(frozen=True, eq=False)
class Look:
    """A page as it was read.

    Attributes:
        page: None if there was no ink.
        rows: from top to bottom.
        warnings: what a user should know.
    """

    page: Page | None
    rows: tuple[RowLook, ...]
    warnings: tuple[str, ...]

    @property
    def lines(self) -> list[Line]:
        """The rows in which digits were read."""
        return [row.line for row in self.rows if row.line]


def read(
    picture: Picture,
    *,
    model: Model | None = None,
    lines: int | None = None,
    whitelist: str = DIGITS,
    min_confidence: float = 0.0,
) -> Reading:
    """Read the digits in a picture of handwriting.

    Args:
        picture: a path, a Pillow image, or an array, as `byhand.prepare` takes; of a
            file with several pages (TIFF, and PDF with the extra `pdf`), all are read.
        model: who recognises single digits; the one in the package unless given.
        lines: how many rows of digits there are on a page, if that is known.
        whitelist: the digits that can occur.
        min_confidence: lines less likely to be right are left out, with a warning.

    Raises:
        PictureError: the picture cannot be opened, or is none.
        ReadError: settings that make no sense.
    """
    _check(lines, whitelist, min_confidence)
    model = model or load()
    if model.class_names != tuple(DIGITS):
        raise ReadError("read: expected a model of the ten digits, got another")
    sheets = open_sheets(picture, LONGEST)
    found: list[Line] = []
    warnings: list[str] = []
    for number, sheet in enumerate(sheets, start=1):
        seen = look(sheet, model, lines, whitelist)
        where = f"page {number}: " if len(sheets) > 1 else ""
        warnings += [where + warning for warning in seen.warnings]
        found += [replace(line, page=number) for line in seen.lines]
    kept = [line for line in found if line.confidence >= min_confidence]
    if len(kept) < len(found):
        warnings.append(
            f"{_count(len(found) - len(kept), 'line')} left out: less sure than "
            f"{min_confidence:g}"
        )
    return Reading(tuple(kept), tuple(warnings), len(sheets))


def _check(lines: int | None, whitelist: str, min_confidence: float) -> None:
    """Refuse settings that make no sense."""
    if lines is not None and lines < 1:
        raise ReadError(f"lines: expected 1 or more, got {lines}")
    if not whitelist or set(whitelist) - set(DIGITS):
        raise ReadError(f"whitelist: expected some of {DIGITS}, got {whitelist!r}")
    if not 0 <= min_confidence <= 1:
        raise ReadError(f"min_confidence: expected 0 to 1, got {min_confidence}")


def look(
    sheet: Sheet, model: Model, lines: int | None = None, whitelist: str = DIGITS
) -> Look:
    """Return a page, its rows and all that was found out on the way."""
    page = make_page(sheet.image, sheet.size[0])
    if page is None:
        return Look(None, (), ("no ink found",))
    page, rows = _straight(page, lines)
    cut = [_cut_row(row, page) for row in rows]
    found = [find_segments(p, r.height) for p, r in zip(cut, rows, strict=True)]
    if not rows:
        return Look(page, (), ("no ink found that could be a digit",))
    if sum(map(len, found)) > MOST_SEGMENTS:
        return Look(page, (), ("too much on the page for writing; try a part of it",))
    squares = [
        np.stack([square(page, s.pieces, model.image_shape) for s in segments])
        for segments in found
    ]
    scores = model.scores(np.concatenate(squares))
    good = digit_scores(scores, len(DIGITS)) >= model.calibration.threshold
    ends = np.cumsum([len(s) for s in squares])
    marks = [_marks(*args) for args in zip(rows, cut, found, strict=True)]
    strict = _is_text(np.concatenate(marks), good)
    if not model.something_else:  # it knows of none: no likelier than the worst digit
        scores = np.concatenate([scores, scores.min(axis=1, keepdims=True)], axis=1)
    scores = scores / model.calibration.temperature
    if not model.something_else:  # it knows of none: no likelier than the worst digit
        scores = np.concatenate([scores, scores.min(axis=1, keepdims=True)], axis=1)
    looks = []
    for number, row in enumerate(rows):
        own = slice(ends[number] - len(squares[number]), ends[number])
        only = marks[number] & good[own] if strict else None
        lattice = make_lattice(
            cut[number], found[number], scores[own], row.height, page.stroke
        )
        looks.append(
            _read_row(row, cut[number], squares[number], lattice, only, page, whitelist)
        )
    told = ["most marks are no digits: only those that stand alone are read"]
    return Look(page, tuple(looks), tuple(told * strict + _warnings(looks, lines)))


def _marks(
    row: Row, pieces: Sequence[Piece], segments: Sequence[Segment]
) -> NDArray[np.bool_]:
    """Return which segments (S,) are uncut and as large as one digit."""
    found, height = [], row.height
    for segment in segments:
        top, left, bottom, right = extent(segment.pieces)
        large = bottom - top >= BODY * height
        narrow = right - left <= SINGLE * height
        found.append(large and narrow and is_whole(pieces, segment))
    return np.array(found)


def _is_text(marks: NDArray[np.bool_], good: NDArray[np.bool_]) -> bool:
    """Return whether a page shows letters or things rather than digits.

    Args:
        marks: (S,) which segments are uncut and as large as one digit.
        good: (S,) which of all look like a digit.
    """
    count = int(marks.sum())
    return count >= MANY and int((marks & good).sum()) < FEW * count


def _straight(page: Page, lines: int | None) -> tuple[Page, list[Row]]:
    """Return the page and its rows; turned if the rows say that it is askew."""
    rows = find_rows(find_pieces(page), page.height, lines)
    slopes = [row.line()[1] for row in rows if len(row.bodies) >= LONG]
    if not slopes:
        return page, rows
    angle = float(np.degrees(np.arctan(np.median(slopes))))
    if not ASKEW <= abs(angle) <= MOST_ASKEW:
        return page, rows
    turned = page.turned(angle)
    if turned is None:
        return page, rows
    return turned, find_rows(find_pieces(turned), turned.height, lines)


def _warnings(looks: Sequence[RowLook], lines: int | None) -> list[str]:
    """Return what a user should know of a page."""
    told = []
    read = sum(look.line is not None for look in looks)
    if not read:
        told.append("nothing on the page looks like a digit")
    elif lines is not None and read != lines:
        told.append(f"expected {_count(lines, 'line')}, found {read}")
    left = sum(look.left_out for look in looks)
    if read and left:
        told.append(f"{_count(left, 'mark')} as high as digits left out")
    return told


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"


def _cut_row(row: Row, page: Page) -> list[Piece]:
    """Return the pieces of a row, cut wherever digits may touch, from left to right."""
    height = row.height
    pieces = [part for p in row.pieces for part in cut_up(p, page, height)]
    return sorted(pieces, key=lambda p: p.centre[1])


def _read_row(
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
        line = Line(read, min(sure, 1.0), _breaks(parts, row.height))
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
    sure = float(min(p[digit], 1))
    return Digit(digit, sure, alternatives, page.in_picture(extent(pieces)))


def _breaks(parts: Sequence[Sequence[Piece]], height: float) -> tuple[int, ...]:
    """Return the numbers of the digits with a wide gap before them."""
    boxes = [extent(part) for part in parts]
    return tuple(
        number
        for number in range(1, len(boxes))
        if boxes[number][1] - boxes[number - 1][3] > BREAK * height
    )
