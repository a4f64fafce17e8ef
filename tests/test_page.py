"""byhand.reading.page: ink found whatever the paper, the light, the size of writing."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

import byhand
from byhand.reading.fragments import extent, find_fragments
from byhand.reading.page import (
    FAINT,
    HEIGHT,
    MOST_ENLARGED,
    K,
    Page,
    flattened,
    make_page,
    pen_and_height,
    threshold,
)
from byhand.types import Box

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


def page_of(picture: np.ndarray) -> Page | None:
    return make_page(Image.fromarray(picture), picture.shape[1])


def check(picture: np.ndarray, share: np.ndarray) -> Page:
    """Check whether the ink, and no more, is found, at the usual height."""
    page = page_of(picture)
    assert page is not None
    assert len(find_fragments(page)) == COUNT
    assert 0.9 * HEIGHT <= page.height <= 1.1 * HEIGHT
    size = page.mask.shape[::-1]
    mask = np.asarray(Image.fromarray(grey(255 * share)).resize(size)) > 70
    assert (mask ^ page.mask).sum() < 0.3 * mask.sum()
    assert not (page.mask & ~ndimage.binary_dilation(mask, iterations=3)).any()
    assert page.scale == picture.shape[1] / page.mask.shape[1]
    return page


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (200, 90), (40, 140)])
def test_ink_is_told_from_paper_by_the_page_itself(share, paper, ink):
    page = check(grey(paper + (ink - paper) * share), share)
    assert page.grey[page.mask].mean() > 100 > page.ink[~page.mask].mean()


def test_dark_and_light_ink_make_the_same_page(share):
    light = grey(255 * share)
    first, second = page_of(light), page_of(255 - light)
    assert first is not None and second is not None
    assert (first.ink == second.ink).all()
    assert (first.mask == second.mask).all()


def ramp(shape: tuple[int, ...]) -> np.ndarray:
    return np.ones(shape) * np.linspace(1, 0.4, shape[1])


def step(shape: tuple[int, ...]) -> np.ndarray:
    beyond = np.clip(
        (np.arange(shape[1]) - shape[1] / 2) / 9, 0, 1
    )  # its edge: 9 pixels
    return np.ones(shape) * (1 - 0.5 * beyond)


@pytest.mark.parametrize("light", [ramp, step])
def test_shadows_are_no_ink(share, light, rng):
    paper = 235 * light(share.shape)
    check(grey(paper * (1 - 0.8 * share) + rng.normal(0, 2, share.shape)), share)


@pytest.mark.parametrize("light", [ramp, step])
def test_shadows_are_gone_from_flattened_ink(light):
    dark = grey(255 - 235 * light((120, 600)))
    flat = flattened(dark, HEIGHT)
    assert np.quantile(flat, 0.95) < 5 < 100 < np.ptp(dark)  # but for an edge


def test_a_shadows_sharp_edge_is_no_ink(share):
    light = np.ones(share.shape)
    light[:, 3 * (14 + 28 * 4) :] = 0.5  # between the fourth digit and the fifth
    page = page_of(grey(235 * light * (1 - 0.8 * share)))
    assert page is not None
    tall = [p for p in find_fragments(page) if p.height > page.height / 2]
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
    assert page is None or page.mask.shape == page.ink.shape == page.grey.shape


@pytest.mark.parametrize("factor", [0.25, 0.6, 1, 2, 6, 12])
def test_digits_of_any_size_are_brought_to_the_usual_height(share, factor):
    picture = grey(255 * (1 - share))
    page = check(scaled(picture, factor), share)
    assert page.scale == pytest.approx(factor * 60 / page.height, rel=0.1)


def test_tiny_digits_are_enlarged_but_not_without_end(share):
    page = page_of(scaled(grey(255 * (1 - share)), 0.1))  # 6 pixels high
    assert page is not None
    assert page.scale == pytest.approx(1 / MOST_ENLARGED, rel=0.02)
    assert 15 <= page.height <= 24


def test_a_page_may_come_smaller_than_its_picture(share):
    picture = Image.fromarray(grey(255 * (1 - share)))
    page = make_page(picture, 4 * picture.width)
    assert page is not None
    assert page.scale == 4 * picture.width / page.mask.shape[1]


def test_the_threshold_is_wolfs():
    rng = np.random.default_rng(2)
    flat = grey(ndimage.gaussian_filter(rng.uniform(0, 160, (40, 50)), 1))
    flat[10:16, 5:30] += 110
    wide = 15  # the smallest square that is looked at
    strongest = np.quantile(flat[::2, ::2], 0.998)
    around = np.pad(flat, wide // 2, mode="edge").astype(float)
    windows = np.lib.stride_tricks.sliding_window_view(around, (wide, wide))
    m, s = windows.mean(axis=(2, 3)), windows.std(axis=(2, 3))
    level = m + K * (1 - s / s.max()) * (strongest - m)
    quarter, half = np.quantile(flat[::2, ::2], (0.25, 0.5))
    level = np.maximum(
        level, half + 1.5 * (half - quarter) / 0.675
    )  # and no noise_level
    clear = abs(flat - level) > 0.01
    found = threshold(flat, height=5)
    assert 0 < found.sum() < found.size / 2
    assert (found == (flat > level))[clear].all()


def strokes(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Return a mask with bars, each from a row and column on, so high and wide."""
    mask = np.zeros((120, 300), np.bool_)
    for top, left, h, w in boxes:
        mask[top : top + h, left : left + w] = True
    return mask


@pytest.mark.parametrize("pen", [2, 4, 7])
def test_the_pens_width_is_twice_the_area_by_the_circumference(pen):
    measured = pen_and_height(strokes((10, 20, 80, pen), (10, 60, 80, pen)))
    assert measured is not None
    assert measured[0] == pytest.approx(pen / (np.pi / 4), rel=0.12)  # no slant: long
    assert measured[1] == 80


def test_the_usual_height_is_that_in_the_middle_by_area():
    bars = [(10, 10, 20, 4), (10, 40, 30, 4), (10, 70, 40, 4), (10, 100, 70, 4)]
    measured = pen_and_height(strokes(*bars))
    assert measured is not None
    assert measured[1] == 40  # 20 + 30 < 80 <= 20 + 30 + 40


BARS = [(10, 20 * n, 40, 4) for n in range(1, 3)]


@pytest.mark.parametrize(
    "others",
    [
        [(60, 20 * n, 9, 9) for n in range(12)],  # dots
        [(60 + row, 2 * n, 5, 1) for n in range(80) for row in (0, 9)],  # noise_level
        [(70, 5, 2, 280), (88, 5, 2, 280), (70, 5, 20, 2)],  # a box, open on one side
    ],
)
def test_what_is_no_character_does_not_count_for_the_height(others):
    mask = strokes(*BARS, *others)
    assert mask.sum() > 2 * strokes(*BARS).sum()
    measured = pen_and_height(mask)
    assert measured is not None
    assert measured[1] == 40


def test_the_pens_width_is_that_of_characters_of_the_usual_height():
    bars = [(10, 20 * n, 40, 4) for n in range(1, 7)]
    assert pen_and_height(strokes(*bars, (5, 200, 100, 9))) == (
        pen_and_height(strokes(*bars))
    )


@pytest.mark.parametrize("bars", [[], BARS])
def test_where_nearly_all_is_dust_nothing_is_written(bars):
    dust = [(60 + row, 2 * n, 6, 1) for n in range(149) for row in (0, 9)]
    assert pen_and_height(strokes(*bars, *dust)) is None


def test_what_is_as_high_as_a_large_page_is_no_character():
    mask = np.pad(strokes((10, 20, 40, 4), (10, 60, 40, 4)), ((0, 100), (0, 0)))
    mask[:, 250:260] = True
    measured = pen_and_height(mask)
    assert measured is not None
    assert measured[1] == 40


def test_without_ink_nothing_is_measured():
    assert pen_and_height(np.zeros((9, 9), np.bool_)) is None


def test_rules_are_no_ink(share):
    picture = grey(255 * (1 - share))
    picture[160:164] = 0
    page = check(picture, share)
    assert not page.mask[105:].any()


def test_grain_is_smoothed_on_a_page_of_the_usual_size(rng):
    ink = grey(rng.normal(100, 10, (90, 90)))
    small, usual = (flattened(ink, height).std() for height in (HEIGHT - 1, HEIGHT))
    assert usual < 0.9 * small


def boxes_in(page: Page, angle: float) -> list[Box]:
    turned = page.deskewed(angle) if angle else page
    assert turned is not None
    fragments = sorted(find_fragments(turned), key=lambda p: p.left)
    return [turned.in_picture(extent([fragment])) for fragment in fragments]


def blots(scale: float = 1.0) -> np.ndarray:
    """Return a page of dark discs, which look the same however they are turned."""
    y, x = np.mgrid[: round(220 * scale), : round(400 * scale)] / scale
    paper = np.full(y.shape, 255, np.uint8)
    for middle in [(60, 50), (110, 120), (70, 230), (150, 330)]:
        away = np.hypot(y - middle[0], x - middle[1])
        paper[(away <= 20) & (away > 14)] = 0
    return paper


@pytest.mark.parametrize("angle", [0, -17, -6, 3, 12])
@pytest.mark.parametrize("scale", [1, 2.5])
def test_boxes_lead_back_to_the_picture_though_the_page_was_turned(angle, scale):
    page = page_of(blots(scale))
    assert page is not None
    expected = [(50, 60), (120, 110), (230, 70), (330, 150)]  # x and y of the middles
    for (x, y, w, h), (column, row) in zip(
        boxes_in(page, angle), expected, strict=True
    ):
        found = x + w / 2, y + h / 2, w, h
        wanted = [scale * side for side in (column + 0.5, row + 0.5, 41, 41)]
        assert found == pytest.approx(wanted, abs=2 * scale)


def test_rules_that_sloped_are_gone_when_the_page_is_turned():
    paper = blots()
    rows = (188 + np.tan(np.radians(8)) * (np.arange(400) - 200)).astype(int)
    for row in range(3):
        paper[rows + row, np.arange(400)] = 0
    page = page_of(paper)
    assert page is not None
    turned = page.deskewed(8)
    assert turned is not None
    assert (len(find_fragments(page)), len(find_fragments(turned))) == (5, 4)


def test_a_page_is_turned_counter_clockwise():
    page = page_of(blots())
    assert page is not None
    turned = page.deskewed(6)
    assert turned is not None
    assert turned.angle == 6
    before, after = (
        np.array(sorted([p.centre for p in find_fragments(one)], key=lambda c: c[1]))
        for one in (page, turned)
    )
    fall = (before[3] - before[0], after[3] - after[0])
    slopes = [np.degrees(np.arctan2(y, x)) for y, x in fall]
    assert slopes[1] == pytest.approx(slopes[0] - 6, abs=0.5)


def test_boxes_begin_inside_the_picture():
    page = page_of(blots())
    assert page is not None
    x, y, w, h = page.in_picture(Box(-9, -9, 10, 10))
    assert (x, y) == (0, 0) and w >= 1 and h >= 1
