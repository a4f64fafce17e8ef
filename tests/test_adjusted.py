"""Images changed by hand: what each slider of the laboratory does to them."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.robustness.adjusted import Adjustment, adjusted
from byhand.robustness.corruptions import rotated_by


@pytest.fixture
def images(rng):
    """Two images with a bar of ink, above the middle and to its left."""
    found = np.zeros((2, 20, 20), np.uint8)
    found[:, 6:8, 4:8] = 200
    return found


def places(image):
    """Return the centre of the ink: down and right of the middle."""
    i, j = np.indices(image.shape)
    total = image.sum(dtype=float)
    middle = (image.shape[0] - 1) / 2
    return (i * image).sum() / total - middle, (j * image).sum() / total - middle


def test_nothing_is_changed_unless_asked(images, rng):
    assert np.array_equal(adjusted(images, Adjustment(), rng), images)


def test_moves_are_pixels_to_the_right_and_down(images, rng):
    found = adjusted(images, Adjustment(right=3, down=-2), rng)
    assert np.array_equal(found, np.roll(images, (-2, 3), (1, 2)))


def test_a_quarter_turn_is_clockwise(images, rng):
    found = adjusted(images, Adjustment(degrees=90), rng)
    assert np.array_equal(found, np.rot90(images, -1, (1, 2)))
    few = adjusted(images, Adjustment(degrees=23), rng)
    assert np.array_equal(few, rotated_by(images, np.radians([23.0, 23.0])))


def test_a_scale_is_about_the_middle_and_a_move_comes_after_it(images, rng):
    (down, right) = places(images[0])
    by = Adjustment(scale=1.5, right=2, degrees=0)
    found = places(adjusted(images, by, rng)[0])
    assert found == pytest.approx((1.5 * down, 1.5 * right + 2), abs=0.1)


def test_thickness_is_pixels_of_an_edge(images, rng):
    grown = adjusted(images, Adjustment(thickness=2), rng)
    assert grown[0, 4:10, 5].tolist() == [200] * 6
    assert not adjusted(images, Adjustment(thickness=-1), rng).any()
    half = adjusted(images, Adjustment(thickness=0.5), rng)
    assert half[0, 5, 5] == 100 and half[0, 6, 5] == 200


def test_noise_has_its_deviation(rng):
    grey = np.full((4, 50, 50), 128, np.uint8)
    found = adjusted(grey, Adjustment(noise=20), rng)
    assert found.std() == pytest.approx(20, rel=0.05)
