"""byhand.reading.page_reader: too much on a page, and other marks."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import byhand
from byhand.model import Model
from byhand.pictures.sheets import Sheet
from byhand.reading import page_reader as module
from byhand.reading.page_reader import MANY, read_page


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
    seen = read_page(row_of(MANY + 1), strict)
    assert seen.lines == []
    assert "most marks are no digits" in seen.warnings[0]


def test_a_few_marks_are_not_enough_to_call_a_page_text(strict):
    seen = read_page(row_of(MANY - 1), strict)
    assert sum(len(line.digits) for line in seen.lines) == MANY - 1
    assert seen.warnings == ()


def test_a_page_with_too_much_on_it_is_refused(monkeypatch):
    monkeypatch.setattr(module, "MOST_CANDIDATES", 5)
    seen = read_page(row_of(MANY), byhand.load())
    assert seen.lines == []
    assert seen.warnings == ("too much on the page for writing; try a part of it",)
