"""byhand.ink.page_ink: ink found whatever the paper, the light, the size of writing."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import byhand
from byhand.ink.page_ink import PAGE, PageInk, find_page_ink
from byhand.pictures.convert import FAINT
from byhand.pictures.sheets import Sheet
from byhand.reading.fragments import find_fragments
from byhand.reading.page import Page
from lighting import ramp, step

COUNT = 8  # digits in the row, each one stroke


@pytest.fixture(scope="module")
def share() -> np.ndarray:
    """A row of digits, 60 pixels high: how much of each pixel is ink."""
    images = byhand.load_dataset("mnist").test.images[:COUNT]
    row = np.pad(np.hstack(list(images)), 14)
    return scaled(row, 3) / 255


def scaled(row: np.ndarray, factor: float) -> np.ndarray:
    size = [max(1, round(side * factor)) for side in row.shape[::-1]]
    return np.asarray(Image.fromarray(row).resize(size, Image.Resampling.BICUBIC))


def grey(levels: np.ndarray) -> np.ndarray:
    return levels.round().clip(0, 255).astype(np.uint8)


def page_of(picture: np.ndarray) -> PageInk | None:
    image = Image.fromarray(picture)
    return next(iter(find_page_ink(Sheet(image, image.size))), None)


def check(picture: np.ndarray, share: np.ndarray) -> PageInk:
    """Check whether the ink, and no more, is found, at the usual height."""
    page = page_of(picture)
    assert page is not None
    assert len(find_fragments(Page.of(page))) == COUNT
    assert (
        0.9 * PAGE.character_height
        <= page.character_height
        <= 1.1 * PAGE.character_height
    )
    size = page.mask.shape[::-1]
    mask = np.asarray(Image.fromarray(grey(255 * share)).resize(size)) > 70
    assert (mask ^ page.mask).sum() < 0.3 * mask.sum()
    assert not (page.mask & ~ndimage.binary_dilation(mask, iterations=3)).any()
    assert page.scale == picture.shape[1] / page.mask.shape[1]
    return page


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (200, 90), (40, 140)])
def test_ink_is_found_on_any_paper(share, paper, ink):
    page = check(grey(paper + (ink - paper) * share), share)
    assert page.grey[page.mask].min() >= 128 > page.grey[~page.mask].max()


def test_dark_and_light_ink_make_the_same_page(share):
    light = grey(255 * share)
    first, second = page_of(light), page_of(255 - light)
    assert first is not None and second is not None
    assert (first.grey == second.grey).all()
    assert (first.mask == second.mask).all()


@pytest.mark.parametrize("light", [ramp, step])
def test_shadows_are_no_ink(share, light, rng):
    paper = 235 * light(share.shape)
    check(grey(paper * (1 - 0.8 * share) + rng.normal(0, 2, share.shape)), share)


def test_a_shadows_sharp_edge_is_no_ink(share):
    light = np.ones(share.shape)
    light[:, 3 * (14 + 28 * 4) :] = 0.5  # between the fourth digit and the fifth
    page = page_of(grey(235 * light * (1 - 0.8 * share)))
    assert page is not None
    tall = [
        p for p in find_fragments(Page.of(page)) if p.height > page.character_height / 2
    ]
    assert len(tall) == COUNT


@pytest.mark.parametrize("contrast", [0.12, 0.2, 0.4])
def test_faint_pencil_is_ink(share, contrast, rng):
    check(grey(230 * (1 - contrast * share) + rng.normal(0, 1, share.shape)), share)


@pytest.mark.parametrize("contrast", [0, 0.9 * FAINT])
def test_what_hardly_stands_out_is_no_ink(share, contrast):
    assert page_of(grey(255 * (1 - contrast * share))) is None


@pytest.mark.parametrize("deviation", [1, 3, 10, 30])
@pytest.mark.parametrize("shape", [(300, 300), (80, 400), (500, 700)])
def test_noise_alone_is_no_ink(shape, deviation, rng):
    assert page_of(grey(200 + rng.normal(0, deviation, shape))) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 2), (300, 400)])
@pytest.mark.parametrize("level", [0, 1, 128, 255])
def test_a_page_of_one_tone_has_no_ink(shape, level):
    assert page_of(np.full(shape, level, np.uint8)) is None


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 2), (40, 40)])
def test_small_and_narrow_pages_are_taken(shape, rng):
    page = page_of(rng.integers(0, 256, shape).astype(np.uint8))
    assert page is None or page.mask.shape == page.shape == page.grey.shape


@pytest.mark.parametrize("factor", [0.25, 0.6, 1, 2, 6, 12])
def test_digits_of_any_size_are_brought_to_the_usual_height(share, factor):
    picture = grey(255 * (1 - share))
    page = check(scaled(picture, factor), share)
    assert page.scale == pytest.approx(factor * 60 / page.character_height, rel=0.1)


def test_tiny_digits_are_enlarged_but_not_without_end(share):
    page = page_of(scaled(grey(255 * (1 - share)), 0.1))  # 6 pixels high
    assert page is not None
    assert page.scale == pytest.approx(1 / PAGE.most_enlarged, rel=0.02)
    assert 15 <= page.character_height <= 24


def test_a_page_may_come_smaller_than_its_picture(share):
    picture = Image.fromarray(grey(255 * (1 - share)))
    page, *_ = find_page_ink(Sheet(picture, (4 * picture.width, 4 * picture.height)))
    assert page.scale == 4 * picture.width / page.mask.shape[1]


def test_rules_are_no_ink(share):
    picture = grey(255 * (1 - share))
    picture[160:164] = 0
    page = check(picture, share)
    assert not page.mask[105:].any()


def test_faint_ink_is_in_the_second_hypothesis(share, rng):
    noise = rng.normal(0, 18, share.shape)
    image = Image.fromarray(grey(230 * (1 - 0.15 * share) + noise))
    usual, faint = find_page_ink(Sheet(image, image.size))
    assert faint.mask.sum() > 1.2 * usual.mask.sum()


def test_settings_are_followed(share):
    image = Image.fromarray(grey(255 * (1 - share)))
    lower = replace(PAGE, character_height=20.0)
    found, *_ = find_page_ink(Sheet(image, image.size), settings=lower)
    assert found.character_height == pytest.approx(20, abs=2)


def test_ink_that_is_moved_is_measured_again(share):
    page = page_of(grey(255 * (1 - share)))
    assert page is not None
    flipped = page.warped(lambda image: image.transpose(Image.Transpose.ROTATE_180))
    assert (flipped.mask == page.mask[::-1, ::-1]).all()
    assert flipped.scale == page.scale
    half = page.warped(lambda image: image.reduce(2))
    assert half.character_height == pytest.approx(page.character_height / 2, rel=0.1)
    blank = page.warped(lambda image: image.point(lambda level: 0))
    assert (blank.stroke_width, blank.character_height) == (0, 0)
