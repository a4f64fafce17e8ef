"""byhand.reading.lattice_reader: too much on a page, and other marks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import byhand
from byhand.model import Model
from byhand.pictures.sheets import Sheet
from byhand.reading.lattice_reader import (
    LATTICE,
    STRICT,
    TOO_MUCH,
    LatticeReader,
    LatticeSettings,
)
from byhand.reading.page_reader import read_page

MANY = LATTICE.text_least


def row_of(count: int) -> Sheet:
    """Return digits in a row, dark on light."""
    images = byhand.load_dataset("mnist").test.images[:count]
    image = Image.fromarray(255 - np.pad(np.hstack(list(images)), 14))
    return Sheet(image, image.size)


@pytest.fixture
def strict() -> Model:
    """A model for which nothing is good enough to be a digit."""
    model = byhand.load()
    model.calibration = replace(model.calibration, threshold=1e9)
    return model


def test_where_marks_are_no_digits_none_is_read(strict):
    result = read_page(row_of(MANY + 1), LatticeReader(strict))
    assert result.lines == []
    assert result.warnings[0] == STRICT


def test_a_few_marks_are_not_enough_to_call_a_page_text(strict):
    result = read_page(row_of(MANY - 1), LatticeReader(strict))
    assert sum(len(line.digits) for line in result.lines) == MANY - 1
    assert result.warnings == ()


def test_a_page_with_too_much_on_it_is_refused():
    reader = LatticeReader(byhand.load(), settings=LatticeSettings(most_candidates=5))
    result = read_page(row_of(MANY), reader)
    assert result.lines == []
    assert result.warnings == (TOO_MUCH,)
