"""Compiled kernels of reading: cuts and candidates, against NumPy and Pillow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal
from scipy import ndimage

from byhand.errors import ShapeError
from byhand.ink.normalise import box_of, normalised
from byhand.kernels import reference
from byhand.reading import candidate_images

pytest.importorskip("numba")
from byhand.kernels import character, seam

SIDES = st.integers(1, 70)


def blobs(shape: tuple[int, int], rng: np.random.Generator) -> np.ndarray:
    """Return uint8 ink with soft edges, at least a pixel of it."""
    smooth = ndimage.gaussian_filter(rng.random(shape), 1.5)
    spread = (smooth - smooth.min()) / max(np.ptp(smooth), 1e-9)
    ink = np.clip(500 * spread - 200, 0, 255).astype(np.uint8)
    ink[rng.integers(shape[0]), rng.integers(shape[1])] = 255
    return ink


@settings(deadline=None, max_examples=60)
@given(SIDES, SIDES, st.integers(1, 9), st.integers(0, 2**32 - 1))
def test_seams_are_those_of_the_reference(height, width, reach, seed):
    mask = blobs((height, width), np.random.default_rng(seed)) > 128
    prices = (0.02, 0.002, 0.15)
    columns = np.arange(width)
    paths, least = seam.seams(mask, columns, reach, *prices)
    expected, costs = reference.seams(mask, columns, reach, *prices)
    assert_array_equal(paths, expected)
    assert_array_equal(least, costs)


@settings(deadline=None, max_examples=150)
@given(
    SIDES, SIDES, st.floats(0, 1), st.floats(80, 255), st.sampled_from((28, 20, 37)),
    st.integers(0, 2**32 - 1),
)  # fmt: skip
def test_a_square_is_that_of_numpy_and_pillow(height, width, part, full, side, seed):
    rng = np.random.default_rng(seed)
    ink = np.pad(blobs((height, width), rng), 2)
    page = ink >= 128
    mask = page & (np.arange(ink.shape[1]) <= rng.integers(2, ink.shape[1]))
    mask[tuple(np.argwhere(ink == 255)[0])] = True
    size = (side, side + 3)
    out = np.zeros(size, np.uint8)
    character.squared(mask, ink, page, full, part, box_of(size), out)
    shares = candidate_images._shares(mask, ink, page, full, part)
    expected = normalised(candidate_images._cropped(shares), size)
    # the centre of mass is rounded, and sums differ in their last bits
    shift = (np.argwhere(out)[0] - np.argwhere(expected)[0]).tolist()
    assert shift in ([0, 0], [0, 1], [1, 0], [0, -1], [-1, 0])
    moved = np.roll(out.astype(int), (-shift[0], -shift[1]), axis=(0, 1))
    assert abs(moved - expected).max() <= 1


def test_what_has_no_ink_is_left_blank():
    out = np.zeros((28, 28), np.uint8)
    nothing = np.zeros((5, 4), np.bool_)
    character.squared(nothing, nothing.view(np.uint8), nothing, 255, 0, 20, out)
    assert not out.any()


@pytest.mark.parametrize(("ink", "side"), [((5, 5), 28), ((5, 4), 20)])
def test_other_sizes_are_refused(ink, side):
    mask = np.ones((5, 4), np.bool_)
    out = np.zeros((side, side), np.uint8)
    with pytest.raises(ShapeError):
        character.squared(mask, np.ones(ink, np.uint8), mask, 255, 0, 20, out)


def test_columns_outside_are_refused():
    with pytest.raises(ShapeError):
        seam.seams(np.ones((3, 4), np.bool_), np.array([4]), 2, 0.02, 0.002, 0.15)
