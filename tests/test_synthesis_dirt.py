"""byhand.synthesis.dirt and objects: what is on a sheet beside ink and print."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.ink.segmentation import NONE
from byhand.synthesis.dirt import DIRT, show_through
from byhand.synthesis.page import Canvas
from byhand.synthesis.spots import Spot, blob

SIZE = (200, 260)


def laid(spots: list[Spot]) -> np.ndarray:
    canvas = Canvas(np.full((*SIZE, 3), 190, np.uint8))
    for spot in spots:
        canvas.lay(spot.cover, spot.x, spot.y, spot.colour, NONE, spot.opaque)
    return canvas.reflectance


@pytest.mark.parametrize("name", DIRT)
def test_dirt_is_seen_and_depends_on_the_generator_alone(name: str):
    one, again, other = (
        [DIRT[name](SIZE, 24.0, np.random.default_rng(seed + n)) for n in range(8)]
        for seed in (7, 7, 70)
    )
    pictures = [laid(spots) for spots in one]
    assert np.mean([(picture != 190).any() for picture in pictures]) > 0.6
    for a, b in zip(one, again, strict=True):
        assert_array_equal(laid(a), laid(b))
    assert (laid(one[0]) != laid(other[0])).any()


@pytest.mark.parametrize("name", DIRT)
def test_a_colour_is_shares_of_light(name: str):
    for seed in range(20):
        for spot in DIRT[name](SIZE, 24.0, np.random.default_rng(seed)):
            assert 0 <= min(spot.colour) <= max(spot.colour) <= 1
            assert spot.cover.dtype == np.uint8


@pytest.mark.parametrize("name", ["hole", "fold", "torn edge"])
def test_dirt_differs_in_place(name: str):
    places = {
        (spot.x, spot.y)
        for seed in range(12)
        for spot in DIRT[name](SIZE, 24.0, np.random.default_rng(seed))
    }
    assert len(places) > 3


def test_a_blob_is_as_large_as_its_radius_says(rng):
    area = (blob(20.0, 0.0, rng) > 127).sum()
    assert area == pytest.approx(np.pi * 400, rel=0.05)


def test_the_back_of_a_sheet_is_mirrored_and_faint(rng):
    layer = np.zeros(SIZE, np.uint8)
    layer[50:60, 20:40] = 255
    spot = show_through(layer, rng)
    down, across = np.nonzero(spot.cover > 60)
    assert across.min() > SIZE[1] - 45
    assert 45 < down.min() <= down.max() < 65
    assert max(spot.colour) <= 0.4
