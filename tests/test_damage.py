"""Damage: each does what its name says, more at more strength, and keeps the digit."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import ndimage

from byhand.augment.damage import DAMAGES
from byhand.augment.pen import strokes

every_damage = pytest.mark.parametrize("name", DAMAGES)


@pytest.fixture
def digits(rng):
    """Eight strokes with soft edges, as digits are made of."""
    begin, end = rng.uniform(7, 21, (2, 8, 2))
    images = strokes(begin, end, 3.0, (8, 28, 28))
    assert images.any(axis=(1, 2)).all()
    return images


def spoilt(name, images, strength, seed=0):
    strengths = np.full(len(images), strength, np.float32)
    return DAMAGES[name](images, strengths, np.random.default_rng(seed))


@every_damage
def test_the_images_stay_and_the_result_is_of_their_kind(name, digits):
    before = digits.copy()
    out = spoilt(name, digits, 1.0)
    assert_array_equal(digits, before)
    assert out.shape == digits.shape
    assert out.dtype == np.uint8
    assert (out != digits).any()
    assert_array_equal(out, spoilt(name, digits, 1.0))


@every_damage
def test_more_strength_changes_more(name, digits):
    if name in ("binary", "scanned"):  # either way all greys go
        return
    weak, strong = (
        abs(spoilt(name, digits, s).astype(int) - digits).sum() for s in (0.1, 1.0)
    )
    assert weak < strong


@every_damage
@pytest.mark.parametrize("shape", [(0, 28, 28), (2, 1, 1), (3, 5, 9)])
def test_any_shape_will_do(name, shape):
    assert spoilt(name, np.full(shape, 77, np.uint8), 0.5).shape == shape


def test_thicker_and_thinner_are_the_dilation_and_the_erosion(digits):
    cross = ndimage.generate_binary_structure(2, 1)[None]
    for name, morphology in (
        ("thicker", ndimage.grey_dilation),
        ("thinner", ndimage.grey_erosion),
    ):
        expected = morphology(digits, footprint=cross, mode="constant", cval=0)
        assert_array_equal(spoilt(name, digits, 1.0), expected)
        assert_array_equal(spoilt(name, digits, 0.0), digits)


@pytest.mark.parametrize(("strength", "times"), [(0, 1), (1, 5)])
def test_blur_is_a_binomial_filter(strength, times, digits):
    expected = digits.astype(float)
    for axis in [1, 2] * times:
        expected = ndimage.convolve1d(
            expected, [0.25, 0.5, 0.25], axis, mode="constant"
        )
    assert abs(spoilt("blurred", digits, strength) - expected).max() <= 0.51


def test_coarse_leaves_blocks_of_one_grey(digits):
    out = spoilt("coarse", digits, 1.0).astype(int)
    same = [
        (out[:, i:-1:2, j:-1:2] == out[:, i + 1 :: 2, j + 1 :: 2][:, :13, :13]).all()
        if i or j
        else (out[:, ::2, ::2] == out[:, 1::2, 1::2]).all()
        for i in (0, 1)
        for j in (0, 1)
        if i == j
    ]
    rows = [(out[:, i:26:2] == out[:, i + 1 : 27 : 2]).all() for i in (0, 1)]
    assert any(same) or any(rows)
    assert abs(out.mean() - digits.mean()) < 2


@pytest.mark.parametrize("name", ["noisy", "specked"])
def test_noise_is_everywhere_and_as_strong_as_it_says(name):
    grey = np.full((200, 28, 28), 128, np.uint8)
    out = spoilt(name, grey, 0.5).astype(float) - 128
    if name == "noisy":
        assert out.std() == pytest.approx(30, rel=0.02)
    else:
        assert (out != 0).mean() == pytest.approx(0.05 * 255 / 256, rel=0.1)
    assert abs(out.mean(axis=0)).max() < 40


def test_faint_keeps_a_fifth_and_uneven_darkens_one_side(digits):
    assert spoilt("faint", digits, 1.0).max() == round(digits.max() / 5)
    shadow = spoilt("uneven", np.zeros((50, 28, 28), np.uint8), 1.0)
    corners = shadow[:, [0, 0, -1, -1], [0, -1, 0, -1]].astype(int)
    assert (corners.max(axis=1) - corners.min(axis=1)).min() > 60
    assert shadow.max() <= 128


def test_binary_is_black_and_white(digits):
    out = spoilt("binary", digits, 0.5)
    assert set(np.unique(out)) == {0, 255}
    assert_array_equal(out == 255, digits > 127.5)


def test_a_cut_takes_ink_away_and_lines_and_dots_add_some(digits):
    for seed in range(20):
        assert (spoilt("cut", digits, 1.0, seed) <= digits).all()
        for name in ("lined", "dotted"):
            out = spoilt(name, digits, 1.0, seed)
            assert (out >= digits).all()
            assert (out > digits).any()


def test_a_stroke_has_its_length_and_width():
    out = strokes(np.array([[10, 5]]), np.array([[10, 20]]), 4, (1, 28, 28))[0]
    assert out.sum() / 255 == pytest.approx(15 * 4 + np.pi * 2**2, rel=0.03)
    assert out[10, 12] == 255
    assert out[13, 12] == 0
