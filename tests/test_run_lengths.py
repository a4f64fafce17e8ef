"""byhand.ink.run_lengths: how long runs of ink are."""

from __future__ import annotations

import numpy as np
import pytest
from byhand.ink.run_lengths import run_lengths
from numpy.testing import assert_array_equal


@pytest.mark.parametrize("seed", range(4))
def test_run_lengths_are_those_that_plain_loops_count(seed):
    mask = np.random.default_rng(seed).random((9, 13)) < 0.6
    expected = np.zeros(mask.shape, int)
    for y, x in np.argwhere(mask):
        top, foot = y, y
        while top > 0 and mask[top - 1, x]:
            top -= 1
        while foot < len(mask) - 1 and mask[foot + 1, x]:
            foot += 1
        expected[y, x] = foot - top + 1
    assert_array_equal(run_lengths(mask, axis=0), expected)
    assert_array_equal(run_lengths(mask.T, axis=1), expected.T)


@pytest.mark.parametrize("ink", [True, False])
def test_run_lengths_of_a_page_of_one_kind(ink):
    mask = np.full((4, 7), ink)
    assert (run_lengths(mask, axis=0) == (4 if ink else 0)).all()
    assert (run_lengths(mask, axis=1) == (7 if ink else 0)).all()
