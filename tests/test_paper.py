"""byhand.ink.paper: paper found under ink, and its noise level."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.ink.paper import deviation, paper_level


def test_strokes_are_taken_off_and_wide_shapes_stay():
    ink = np.full((60, 80), 20, np.uint8)
    ink[10:50, 20:25] = 200  # a stroke
    ink[:, 50:] = 90  # a shadow
    expected = np.full(ink.shape, 20)
    expected[:, 50:] = 90
    assert (paper_level(ink, 9) == expected).all()


def test_a_quartile_tells_the_deviation_of_noise():
    assert deviation(0, 0.6745) == deviation(0, -0.6745) == pytest.approx(1, rel=0.01)
