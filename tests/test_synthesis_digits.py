"""Digits written at any size: crisp, as thin and slanted as the hand is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import ndimage

from byhand.synthesis.digits import Hand, hand, stroke_fields, written
from byhand.types import Grey, Images

BAR = np.zeros((28, 28), np.uint8)  # an upright stroke, as a 1 is
BAR[4:24, 12:15] = 255
RING = np.zeros((28, 28), np.uint8)
RING[4:24, 6:22] = 255
RING[8:20, 10:18] = 0
PLAIN = Hand(
    slant=0.0, aspect=1.0, weight=0.5, wobble=0.0, uneven=0.0, size=0.0, tilt=0.0,
    european=0.0,
)  # fmt: skip


def drawn(image: Grey, height: float, writer: Hand = PLAIN, count: int = 1) -> Images:
    images = np.repeat(image[None], count, axis=0)
    labels = np.full(count, 1)
    rng = np.random.default_rng(3)
    return written(images, labels, height, writer, rng)


@pytest.mark.parametrize("height", [10, 14, 30, 75, 150, 400])
@pytest.mark.parametrize("image", [BAR, RING], ids=["bar", "ring"])
def test_a_digit_is_as_high_as_asked(image: Grey, height: int):
    coverage = drawn(image, height)[0]
    assert abs(len(coverage) - height) <= 2 + 0.15 * height
    assert coverage.max() > 200


@pytest.mark.parametrize("height", [60, 400])
def test_strokes_are_crisp(height: int):
    coverage = drawn(RING, height)[0]
    soft = ((coverage > 20) & (coverage < 235)).sum()
    edge = (coverage > 127) ^ ndimage.binary_erosion(coverage > 127)
    assert soft < 3 * edge.sum()


def test_a_ring_keeps_its_hole_at_every_size():
    for height in (10, 20, 400):
        coverage = drawn(RING, height)[0]
        _, count = ndimage.label(np.pad(coverage < 128, 1, constant_values=True))
        assert count == 2


def test_pens_are_as_wide_as_their_weight_says():
    widths = [
        (drawn(BAR, 100, replace(PLAIN, weight=weight))[0][50] > 127).sum()
        for weight in (0.2, 0.4, 0.6, 0.8)
    ]
    assert widths == sorted(widths, reverse=True)
    assert widths[0] > 2 * widths[-1] > 4


def test_a_thin_pen_is_seen_at_small_sizes():
    assert drawn(BAR, 10, replace(PLAIN, weight=0.88))[0].max() > 127


def test_slant_leads_to_the_right_for_each_row_up():
    coverage = drawn(BAR, 100, replace(PLAIN, slant=0.5))[0]
    high, low = (np.flatnonzero(coverage[row] > 127).mean() for row in (20, 80))
    assert high - low == pytest.approx(30, abs=3)


def test_turned_digits_turn_clockwise():
    rng = np.random.default_rng(3)
    coverage = written(BAR[None], np.array([1]), 100, PLAIN, rng, angle=0.3)[0]
    high, low = (np.flatnonzero(coverage[row] > 127).mean() for row in (20, 80))
    assert high - low == pytest.approx(60 * np.tan(0.3), abs=4)


def test_thick_and_thin_strokes_of_the_data_become_as_wide():
    thick = np.zeros((28, 28), np.uint8)
    thick[4:24, 11:16] = 255
    fields = stroke_fields(
        np.stack([BAR, thick]), np.array([1, 1]), PLAIN, np.random.default_rng(0)
    )
    middles = fields[:, 28, 24:30].max(axis=1)
    assert middles.min() > 200


def test_a_european_hand_bars_its_sevens():
    seven = np.zeros((1, 28, 28), np.uint8)
    seven[0, 4:7, 8:20] = seven[0, 4:24, 17:20] = 255
    rng, label = np.random.default_rng(1), np.array([7])
    plain = written(seven, label, 60, PLAIN, rng)[0]
    barred = written(seven, label, 60, replace(PLAIN, european=1.0), rng)[0]
    assert (barred[30] > 127).sum() > 1.5 * (plain[30] > 127).sum()


def test_digits_of_one_hand_differ_and_a_seed_repeats_them():
    writer = hand(np.random.default_rng(2))
    one, two = (drawn(RING, 40, writer, 3) for _ in range(2))
    for a, b in zip(one, two, strict=True):
        assert_array_equal(a, b)
    assert one[0].shape != one[1].shape or (one[0] != one[1]).any()


def test_the_data_stays_as_it_is():
    images = np.repeat(BAR[None], 2, axis=0)
    written(images, np.array([1, 1]), 30, hand(np.random.default_rng(0)),
            np.random.default_rng(1))  # fmt: skip
    assert_array_equal(images[0], BAR)
