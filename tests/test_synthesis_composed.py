"""Rows composed from one hand: whose ink each pixel is, at the size asked for."""

from dataclasses import replace

import numpy as np
import pytest

import byhand
from byhand.synthesis.composed import FOREIGN, ROW_STYLE, compose
from byhand.synthesis.page import HALF
from byhand.synthesis.pool import draw_hands

PLAIN = replace(ROW_STYLE, ligature=0, sign=0, frame=0, letters=0, soft=0)


@pytest.fixture(scope="module")
def pool():
    test = byhand.load_dataset("mnist").test
    return draw_hands(test.images, test.labels, 8, 10)


def composed(pool, style=PLAIN, seeds=12):
    return [compose(pool, np.random.default_rng(seed), style) for seed in range(seeds)]


def test_every_digit_has_ink_and_all_ink_has_an_owner(pool):
    for row in composed(pool):
        assert row.grey.shape == row.owners.shape
        for number in range(len(row.labels)):
            assert ((row.owners >> number) & 1).sum() > 20
        assert row.owners[row.grey > 200].all()


def test_plain_rows_have_no_other_ink(pool):
    assert not any((row.owners >> FOREIGN).any() for row in composed(pool))


@pytest.mark.parametrize("share", ["ligature", "sign", "frame", "letters"])
def test_what_is_no_digit_is_other_ink(pool, share):
    rows = composed(pool, replace(PLAIN, **{share: 1.0}))
    assert any((row.owners >> FOREIGN).any() for row in rows)


def test_gaps_decide_whether_digits_touch(pool):
    def both(style):  # rows in which a pixel has two owners
        rows = composed(pool, style)
        bits = [np.bitwise_count(row.owners) for row in rows]
        return sum(bool((b > 1).any()) for b in bits)

    overlapping = replace(PLAIN, touching=1.0, contact=(-0.2, 0.01))
    assert both(overlapping) > 6
    assert both(replace(PLAIN, touching=0.0, apart=(0.3, 0.5))) == 0


def test_digits_are_as_high_as_asked(pool):
    rows = composed(pool, replace(PLAIN, heights=(30.0, 30.0), drift=0.0))
    heights = [np.flatnonzero((r.grey > HALF).any(axis=1)) for r in rows]
    assert 26 < np.median([len(h) for h in heights]) < 42


def test_soft_ink_is_as_large(pool):
    for plain, soft in zip(
        composed(pool), composed(pool, replace(PLAIN, soft=1.0)), strict=True
    ):
        assert plain.grey.shape == soft.grey.shape
