"""byhand.reading.lattice_reader: too much on a page."""

from __future__ import annotations

import numpy as np
from PIL import Image

import byhand
from byhand.pictures.sheets import Sheet
from byhand.reading.lattice_reader import (
    TOO_MUCH,
    LatticeReader,
    LatticeSettings,
)
from byhand.reading.page_reader import read_page


def row_of(count: int) -> Sheet:
    """Return digits in a row, dark on light."""
    images = byhand.load_dataset("mnist").test.images[:count]
    image = Image.fromarray(255 - np.pad(np.hstack(list(images)), 14))
    return Sheet(image, image.size)


def test_a_page_with_too_much_on_it_is_refused():
    reader = LatticeReader(byhand.load(), settings=LatticeSettings(most_candidates=5))
    result = read_page(row_of(6), reader)
    assert result.lines == []
    assert result.warnings == (TOO_MUCH,)
