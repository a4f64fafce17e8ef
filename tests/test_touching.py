"""Digits cut out of rows: a neighbour's edge beside them, their own ink kept."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import byhand
from byhand.augment.geometry import boxes, fit
from byhand.augment.touching import cut_from_row


@pytest.fixture(scope="module")
def digits():
    return byhand.load_dataset("mnist").test.images[:400]


def test_most_of_the_digit_stays_and_little_of_the_neighbour(digits, rng):
    cut = cut_from_row(digits, digits[::-1], rng)
    alone = fit(digits)
    ratio = cut.sum(axis=(1, 2)) / alone.sum(axis=(1, 2))
    assert 0.85 < np.median(ratio) < 1.15
    assert np.quantile(ratio, 0.02) > 0.3


def test_the_neighbour_is_on_one_side_of_the_cut(rng):
    bar = np.zeros((200, 28, 28), np.uint8)
    bar[:, 4:24, 10:18] = 200
    other = np.zeros_like(bar)
    other[:, 4:24, 12:16] = 100  # darker than the digit
    cut = cut_from_row(bar, other, rng)
    own = (cut > 150).any(axis=(1, 2))
    assert own.all()
    assert (((cut > 60) & (cut < 120)).sum(axis=(1, 2)) > 20).mean() > 0.1


def test_the_result_fills_the_box_again(digits, rng):
    top, bottom, left, right = boxes(cut_from_row(digits, digits[::-1], rng))
    side = np.maximum(bottom - top, right - left)
    assert np.mean(abs(side - 20) <= 2) > 0.95


def test_what_was_handed_over_stays_as_it_was(digits, rng):
    before, beside = digits.copy(), digits[::-1].copy()
    cut_from_row(digits, beside, rng)
    assert_array_equal(digits, before)
    assert_array_equal(beside, before[::-1])
