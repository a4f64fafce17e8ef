"""Augmentation: the images are the same, elsewhere."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.image.augment import shift
from byhand.kernels import reference


def test_a_shift_does_what_plain_loops_do(rng):
    images = rng.integers(1, 256, (20, 4, 5)).astype(np.uint8)
    down, right = rng.integers(-3, 4, (2, 20))
    expected = np.zeros_like(images)
    for n, row, column in np.ndindex(images.shape):
        to_row, to_column = row + down[n], column + right[n]
        if 0 <= to_row < 4 and 0 <= to_column < 5:
            expected[n, to_row, to_column] = images[n, row, column]
    out = np.empty_like(images)
    reference.gathered(images, np.arange(20), down, right, out)
    assert_array_equal(out, expected)


@pytest.mark.parametrize("limit", [1, 2])
def test_every_place_within_the_limit_is_as_likely_and_no_other_is_taken(limit, rng):
    image = np.zeros((9, 9), np.uint8)
    image[4, 4] = 200
    count = 400 * (2 * limit + 1) ** 2
    moved = shift(np.repeat(image[None], count, axis=0), limit, rng)
    found = (moved == 200).sum(axis=0)
    assert found.sum() == count
    inside = found[4 - limit : 5 + limit, 4 - limit : 5 + limit]
    assert inside.sum() == count
    assert inside.min() > 300
    assert inside.max() < 500


def test_a_shift_of_0_changes_nothing_and_leaves_its_input_alone(rng):
    images = rng.integers(0, 256, (3, 6, 5)).astype(np.uint8)
    before = images.copy()
    assert_array_equal(shift(images, 0, rng), images)
    shift(images, 2, rng)
    assert_array_equal(images, before)


def test_no_images_are_no_images(rng):
    assert shift(np.empty((0, 6, 5), np.uint8), 2, rng).shape == (0, 6, 5)
