"""Rows of synthetic pages as they are found, with the text that each shows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from PIL import Image

from byhand.pictures.sheets import Sheet
from byhand.reading.line_reader import Evidence, LineReader
from byhand.reading.page_reader import read_page
from byhand.reading.symbols import SYMBOLS
from byhand.synthesis.drawing import chosen, log_uniform
from byhand.synthesis.kinds import make_page, training_kinds
from byhand.synthesis.page import SyntheticLine, SyntheticPage
from byhand.types import Box, Floats, Images, Labels

SIZE = (360, 480)  # pixels of a page
HEIGHTS = (18.0, 40.0)  # of its digits
NEAR = 2  # pixels around ink that belong to it

Found = tuple[Evidence, list[int]]  # a row, and the numbers of the symbols it shows


def page_rows(
    digits: tuple[Images, Labels], count: int, seed: int, reader: LineReader
) -> Iterator[Found]:
    """Yield rows found on synthetic pages, those of letters with an empty text.

    Rows that do not hold just one line of the page are left out.

    Args:
        digits: images (N, 28, 28), ink bright on 0, and labels (N,).
        count: of pages.
        seed: decides every page by itself.
        reader: of the rows.
    """
    kinds = training_kinds()
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        height = log_uniform(rng, *HEIGHTS)
        page = make_page(chosen(rng, kinds), digits, rng, SIZE, height)
        yield from _rows_of(page, reader)


def _rows_of(page: SyntheticPage, reader: LineReader) -> Iterator[Found]:
    """Yield the rows found on a page that hold one of its lines, or none.

    Each that slants is there twice: as it was found, and deslanted.
    """
    image = Image.fromarray(page.picture)
    places = [_middles(line.boxes) for line in page.lines]
    for row in read_page(Sheet(image, image.size), reader).rows:
        boxes = [
            row.evidence.row.page.in_picture([f]) for f in row.evidence.row.fragments
        ]
        inside = [_inside(middles, boxes) for middles in places]
        held = [n for n, within in enumerate(inside) if within.any()]
        if not held:
            symbols = []
        elif len(held) == 1 and inside[held[0]].all():
            symbols = _symbols(page.lines[held[0]])
        else:
            continue
        yield row.evidence, symbols
        other = row.evidence.row.slanting or row.evidence.row.deslanted()
        for result in reader.read_rows([other]).rows if other else ():
            yield result.evidence, symbols


def _symbols(line: SyntheticLine) -> list[int]:
    return [SYMBOLS.index(symbol) for symbol in line.marked.replace(" ", "")]


def _middles(boxes: Sequence[Box]) -> Floats:
    """Return the middles (N, 2) of boxes, x and y."""
    return np.array([(b.x + b.width / 2, b.y + b.height / 2) for b in boxes])


def _inside(middles: Floats, boxes: Sequence[Box]) -> np.ndarray:
    """Return which of some places (N, 2) are in one of the boxes (N,)."""
    x, y = middles.reshape(-1, 2).T[:, :, None]  # (N, 1) each
    left, top, right, bottom = np.array(
        [(b.x - NEAR, b.y - NEAR, b.right + NEAR, b.bottom + NEAR) for b in boxes]
    ).T
    within = (left <= x) & (x <= right) & (top <= y) & (y <= bottom)
    return np.asarray(within.any(axis=1))
