"""MNIST-C: each corruption does what its name says, drawn for every image."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from scipy import ndimage

from byhand.augment.pen import strokes
from byhand.robustness.corruptions import CORRUPTIONS, plasma
from byhand.robustness.edges import blurred, canny

every_corruption = pytest.mark.parametrize("name", CORRUPTIONS)
SAME_FOR_ALL = {"scale", "brightness", "stripe", "canny_edges"}


@pytest.fixture
def digits(rng):
    """Eight strokes with soft edges, as digits are made of."""
    begin, end = rng.uniform(7, 21, (2, 8, 2))
    return strokes(begin, end, 3.0, (8, 28, 28))


def corrupted(name, images, seed=0):
    return CORRUPTIONS[name](images, np.random.default_rng(seed))


def bar(count, rows, columns):
    """Return images that are white in a rectangle."""
    images = np.zeros((count, 28, 28), np.uint8)
    images[:, rows, columns] = 255
    return images


def middles(images, axis):
    """Return the centre of the ink of every row (axis 2) or column (axis 1)."""
    place = np.arange(images.shape[axis])
    place = place[None, None] if axis == 2 else place[None, :, None]
    ink = images.astype(float)
    return (ink * place).sum(axis) / np.maximum(ink.sum(axis), 1)


def slopes(images, axis):
    """Return how far the ink goes across from each row to the next, fitted: (N,)."""
    return np.polyfit(np.arange(8, 20), middles(images, axis)[:, 8:20].T, 1)[0]


def test_they_are_the_fifteen_of_the_paper():
    assert list(CORRUPTIONS) == [
        "shot_noise", "impulse_noise", "glass_blur", "motion_blur", "shear", "scale",
        "rotate", "brightness", "translate", "stripe", "fog", "spatter", "dotted_line",
        "zigzag", "canny_edges",
    ]  # fmt: skip


@every_corruption
def test_the_images_stay_and_the_result_is_of_their_kind(name, digits):
    before = digits.copy()
    out = corrupted(name, digits)
    assert_array_equal(digits, before)
    assert (out.shape, out.dtype) == (digits.shape, np.uint8)
    assert (out != digits).any(axis=(1, 2)).all()
    assert_array_equal(out, corrupted(name, digits))


@every_corruption
def test_every_image_gets_its_own(name, digits):
    out = corrupted(name, np.repeat(digits[:1], 40, axis=0))
    assert (out != out[0]).any() == (name not in SAME_FOR_ALL)


@every_corruption
@pytest.mark.parametrize("shape", [(0, 28, 28), (2, 1, 1), (3, 5, 9), (2, 40, 20)])
def test_any_shape_will_do(name, shape):
    assert corrupted(name, np.full(shape, 77, np.uint8)).shape == shape


def test_shot_noise_counts_photons():
    grey = np.full((100, 28, 28), 85, np.uint8)  # one photon on average
    out = corrupted("shot_noise", grey)
    assert set(np.unique(out)) == {0, 85, 170, 255}
    assert (out == 0).mean() == pytest.approx(np.exp(-1), rel=0.02)
    assert (out == 170).mean() == pytest.approx(np.exp(-1) / 2, rel=0.03)
    assert not corrupted("shot_noise", np.zeros_like(grey)).any()


def test_impulse_noise_is_black_as_often_as_white():
    out = corrupted("impulse_noise", np.full((100, 28, 28), 100, np.uint8))
    for level, share in ((0, 0.085), (255, 0.085), (100, 0.83)):
        assert (out == level).mean() == pytest.approx(share, rel=0.05)


def test_glass_moves_single_pixels_and_keeps_the_ink(digits):
    out = corrupted("glass_blur", digits).astype(float)
    twice = blurred(blurred(digits, 0.7), 0.7)
    assert abs(out - twice).max() > 60
    assert out.sum() == pytest.approx(twice.sum(), rel=0.02)
    near = ndimage.maximum_filter(digits, (1, 15, 15)) > 0
    assert not out[~near].any()
    stem = bar(20, slice(0, 28), 0)  # in the first column no pixel changes its place
    first = corrupted("glass_blur", stem)[:, 4:24, 0].mean()
    assert first == pytest.approx(blurred(blurred(stem, 0.7), 0.7)[0, 9, 0], rel=0.05)
    flat = np.full((2, 28, 28), 90, np.uint8)
    assert_array_equal(corrupted("glass_blur", flat), flat)


def test_motion_smears_a_dot_to_the_left_within_45_degrees():
    out = corrupted("motion_blur", bar(200, 14, 20)).astype(float)
    _, rows, columns = np.nonzero(out)
    assert columns.max() == 20
    assert (abs(rows - 14) <= 20 - columns + 0.5).all()
    assert (rows < 13).any()
    assert (rows > 15).any()
    assert out.sum(axis=(1, 2)) == pytest.approx(255, abs=8)
    level = out[out[:, 14].sum(axis=1) == out.sum(axis=(1, 2))][0]  # in one row
    assert level[14, 17] == pytest.approx(level[14, 20] * np.exp(-0.5), abs=2)


def test_shear_slants_a_stem_and_rotation_turns_it_both_ways():
    stem = bar(40, slice(2, 26), slice(13, 15))
    slanted = slopes(corrupted("shear", stem), 2)
    assert abs(slanted) == pytest.approx(np.sin(0.4), abs=0.02)
    rotated = slopes(corrupted("rotate", stem), 2)
    assert abs(rotated) == pytest.approx(np.tan(0.4), abs=0.02)
    for found in (slanted, rotated):
        assert 10 < (found > 0).sum() < 30


def test_shear_makes_taller_and_rotation_keeps_the_size():
    box = bar(10, slice(9, 19), slice(9, 19))
    ink = {n: corrupted(n, box).sum() / box.sum() for n in ("shear", "rotate", "scale")}
    assert ink["shear"] == pytest.approx(1 / np.cos(0.4), rel=0.02)
    assert ink["rotate"] == pytest.approx(1, rel=0.02)
    assert ink["scale"] == pytest.approx(0.49, rel=0.02)


def test_scale_shrinks_about_the_middle():
    (out,) = corrupted("scale", bar(1, slice(4, 24), slice(9, 19)))
    rows, columns = np.nonzero(out > 127)
    assert (rows.min(), rows.max()) == (7, 20)
    assert (columns.min(), columns.max()) == (10, 17)


def test_brightness_adds_half_the_range():
    levels = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    out = corrupted("brightness", levels).ravel()
    assert abs(out - np.minimum(np.arange(256) + 127.5, 255)).max() <= 0.5


@pytest.mark.parametrize(("side", "far"), [(28, 3), (56, 6), (6, 1)])
def test_translate_moves_along_a_diagonal_by_whole_pixels(side, far):
    images = np.zeros((60, side, side), np.uint8)
    middle = side // 2
    images[:, middle, middle] = 200
    n, rows, columns = np.nonzero(corrupted("translate", images))
    assert_array_equal(n, np.arange(60))
    steps = {*zip((rows - middle).tolist(), (columns - middle).tolist(), strict=True)}
    assert steps == {(i, j) for i in (-far, far) for j in (-far, far)}


def test_stripe_inverts_the_outer_quarters(digits):
    out = corrupted("stripe", digits)
    assert_array_equal(out[:, :, 7:21], digits[:, :, 7:21])
    for side in (slice(0, 7), slice(21, 28)):
        assert_array_equal(out[:, :, side], 255 - digits[:, :, side])


def test_fog_is_smooth_and_leaves_a_quarter_of_the_contrast():
    one = bar(20, slice(8, 20), slice(12, 16))
    other = bar(20, slice(8, 20), slice(10, 14))
    foggy, too = (corrupted("fog", x).astype(float) for x in (one, other))
    assert abs((foggy - too) - (one.astype(float) - other) / 4).max() <= 1
    paper = foggy - one / 4.0
    assert abs(np.diff(paper, axis=1)).max() < 40
    assert paper.std(axis=(1, 2)).min() > 1
    assert paper.max() <= 192
    many = corrupted("fog", bar(300, 0, 0))[:, 1:, 1:]
    assert 75 < many.mean() < 115
    assert many.max() > 165


def test_a_plasma_spans_its_range_and_goes_on_beyond_its_edges(rng):
    clouds = plasma(10, rng)
    assert clouds.shape == (10, 64, 64)
    assert_array_equal(clouds.min(axis=(1, 2)), 0)
    assert_array_equal(clouds.max(axis=(1, 2)), 1)
    for axis in (1, 2):
        steps = abs(clouds - np.roll(clouds, 1, axis))
        first = np.take(steps, 0, axis)
        assert first.max() < 1.5 * steps.max()
        assert first.mean() < 2 * steps.mean() < 0.1


def test_the_last_round_of_a_plasma_adds_even_noise_to_the_mean_of_neighbours(rng):
    clouds = plasma(10, rng).astype(float)
    beside = sum(np.roll(clouds, s, axis) for s in (1, -1) for axis in (1, 2)) / 4
    corners = sum(np.roll(clouds, (s, t), (1, 2)) for s in (1, -1) for t in (1, -1)) / 4
    for mean, i, j in ((beside, 0, 1), (beside, 1, 0), (corners, 1, 1)):
        noise = (clouds - mean)[:, i::2, j::2].reshape(10, -1)
        ratio = abs(noise).max(axis=1) / noise.std(axis=1)
        assert ratio == pytest.approx(3**0.5, rel=0.05)  # evenly from -a to a


def test_spatter_is_mud_over_ink_and_paper():
    blank = np.zeros((50, 28, 28), np.uint8)
    paper, ink = corrupted("spatter", blank), corrupted("spatter", 255 - blank)
    muddy = paper > 0
    assert (50 <= paper[muddy]).all()
    assert paper.max() == 63
    assert 0.1 < muddy.mean() < 0.4
    assert_array_equal(ink < 255, muddy)
    assert ink.min() == 63
    sizes = [
        n for spots in muddy for n in np.bincount(ndimage.label(spots)[0].flat)[1:]
    ]
    assert np.median(sizes) > 5


def test_a_dotted_line_is_straight_and_dashed_from_side_to_side(digits):
    out = corrupted("dotted_line", np.zeros((30, 28, 28), np.uint8))
    drawn = out.any(axis=1)
    assert not drawn[:, np.arange(28) // 2 % 2 == 0].any()
    inner = [j for j in range(26) if j // 2 % 2 == 1]
    assert drawn[:, inner].all()
    rows = middles(out, 1)[:, inner]
    inside = (rows.min(axis=1) > 3) & (rows.max(axis=1) < 24)  # nothing cut off
    fit = np.polyfit(inner, rows[inside].T, 1, full=True)[1]
    assert fit.max() < 1
    thick = (out > 0).sum(axis=1)[:, inner][inside]
    assert set(np.unique(thick)) == {2, 3}  # 1 + log(1 - d / 2.3) > 0 to d = 1.45
    assert (corrupted("dotted_line", digits) >= digits).all()


def test_a_zigzag_goes_up_and_down_by_two_pixels(digits):
    out = corrupted("zigzag", np.zeros((60, 28, 28), np.uint8))
    columns = out.any(axis=(0, 1))
    assert_array_equal(np.flatnonzero(columns), np.arange(2, 25))
    rows = out.argmax(axis=1)[:, 3:24].astype(float)
    inside = (rows.min(axis=1) > 5) & (rows.max(axis=1) < 22)
    assert inside.sum() > 10
    level = rows[inside] - rows[inside].mean(axis=1, keepdims=True)
    fit = np.polyfit(np.arange(21), level.T, 1)[0]
    assert abs(fit).max() < 5 / 20
    beside = level - fit[:, None] * (np.arange(21) - 10)
    assert (beside.max(axis=1) - beside.min(axis=1)).min() > 2.5
    assert (beside.max(axis=1) - beside.min(axis=1)).max() < 6
    crossings = (np.diff(np.sign(beside), axis=1) != 0).sum(axis=1)
    assert np.median(crossings) >= 5
    assert (corrupted("zigzag", digits) >= digits).all()


def plain_canny(image):
    """Find edges with SciPy and plain loops."""
    ones = ndimage.gaussian_filter(np.ones(image.shape), 1, mode="constant", truncate=9)
    smooth = ndimage.gaussian_filter(image / 255, 1, mode="constant", truncate=9) / ones
    down, across = (ndimage.sobel(smooth, axis, mode="nearest") for axis in (0, 1))
    slope = np.hypot(down, across)
    ridge = np.zeros(image.shape, bool)
    for i in range(1, image.shape[0] - 1):
        for j in range(1, image.shape[1] - 1):
            step = np.array([down[i, j], across[i, j]])
            longest = abs(step).max()
            if slope[i, j] < 0.1:
                continue
            ahead = []
            for sign in (1, -1):
                y, x = np.array([i, j]) + sign * step / longest  # one of them is whole
                corners = np.array([[y], [x]])
                ahead += ndimage.map_coordinates(slope, corners, order=1).tolist()
            ridge[i, j] = slope[i, j] >= max(ahead)
    components, _ = ndimage.label(ridge, np.ones((3, 3)))
    strong = np.unique(components[ridge & (slope >= 0.2)])
    return np.isin(components, strong) & ridge


def test_edges_are_those_of_the_method_in_plain_loops(rng):
    noise = rng.standard_normal((6, 15, 17))
    smooth = ndimage.gaussian_filter(noise, (0, 1.2, 1.2))
    images = np.clip(128 + 60 * smooth, 0, 255).astype(np.uint8)
    expected = np.array([plain_canny(image) for image in images])
    assert 0.05 < expected.mean() < 0.4
    assert_array_equal(canny(images), expected)


def test_edges_run_around_a_box_and_not_through_it():
    (out,) = corrupted("canny_edges", bar(1, slice(6, 22), slice(8, 20)))
    assert set(np.unique(out)) == {0, 255}
    assert not out[9:19, 11:17].any()
    assert not out[:4].any()
    assert out[10:18].any(axis=1).all()
    assert out[5:8, 14].any()
    assert not canny(np.full((2, 9, 9), 200, np.uint8)).any()


def test_a_blur_is_a_gaussian_and_knows_nothing_outside(digits):
    expected = ndimage.gaussian_filter(
        digits.astype(float), (0, 1.3, 1.3), mode="constant", truncate=9
    )
    inner = (slice(None), slice(6, 22), slice(6, 22))
    assert abs(blurred(digits, 1.3) - expected)[inner].max() < 0.01
    assert blurred(np.full((1, 5, 4), 90), 2.0) == pytest.approx(90)
