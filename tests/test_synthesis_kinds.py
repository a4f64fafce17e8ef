"""Synthetic pages of every kind: seeded, and their ground truth agrees."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.errors import DataError
from byhand.ink.segmentation import CLASSES, DIGIT
from byhand.synthesis.kinds import (
    KEPT_OUT,
    KINDS,
    WITHOUT_DIGITS,
    make_page,
    training_kinds,
)
from byhand.synthesis.page import HALF, SyntheticPage

IMAGES = np.zeros((10, 28, 28), np.uint8)  # a bar for each digit, of its own width
for digit in range(10):
    IMAGES[digit, 4:24, 13 - digit // 2 : 15 + digit] = 250
DIGITS = IMAGES, np.arange(10)
SIZES = {(80, 120): 30.0, (256, 320): 14.0, (400, 300): 150.0, (300, 520): None}


def page(kind: str, size: tuple[int, int], seed: int = 0) -> SyntheticPage:
    return make_page(kind, DIGITS, np.random.default_rng(seed), size, SIZES[size])


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("kind", KINDS)
def test_picture_classes_ink_and_lines_agree(kind: str, size: tuple[int, int]):
    made = page(kind, size)
    assert made.picture.shape == (*size, 3)
    assert made.picture.dtype == made.ink.dtype == made.classes.dtype == np.uint8
    assert made.classes.max() < len(CLASSES)
    assert_array_equal(made.classes == DIGIT, made.ink > HALF)
    for line in made.lines:
        assert len(line.boxes) == len(line.text.replace(" ", "")) > 0
        for box in line.boxes:
            inside = made.classes[box.y : box.bottom, box.x : box.right]
            assert (inside == DIGIT).any()
    assert (made.kind, bool(made.lines)) == (kind, made.text != "")


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_makes_the_same_page(kind: str):
    one, two = (page(kind, (256, 320), 3) for _ in range(2))
    assert_array_equal(one.picture, two.picture)
    assert_array_equal(one.classes, two.classes)
    assert one.lines == two.lines


@pytest.mark.parametrize("kind", WITHOUT_DIGITS)
def test_pages_without_digits_have_no_ink_of_digits(kind: str):
    made = page(kind, (256, 320))
    assert not made.ink.any()
    assert made.lines == ()


def test_kinds_that_are_kept_out_are_not_trained_on():
    assert {*training_kinds()} == {*KINDS} - {*KEPT_OUT}
    assert {*KEPT_OUT} < {*KINDS}


def test_an_unknown_kind_is_refused():
    with pytest.raises(DataError, match="expected a kind of page, got 'papyrus'"):
        make_page("papyrus", DIGITS, np.random.default_rng(0))
