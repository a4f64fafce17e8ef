"""byhand.augment.fields: rows and fields hold what they say."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import byhand
from byhand.augment.fields import MARGIN, draw_fields, draw_rows, set_row


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:300], test.labels[:300]


def block(width: int) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[5:25, 9 : 9 + width] = 200
    return image


@pytest.mark.parametrize("gap", [12, 1, 0])
def test_the_gap_of_a_row_is_between_the_boxes_of_ink(gap):
    row = set_row([block(7), block(4)], [gap])
    inked = (row > 0).any(axis=0)
    first, last = np.flatnonzero(inked)[[0, -1]]
    assert last - first + 1 == 7 + gap + 4
    assert (~inked[first:last]).sum() == gap
    rows = np.flatnonzero((row > 0).any(axis=1))
    assert (rows[0], rows[-1]) == (MARGIN + 5, MARGIN + 24)


def test_below_0_digits_overlap_and_the_brighter_counts():
    one, other = block(8), block(8) // 2
    row = set_row([one, other], [-6])
    inked = np.flatnonzero((row > 0).any(axis=0))
    assert len(inked) == 10
    assert (row.max(axis=0)[inked] == [200] * 8 + [100] * 2).all()


def test_rows_are_the_same_for_a_seed_and_say_their_digits(digits):
    first, again, other = (draw_rows(*digits, 4, seed) for seed in (1, 1, 2))
    for (row, text, gaps), (row2, text2, gaps2) in zip(first, again, strict=True):
        assert_array_equal(row, row2)
        assert (text, gaps) == (text2, gaps2)
        assert len(text) == 5
        assert len(gaps) == 4
        assert all(-6 <= gap <= 12 for gap in gaps)
    assert [text for _, text, _ in first] != [text for _, text, _ in other]


def test_fields_are_dark_on_light_and_the_same_for_a_seed(digits):
    first, again = draw_fields(*digits, 30, 1), draw_fields(*digits, 30, 1)
    for (field, text), (field2, text2) in zip(first, again, strict=True):
        assert_array_equal(field, field2)
        assert text == text2
        assert field.dtype == np.uint8
        assert np.median(field) > field.min() + 30
    assert 1 <= max(len(text) for _, text in first) <= 8
