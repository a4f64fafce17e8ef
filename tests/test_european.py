"""byhand.augment.european: bars, flags and hooks are where they belong."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import byhand
from byhand.augment.european import european


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
