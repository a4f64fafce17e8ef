"""Cameras, light and geometry of synthetic pages."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.ink.segmentation import DIGIT, NONE
from byhand.synthesis import camera, light
from byhand.synthesis.geometry import CORNERS, View, view
from byhand.synthesis.papers import PAPERS, table
from byhand.synthesis.photo import hidden
from byhand.types import Array

SIZE = 90, 130
GREY = np.full((*SIZE, 3), 150, np.uint8)
RNG = np.random.default_rng


@pytest.fixture
def page() -> Array:
    picture = np.full((*SIZE, 3), 220, np.uint8)
    picture[30:60, 40:90] = 30
    return picture


@pytest.mark.parametrize("zoom", [0.7, 1.0, 1.2])
def test_boxes_move_as_pictures_do(zoom: float):
    for seed in range(8):
        seen = view(SIZE, 7.0, 0.02, zoom, RNG(seed))
        layer = np.zeros(SIZE, np.uint8)
        layer[40:55, 60:80] = 255
        corners = np.array([[60, 40], [80, 40], [60, 55], [80, 55]], float)
        (box,) = seen.boxes([corners])
        assert box is not None
        rows, columns = (np.flatnonzero((seen.image(layer) > 127).any(axis=axis))
                         for axis in (1, 0))  # fmt: skip
        edges = columns[0], rows[0], columns[-1] + 1, rows[-1] + 1
        assert (box.x, box.y, box.right, box.bottom) == pytest.approx(edges, abs=1)


def test_a_sheet_that_fills_the_picture_does_so_at_any_angle():
    for seed in range(10):
        rng = RNG(seed)
        seen = view(SIZE, float(rng.uniform(-12, 12)), 0.03, 1.0, rng)
        assert seen.covered
        assert (seen.image(np.full(SIZE, 255, np.uint8)) == 255).all()


def test_with_the_table_around_it_the_sheet_is_smaller():
    seen = view(SIZE, 3.0, 0.0, 0.7, RNG(0))
    assert not seen.covered
    assert seen.scale < 0.8
    assert (seen.image(np.full(SIZE, 255, np.uint8)) == 0).any()


def test_digits_less_than_half_in_the_picture_have_no_box():
    seen = View(SIZE, CORNERS * (130, 90))
    inside, outside = (np.array([[x, 10], [x + 20, 40]], float) for x in (-9, -11))
    assert seen.boxes([inside, outside]) == [(0, 10, 11, 30), None]


def test_ink_that_can_be_seen_is_not_hidden(page: Array):
    classes = np.where(page[..., 0] < 100, DIGIT, NONE).astype(np.uint8)
    ink = np.where(classes == DIGIT, 255, 0).astype(np.uint8)
    assert hidden(page, ink, classes) == 0
    assert hidden(np.full_like(page, 220), ink, classes) > 0.9
    half = page.copy()
    half[:, :65] = 220
    assert 0.3 < hidden(half, ink, classes) < 0.7
    assert hidden(page, 0 * ink, 0 * classes) == 0


@pytest.mark.parametrize("name", camera.CAMERAS)
def test_cameras_keep_the_size_and_repeat_by_seed(name: str, page: Array):
    for seed in range(6):
        before = page.copy()
        one, two = (camera.CAMERAS[name](page, RNG(seed)) for _ in range(2))
        assert_array_equal(page, before)
        assert_array_equal(one, two)
        assert (one.shape, one.dtype) == (page.shape, np.uint8)


def test_noise_has_its_deviation():
    noisy = camera.noisy(GREY, 5.0, 0.0, RNG(0)).astype(int) - 150
    assert noisy.std() == pytest.approx(5, rel=0.06)
    assert abs(noisy.mean()) < 0.3


@pytest.mark.parametrize("radius", [0.5, 0.8, 1.1, 2.0])
def test_blur_spreads_by_its_radius(radius: float):
    dot = np.zeros((41, 41, 3), np.uint8)
    dot[16:24, 16:24] = 255
    blurred = camera.blurred(dot, radius)[..., 0].astype(float)
    across = blurred.sum(axis=0) / blurred.sum()
    x = np.arange(41) - 19.5
    spread = np.sqrt((across * x**2).sum() - (across * x).sum() ** 2 - 63 / 12)
    assert spread == pytest.approx(radius, rel=0.55)


def test_shaking_smears_one_direction(page: Array):
    shaken = camera.shaken(page, 4, down=True)
    assert_array_equal(shaken[:, 0], page[:, 0])
    assert len(np.unique(shaken[:, 60])) > 3 == len(np.unique(page)) + 1
    assert len(np.unique(shaken[45])) == 2


def test_one_bit_has_two_levels(page: Array):
    assert np.unique(camera.one_bit(page, RNG(0))).tolist() == [0, 255]


def test_sharpening_leaves_halos(page: Array):
    sharp = camera.sharpened(page, 1.5)
    assert sharp.max() > 225
    assert sharp.min() < 25


@pytest.mark.parametrize("cast", [light.lit, light.shadowed, light.striped])
def test_light_takes_away_and_glare_adds(cast, page: Array):
    for seed in range(6):
        rng = RNG(seed)
        dark = cast(page, 1.0, rng) if cast is light.lit else cast(page, rng)
        assert (dark <= page).all()
        assert (light.glaring(page, rng) >= page).all()


@pytest.mark.parametrize("make", [*PAPERS.values(), table])
def test_papers_have_any_size(make):
    for seed, size in enumerate([(5, 300), (64, 48), (1, 1)]):
        paper = make(size, RNG(seed))
        assert (paper.shape, paper.dtype) == ((*size, 3), np.uint8)
        assert_array_equal(paper, make(size, RNG(seed)))
