"""Reading a picture: the page, its rows, the pieces of each, the best way through."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from byhand.image.picture import Grey, Picture, as_image
from byhand.model import Model, load
from byhand.reading.answer import Box, Digit, Line, Reading
from byhand.reading.lattice import (
    Lattice,
    Segment,
    best_way,
    find_segments,
    make_lattice,
    posteriors,
    posteriors_of,
)
from byhand.reading.page import Page, make_page
from byhand.reading.pieces import Piece, cut_up, extent, find_pieces
from byhand.reading.rows import Row, find_rows
from byhand.reading.squares import square
from byhand.reading.weights import WEIGHTS

DIGITS = "0123456789"
BREAK = 1.0  # of the row's height: a wider gap parts two words
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
    image = as_image(picture)
    _, looks = look(image, image.width, model or load(), lines, whitelist)
    return Reading(tuple(r.line for r in looks if r.line))


def look(
    image: Image.Image,
    width: int,
    model: Model,
    lines: int | None = None,
    whitelist: str = DIGITS,
) -> tuple[Page | None, list[RowLook]]:
    """Return a page and its rows with all that was found out on the way."""
    page = make_page(image, width)
    if page is None:
        return None, []
    rows = find_rows(find_pieces(page), page.height, lines)
    cut = [_cut_row(row, page) for row in rows]
    found = [find_segments(p, r.height) for p, r in zip(cut, rows, strict=True)]
    squares = [
        np.stack([square(page, s.pieces, model.image_shape) for s in segments])
        for p, segments in zip(cut, found, strict=True)
    ]
    if not rows:
        return page, []
    scores = model.scores(np.concatenate(squares)) / model.calibration.temperature
    parts = np.split(scores, np.cumsum([len(s) for s in squares])[:-1])
    looks = [
        _read_row(*args, page, whitelist)
        for args in zip(rows, cut, found, squares, parts, strict=True)
    ]
    return page, looks


def _cut_row(row: Row, page: Page) -> list[Piece]:
    """Return the pieces of a row, cut wherever digits may touch, from left to right."""
    pieces = [part for p in row.pieces for part in cut_up(p, page, row.height)]
    return sorted(pieces, key=lambda p: p.centre[1])


def _read_row(
    row: Row,
    pieces: Sequence[Piece],
    segments: Sequence[Segment],
    squares: Grey,
    scores: NDArray[np.float32],
    page: Page,
    whitelist: str,
) -> RowLook:
    lattice = make_lattice(pieces, segments, scores, row.height, page.stroke)
    weighed = lattice.scores(WEIGHTS)
    barred = [int(d) for d in DIGITS if d not in whitelist]
    weighed[:, barred] = -1e9
    way = best_way(lattice, weighed)
    p, log_z = posteriors(lattice, weighed)
    digits = [(number, digit) for number, digit in way if digit < len(DIGITS)]
    line = None
    if digits:
        text = [digit for _, digit in digits]
        sure = float(np.exp(posteriors_of(lattice, weighed, text)[1] - log_z))
        parts = [segments[n].pieces for n, _ in digits]
        read = tuple(
            _digit(p[n, :-1], d, part, page.scale)
            for (n, d), part in zip(digits, parts, strict=True)
        )
        line = Line(read, min(sure, 1.0), _breaks(parts, row.height))
    return RowLook(row, pieces, lattice, squares, way, p, line)


def _digit(
    p: NDArray[np.float64], digit: int, pieces: Sequence[Piece], scale: float
) -> Digit:
    """Return a digit of the answer."""
    others = [int(d) for d in np.argsort(-p) if d != digit and p[d] >= DOUBT]
    top, left, bottom, right = (round(edge * scale) for edge in extent(pieces))
    box: Box = (left, top, max(right - left, 1), max(bottom - top, 1))
    alternatives = tuple((d, float(p[d])) for d in others)
    return Digit(digit, float(min(p[digit], 1)), alternatives, box)


def _breaks(parts: Sequence[Sequence[Piece]], height: float) -> tuple[int, ...]:
    """Return the numbers of the digits with a wide gap before them."""
    boxes = [extent(part) for part in parts]
    return tuple(
        number
        for number in range(1, len(boxes))
        if boxes[number][1] - boxes[number - 1][3] > BREAK * height
    )
