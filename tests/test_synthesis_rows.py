"""byhand.synthesis.rows: rows of digits that do not run into one another."""

from __future__ import annotations

import numpy as np
import pytest

import byhand
from byhand.synthesis.digits import hand
from byhand.synthesis.rows import Block, Spacing, Word, write_block

HEIGHT = 20.0


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:300], test.labels[:300]


def written_feet(pitch: float, digits, rng: np.random.Generator) -> list[np.ndarray]:
    """Return for each of four steep, drifting rows the lowest row of each digit."""
    rows = [[Word(10.0, 60 + pitch * number, 30)] for number in range(4)]
    block = Block(rows, 0.0, 0.0, HEIGHT, 700.0)
    steep = Spacing(gap=0.1, uneven=0.05, space=1.0, slope=0.1, drift=0.12)
    ink = np.zeros((300, 720), np.uint8)
    lines = write_block(ink, block, digits, hand(rng, 0.3, 0.3), steep, rng)
    return [np.array([at[:, 1].max() for at in line.outlines]) for line in lines]


def test_tight_rows_with_slopes_of_their_own_stay_in_their_places(digits):
    for seed in range(12):
        rng = np.random.default_rng(seed)
        for number, feet in enumerate(written_feet(1.3 * HEIGHT, digits, rng)):
            assert np.abs(feet - (60 + 1.3 * HEIGHT * number)).max() < 0.9 * HEIGHT


def test_rows_far_apart_may_be_steep(digits):
    most = [
        np.ptp(written_feet(5 * HEIGHT, digits, np.random.default_rng(seed))[0])
        for seed in range(12)
    ]
    assert max(most) > HEIGHT
