"""byhand.ink.threshold: Otsu's and Wolf's thresholds are those of their papers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from byhand.ink.threshold import otsu, quantile


@given(hnp.arrays(np.int64, 256, elements=st.integers(0, 50)))
def test_otsu_finds_the_largest_spread_between_the_classes(histogram):
    levels = np.arange(256)

    def spread(threshold):
        below, above = histogram[: threshold + 1], histogram[threshold + 1 :]
        if not below.any() or not above.any():
            return 0.0
        low = np.average(levels[: threshold + 1], weights=below)
        high = np.average(levels[threshold + 1 :], weights=above)
        return below.sum() * above.sum() * (high - low) ** 2

    best = max(spread(threshold) for threshold in range(256))
    assert spread(otsu(histogram)) >= best * (1 - 1e-9)


def test_otsu_goes_midway_between_two_levels():
    histogram = np.zeros(256, np.int64)
    histogram[[40, 200]] = 7, 1
    assert otsu(histogram) == 119


@pytest.mark.parametrize(("fraction", "level"), [(0.1, 2), (0.5, 2), (0.51, 7), (1, 9)])
def test_a_quantile_is_the_level_that_holds_that_share(fraction, level):
    histogram = np.bincount([2, 2, 2, 2, 2, 7, 7, 9, 9, 9], minlength=256)
    assert quantile(histogram, fraction) == level
