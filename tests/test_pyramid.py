"""byhand.ink.pyramid: a picture at scales each half of the one before."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from byhand.ink.pyramid import PYRAMID, pyramid


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 4000), st.integers(1, 4000))
def test_each_level_is_half_of_the_one_before(width, height):
    levels = list(pyramid(Image.new("L", (width, height))))
    assert max(levels[0].shape) <= max(PYRAMID.longest, 2 * PYRAMID.enlarged)
    for level, half in pairwise(levels):
        assert half.shape[0] == -(-level.shape[0] // 2)
        assert half.shape[1] == -(-level.shape[1] // 2)
        assert half.shape[2] == 3 and max(half.shape) >= PYRAMID.smallest


@pytest.mark.parametrize(
    ("size", "first"),
    [((1000, 50), (50, 1000)), ((3200, 1600), (800, 1600)), ((100, 60), (120, 200))],
)
def test_the_largest_level_has_the_size_that_the_picture_needs(size, first):
    assert next(pyramid(Image.new("RGB", size))).shape[:2] == first


def test_colours_are_kept():
    image = Image.new("RGB", (640, 480), (200, 30, 90))
    for level in pyramid(image):
        assert (level == np.array([200, 30, 90])).all()
