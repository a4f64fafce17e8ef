"""A page in doubt is looked at twice; letters are no digits."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

import byhand
from byhand.image import synthesis
from byhand.image.sheets import Sheet
from byhand.reading import look as looking
from byhand.reading.answer import Digit, Line
from byhand.reading.look import Look, look


class Row:
    """What of a row counts here: its line."""

    def __init__(self, confidence: float, digits: int) -> None:
        digit = Digit(1, confidence, (), (0, 0, 1, 1))
        self.line = Line((digit,) * digits, confidence)


def looked(*rows: tuple[float, int]) -> Look:
    return Look(None, tuple(Row(*row) for row in rows), ())


@pytest.mark.parametrize(
    ("first", "second", "expected", "looks"),
    [
        ([(0.9, 3)], [(1.0, 3)], 0, 1),  # sure enough
        ([(0.3, 3)], [(0.5, 3)], 1, 2),
        ([(0.45, 3)], [(0.3, 3)], 0, 2),
        ([(0.45, 3)], [(0.4, 4)], 1, 2),  # more digits to be expected right
        ([(0.9, 3), (0.4, 2)], [(0.9, 3), (0.7, 2)], 1, 2),  # one row in doubt
        ([], [(0.2, 1)], 1, 2),  # nothing found
        ([], [], 0, 2),
    ],
)
def test_the_surer_of_two_looks_counts(first, second, expected, looks, monkeypatch):
    answers = [looked(*first), looked(*second)]
    grains = []

    def once(sheet, model, lines, whitelist, grain):
        grains.append(grain)
        return answers[len(grains) - 1]

    monkeypatch.setattr(looking, "_look", once)
    found = look(Sheet(Image.new("L", (9, 9)), (9, 9)), byhand.load())
    assert found is answers[expected]
    assert len(grains) == looks
    assert grains == sorted(grains, reverse=True)


def page_of(squares: np.ndarray) -> Image.Image:
    """Set squares (8, 28, 28) in two rows, far apart, dark on light."""
    page = np.zeros((2, 4, 40, 40), np.uint8)
    page[:, :, 6:34, 6:34] = squares.reshape(2, 4, 28, 28)
    return Image.fromarray(255 - page.transpose(0, 2, 1, 3).reshape(80, 160))


def test_a_page_of_other_signs_is_read_strictly(rng):
    test = byhand.load_dataset("mnist").test
    some = test.images[:8], test.labels[:8], test.images[8:16]
    read, warned = 0, 0
    for _ in range(5):
        signs = synthesis._characters(*some, rng)
        reading = byhand.read(page_of(signs))
        read += sum(len(line.digits) for line in reading.lines)
        warned += any("most marks are no digits" in told for told in reading.warnings)
    assert read <= 0.4 * 40  # cut up, they would give more digits than there are signs
    assert warned >= 3


def test_a_page_of_digits_is_not_taken_for_letters():
    test = byhand.load_dataset("mnist").test
    reading = byhand.read(page_of(test.images[:8]))
    assert [line.text.replace(" ", "") for line in reading.lines] == ["7210", "4149"]
    assert not any("most marks" in told for told in reading.warnings)
