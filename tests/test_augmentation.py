"""Augmentation: images are changed as far as asked, and what they show stays."""

from __future__ import annotations

import dataclasses
import math

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.augment.augmentation import CONSTRAINTS, Augmentation
from byhand.augment.elastic import SIGMA, blur_from_knots, elastic_fields
from byhand.errors import RecipeError
from byhand.kernels import reference

COUNT = 4000
LIMITS = [name for name in CONSTRAINTS if name != "own"]
REJECT = 10


def changed(augmentation, images, labels=None, seed=1):
    labels = np.zeros(len(images), np.int64) if labels is None else labels
    out = np.empty_like(images)
    found = augmentation(
        images, labels, np.arange(len(images)), np.random.default_rng(seed), out, REJECT
    )
    return out, found


def bar(count: int, height: int = 12, width: int = 4) -> np.ndarray:
    images = np.zeros((count, 28, 28), np.uint8)
    top, left = 14 - height // 2, 14 - width // 2
    images[:, top : top + height, left : left + width] = 200
    return images


def middles(images: np.ndarray) -> np.ndarray:
    """Return the centre of mass of each image, from the image's middle (N, 2)."""
    weights = images / images.sum(axis=(1, 2), keepdims=True, dtype=float)
    places = np.arange(28) - 13.5
    return np.stack([weights.sum(2) @ places, weights.sum(1) @ places], axis=1)


def test_a_gather_does_what_plain_loops_do(rng):
    images = rng.integers(1, 256, (20, 4, 5)).astype(np.uint8)
    indices = rng.integers(0, 20, 30)
    down, right = rng.integers(-3, 4, (2, 30))
    expected = np.zeros((30, 4, 5), np.uint8)
    for n, row, column in np.ndindex(expected.shape):
        to_row, to_column = row + down[n], column + right[n]
        if 0 <= to_row < 4 and 0 <= to_column < 5:
            expected[n, to_row, to_column] = images[indices[n], row, column]
    out = np.empty_like(expected)
    reference.gathered(images, indices, down, right, out)
    assert_array_equal(out, expected)


def test_a_warp_does_what_plain_loops_do(rng):
    images = rng.integers(0, 256, (3, 5, 6)).astype(np.uint8)
    indices = np.array([2, 0, 1, 1])
    matrices = (np.eye(2, 3) + rng.normal(size=(4, 2, 3)) * 0.6).astype(np.float32)
    fields = rng.normal(size=(4, 2, 5, 6)).astype(np.float32)
    out = np.empty((4, 5, 6), np.uint8)
    reference.warped(images, indices, matrices, fields, out)
    for n, i, j in np.ndindex(out.shape):
        y, x = matrices[n] @ [i - 2, j - 2.5, 1] + [2, 2.5] + fields[n, :, i, j]
        total = 0.0
        for row, column in np.ndindex(5, 6):
            near = max(0, 1 - abs(y - row)) * max(0, 1 - abs(x - column))
            total += near * images[indices[n], row, column]
        assert abs(out[n, i, j] - total) <= 0.51


@pytest.mark.parametrize("limit", [1, 2])
def test_every_place_within_the_limit_is_as_likely_and_no_other_is_taken(limit):
    count = 400 * (2 * limit + 1) ** 2
    images = np.zeros((count, 9, 9), np.uint8)
    images[:, 4, 4] = 200
    moved, _ = changed(Augmentation(shift=limit), images)
    found = (moved == 200).sum(axis=0)
    assert found.sum() == count
    inside = found[4 - limit : 5 + limit, 4 - limit : 5 + limit]
    assert inside.sum() == count
    assert inside.min() > 300
    assert inside.max() < 500


def test_without_limits_images_are_copied_and_nothing_is_drawn(rng):
    images = rng.integers(0, 256, (3, 6, 5)).astype(np.uint8)
    labels, out = np.array([4, 5, 6]), np.empty((2, 6, 5), np.uint8)
    assert not Augmentation().random
    found = Augmentation()(images, labels, np.array([2, 0]), None, out, REJECT)
    assert_array_equal(out, images[[2, 0]])
    assert_array_equal(found, [6, 4])


@pytest.mark.parametrize(
    "name",
    "damage elastic european nondigits roam rotate shift stretch touching".split(),
)
def test_the_images_themselves_stay_and_the_seed_decides(name, rng):
    images = bar(30)
    images[:] |= rng.integers(0, 50, images.shape).astype(np.uint8)
    before, labels = images.copy(), np.full(30, 7)
    augmentation = Augmentation(**{name: 1})
    one, other, third = (changed(augmentation, images, labels, s) for s in (1, 1, 2))
    assert_array_equal(images, before)
    assert_array_equal(labels, 7)
    assert_array_equal(one[0], other[0])
    assert (one[0] != third[0]).any()
    assert (one[0] != images).any()


def test_a_bar_is_rotated_as_far_as_asked_and_no_farther():
    out, _ = changed(Augmentation(rotate=30), bar(COUNT))
    weights = out / out.sum(axis=(1, 2), keepdims=True, dtype=float)
    i, j = np.indices((28, 28)) - 13.5
    ii, jj, ij = ((weights * p).sum(axis=(1, 2)) for p in (i * i, j * j, i * j))
    angles = np.degrees(0.5 * np.arctan2(2 * ij, ii - jj))  # of the longer axis
    assert abs(angles).max() == pytest.approx(30, abs=1)
    assert abs(angles).mean() == pytest.approx(15, abs=1)  # evenly within ± 30


@pytest.mark.parametrize(("name", "most"), [("scale", 1.5), ("aspect", 1.0)])
def test_sizes_change_as_far_as_asked(name, most):
    out, _ = changed(Augmentation(**{name: 0.5}), bar(COUNT, 12, 12))
    area = out.sum(axis=(1, 2), dtype=float) / (200 * 144)
    assert area.max() == pytest.approx(most**2, rel=0.05)
    assert area.min() == pytest.approx(1 / most**2, rel=0.05)
    wide = out.any(axis=1).sum(axis=1) / out.any(axis=2).sum(axis=1)
    assert (wide.max() > 1.3) == (name == "aspect")


def test_a_shear_moves_rows_apart_and_leaves_them_at_their_height():
    out, _ = changed(Augmentation(shear=0.5), bar(COUNT))
    top, low = (out[:, rows].sum(axis=1) @ (np.arange(28) - 13.5) for rows in
                (slice(8, 11), slice(17, 20)))  # fmt: skip
    slant = (top - low) / out[:, 8:11].sum(axis=(1, 2)) / 9
    assert abs(slant).max() == pytest.approx(0.5, rel=0.1)
    assert_allclose(middles(out)[:, 0], 0, atol=0.05)


def test_what_is_stretched_is_wider_and_as_high():
    out, _ = changed(Augmentation(stretch=1), bar(COUNT, 18, 4))
    wide, high = out.any(axis=1).sum(axis=1), out.any(axis=2).sum(axis=1)
    assert set(high) <= {18, 19, 20}
    assert 4 <= wide.min() <= 6
    assert wide.max() == pytest.approx(12, abs=2)  # three times
    square, _ = changed(Augmentation(stretch=1), bar(20, 12, 12))
    assert_array_equal(square, bar(20, 12, 12))


def test_what_roams_is_smaller_and_anywhere():
    out, _ = changed(Augmentation(roam=1), bar(COUNT, 20, 4))
    area = out.sum(axis=(1, 2), dtype=float) / (200 * 80)
    assert area.min() < 0.25
    assert area.max() == pytest.approx(1.05**2, rel=0.05)
    reach = abs(middles(out)).max(axis=0)
    assert reach.min() > 9
    assert out.any(axis=(1, 2)).all()


def test_a_share_is_a_share():
    images, labels = bar(COUNT), np.full(COUNT, 3)
    out, found = changed(Augmentation(nondigits=0.3), images, labels)
    assert (found == REJECT).mean() == pytest.approx(0.3, abs=0.03)
    assert_array_equal(out[found == 3], images[found == 3])
    out, _ = changed(Augmentation(damage=0.4), images, labels)
    differs = (out != images).any(axis=(1, 2)).mean()
    assert 0.3 < differs <= 0.44  # some damages are too weak to see


def test_an_elastic_field_has_the_deviation_asked_for_and_is_smooth(rng):
    fields = elastic_fields(3000, (28, 28), 1.5, rng)
    assert fields.shape == (3000, 2, 28, 28)
    assert_allclose(fields.std(axis=(0, 1)), 1.5, rtol=0.05)
    assert_allclose(fields.mean(axis=(0, 1)), 0, atol=0.1)
    # a Gaussian blur of σ: neighbours d apart are correlated by exp(-d² / 4σ²)
    for d in (1, 4, 8):
        pairs = fields[:, :, :, 5] * fields[:, :, :, 5 + d]
        expected = np.exp(-(d**2) / (4 * SIGMA**2))
        assert pairs.mean() / 1.5**2 == pytest.approx(expected, abs=0.03)


def test_the_knots_leave_no_trace():
    """Blurred from every pixel or from every fourth: the same correlations."""
    g = blur_from_knots(28).astype(float)
    distance = np.subtract.outer(np.arange(28), np.arange(28))
    assert_allclose(g @ g.T, np.exp(-(distance**2) / (4 * SIGMA**2)), atol=0.005)


def test_no_field_where_nothing_is_elastic(rng):
    assert elastic_fields(5, (28, 28), 0, rng).shape == (0, 2, 28, 28)


def test_every_setting_has_a_constraint():
    names = [field.name for field in dataclasses.fields(Augmentation)]
    assert list(CONSTRAINTS) == names


@pytest.mark.parametrize("name", LIMITS)
def test_limits_that_cannot_be_are_refused(name):
    share = name in "stretch roam damage european touching nondigits".split()
    words = "a number from 0 to 1" if share else "a finite number of 0 or more"
    if name == "shift":
        words = "an integer of 0 or more"
    wrong = [-1, -0.1, math.nan, math.inf, "1", None, True, np.float32(1)]
    wrong += [1.0001, 2] if share else [0.5] if name == "shift" else [10**400]
    for value in wrong:
        with pytest.raises(
            RecipeError, match=f"augmentation, {name}: expected {words}"
        ):
            Augmentation(**{name: value})


@pytest.mark.parametrize("name", LIMITS)
def test_limits_at_their_ends_are_allowed(name):
    for value in (0, 1):
        assert getattr(Augmentation(**{name: value}), name) == value


def test_no_images_are_no_images():
    everything = Augmentation(
        shift=1, rotate=9, elastic=1, damage=1, european=1, nondigits=0.5
    )
    out, labels = changed(everything, np.empty((0, 28, 28), np.uint8))
    assert out.shape == (0, 28, 28)
    assert labels.shape == (0,)


def test_plain_numpy_changes_images_as_the_kernels_do(monkeypatch, rng):
    """The same chances; a pixel may be rounded otherwise."""
    pytest.importorskip("numba")
    images = bar(60)
    everything = Augmentation(shift=2, rotate=20, elastic=0.8, damage=0.3, european=0.5)
    compiled, _ = changed(everything, images, np.full(60, 7))
    monkeypatch.setattr("byhand.kernels.compiled_wanted", lambda: False)
    plain, _ = changed(everything, images, np.full(60, 7))
    assert abs(compiled.astype(int) - plain).max() <= 5
    assert (compiled != plain).mean() < 0.01
