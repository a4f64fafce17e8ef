"""byhand.augment.nondigits: images that show no digit, by kind."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import byhand
from byhand.augment.nondigits import (
    KINDS,
    STILL_A_DIGIT,
    nondigits,
    pair,
    with_neighbour,
)


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:600], test.labels[:600]


@pytest.mark.parametrize("make", [with_neighbour, pair], ids=lambda make: make.__name__)
def test_two_digits_are_wider_than_one(make, digits, rng):
    images, labels = digits
    one = (images.max(axis=1) > 96).sum(axis=1)
    other = (make(images, labels, images[::-1], rng).max(axis=1) > 96).sum(axis=1)
    assert (other > one).mean() > 0.9


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_every_kind_of_non_digit_is_ink_and_leaves_the_digits_alone(make, digits, rng):
    images, labels = digits
    before = images.copy()
    out = make(images, labels, images[::-1], rng)
    assert_array_equal(images, before)
    assert out.shape == images.shape
    assert out.dtype == np.uint8
    assert out.any(axis=(1, 2)).mean() > 0.97
    assert (out != images).any(axis=(1, 2)).mean() > 0.99


def test_what_still_looks_like_a_digit_is_not_offered_as_a_non_digit():
    assert {0, 1, 8} <= set(STILL_A_DIGIT["mirrored"])
    assert {0, 1, 6, 8, 9} <= set(STILL_A_DIGIT["upside down"])


def test_non_digits_repeat_themselves_with_the_same_seed_only(digits):
    one, other, third = (
        nondigits(*digits, np.random.default_rng(seed)) for seed in (1, 1, 2)
    )
    assert_array_equal(one, other)
    assert (one != third).any(axis=(1, 2)).mean() > 0.9
