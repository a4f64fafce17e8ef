"""Made images: bars where stems are, and things that are no digit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import byhand
from byhand.augment.european import european
from byhand.augment.geometry import boxes, fit
from byhand.augment.nondigits import (
    KINDS,
    LOOKS_THE_SAME,
    nondigits,
    pair,
    with_neighbour,
)


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:600], test.labels[:600]


def test_european_digits_have_more_ink_and_others_stay(digits, rng):
    images, labels = digits
    out = images.copy()
    european(out, labels, rng)
    others = ~np.isin(labels, (0, 1, 4, 7, 9))
    assert_array_equal(out[others], images[others])
    assert (out >= images)[labels != 4].all()  # some 4s are written from scratch
    more = (out > images).any(axis=(1, 2))
    for digit in (0, 1, 7, 9):
        assert more[labels == digit].mean() > 0.95
    assert 0.3 < more[labels == 4].mean() < 0.7


def test_the_tail_of_a_nine_goes_to_the_left(rng):
    nine = np.zeros((1, 28, 28), np.uint8)
    nine[0, 4:14, 10:20] = 255
    nine[0, 14:24, 17:20] = 255
    out = nine.copy()
    european(out, np.array([9]), rng)
    rows, columns = np.nonzero(out[0] > nine[0])
    assert rows.min() > 14
    assert columns.min() < 15


@pytest.mark.parametrize("make", [with_neighbour, pair], ids=lambda make: make.__name__)
def test_two_digits_are_wider_than_one(make, digits, rng):
    images, labels = digits
    one = (images.max(axis=1) > 96).sum(axis=1)
    other = (make(images, labels, images[::-1], rng).max(axis=1) > 96).sum(axis=1)
    assert (other > one).mean() > 0.9


def test_a_seven_gets_its_bar_through_the_stem(rng):
    seven = np.zeros((1, 28, 28), np.uint8)
    seven[0, 4:7, 8:20] = seven[0, 4:24, 17:20] = 255
    out = seven.copy()
    european(out, np.array([7]), rng)
    rows, columns = np.nonzero(out[0] > seven[0])
    assert rows.min() > 8
    assert rows.max() < 20
    assert columns.min() < 17
    assert columns.max() > 19


def test_blank_images_stay_blank(rng):
    blank = np.zeros((3, 28, 28), np.uint8)
    european(blank, np.array([0, 1, 7]), rng)
    assert not blank.any()


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_every_kind_of_non_digit_is_ink_and_leaves_the_digits_alone(make, digits, rng):
    images, labels = digits
    before = images.copy()
    out = make(images, labels, images[::-1], rng)
    assert_array_equal(images, before)
    assert out.shape == images.shape
    assert out.dtype == np.uint8
    assert out.any(axis=(1, 2)).mean() > 0.97
    assert (out != images).any(axis=(1, 2)).mean() > 0.99


def test_what_still_looks_like_a_digit_is_not_offered_as_a_non_digit():
    assert {0, 1, 8} <= set(LOOKS_THE_SAME["mirrored"])
    assert {0, 1, 6, 8, 9} <= set(LOOKS_THE_SAME["upside down"])


def test_non_digits_repeat_themselves_with_the_same_seed_only(digits):
    one, other, third = (
        nondigits(*digits, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert_array_equal(one, other)
    assert (one != third).any(axis=(1, 2)).mean() > 0.9


def test_boxes_are_where_the_ink_is():
    images = np.zeros((2, 9, 8), np.uint8)
    images[0, 2:5, 3:7] = 200
    assert_array_equal(np.array(boxes(images))[:, 0], [2, 5, 3, 7])
    assert_array_equal(np.array(boxes(images))[:, 1], [0, 9, 0, 8])  # blank: all


def test_fit_puts_ink_into_the_middle_box():
    images = np.zeros((1, 28, 28), np.uint8)
    images[0, 1:11, 2:7] = 250
    top, bottom, left, right = (int(side[0]) for side in boxes(fit(images)))
    assert bottom - top in (20, 21)
    assert right - left in (10, 11)
    assert abs(top + bottom - 28) <= 1
    assert abs(left + right - 28) <= 1
