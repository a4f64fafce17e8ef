"""Digits of many hands: the same for a seed, apart by hand, and kept in a file."""

from dataclasses import replace

import numpy as np
import pytest

import byhand
from byhand.synthesis.digits import any_hand, hand, written
from byhand.synthesis.pool import draw_hands, load_pool


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:200], test.labels[:200]


@pytest.fixture(scope="module")
def pool(digits):
    return draw_hands(*digits, 6, 5, seed=3)


def test_each_hand_has_as_many_digits(pool):
    assert (len(pool), pool.count) == (30, 6)
    assert pool.of_hand(2).tolist() == list(range(10, 15))
    assert (pool.hands == np.repeat(np.arange(6), 5)).all()


def test_digits_are_as_high_as_asked_and_cut_out_around_their_ink(pool):
    assert 17 < np.median(pool.sizes[:, 0]) < 24
    for number in range(len(pool)):
        patch = pool[number]
        assert patch.shape == tuple(pool.sizes[number])
        assert patch[0].any() and patch[-1].any() and patch[:, -1].any()


def test_a_hand_does_not_depend_on_how_many_there_are(digits, pool):
    one = draw_hands(*digits, 1, 5, seed=3)
    for number in range(5):
        assert (one[number] == pool[number]).all()
    other = draw_hands(*digits, 1, 5, seed=4)
    assert any(one[n].shape != other[n].shape for n in range(5))


def test_a_file_holds_the_pool(pool, tmp_path):
    pool.save(tmp_path / "hands.npz")
    again = load_pool(tmp_path / "hands.npz")
    assert again.height == 20 and len(again) == len(pool)
    for number in range(len(pool)):
        assert (again[number] == pool[number]).all()
    assert (again.labels == pool.labels).all() and again.count == 6


def test_hands_of_any_kind_are_narrow_and_broad_and_have_forms():
    hands = [any_hand(np.random.default_rng(n)) for n in range(200)]
    aspects = [h.aspect for h in hands]
    assert min(aspects) < 0.65 and max(aspects) > 1.5
    for share in ("drawn", "european", "broken"):
        found = {getattr(h, share) > 0 for h in hands}
        assert found == {True, False}, share


def test_a_broken_stroke_has_less_ink(digits):
    rng = np.random.default_rng
    plain = hand(rng(0))
    broken = replace(plain, broken=1.0)
    images, labels = digits[0][:20], digits[1][:20]
    inks = [
        sum(int(p.sum()) for p in written(images, labels, 28, by, rng(1)))
        for by in (plain, broken)
    ]
    assert inks[1] < 0.99 * inks[0]


def test_a_hand_that_draws_all_digits_shows_nothing_of_the_data(digits):
    by = replace(any_hand(np.random.default_rng(0)), drawn=1.0, broken=0.0)
    labels, dark = digits[1][:8], np.zeros_like(digits[0][:8])
    patches = written(dark, labels, 20, by, np.random.default_rng(1))
    assert min(patch.shape[0] for patch in patches) > 10
