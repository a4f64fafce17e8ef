"""byhand.ink.page_ink: the ink of digits of any size on anything, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

import byhand
from byhand.ink.page_ink import PAGE, PageInk, find_page_ink
from byhand.pictures.sheets import Sheet
from byhand.synthesis.kinds import make_page
from lighting import ramp, step

COUNT = 8  # digits in the row


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images, test.labels


@pytest.fixture(scope="module")
def share(digits) -> np.ndarray:
    """A row of digits, 60 pixels high: how much of each pixel is ink."""
    row = np.pad(np.hstack(list(digits[0][:COUNT])), 14)
    large = scaled(row, 3).astype(float)
    return (1 / (1 + np.exp((110 - large) / 12))).astype(np.float32)  # crisp strokes


def scaled(row: np.ndarray, factor: float) -> np.ndarray:
    size = [max(1, round(side * factor)) for side in row.shape[::-1]]
    how = Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(row).resize(size, how, reducing_gap=2.0))


def grey(levels: np.ndarray) -> np.ndarray:
    return levels.round().clip(0, 255).astype(np.uint8)


def page_of(picture: np.ndarray) -> PageInk:
    image = Image.fromarray(picture)
    return next(find_page_ink(Sheet(image, image.size)))


def overlap(page: PageInk, share: np.ndarray) -> float:
    """Return the intersection over the union of the ink that was found and the true."""
    size = page.mask.shape[::-1]
    true = np.asarray(Image.fromarray(grey(255 * share)).resize(size)) > 127
    return float((page.mask & true).sum() / (page.mask | true).sum())


@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (200, 90), (30, 220), (0, 255)])
def test_ink_is_found_dark_on_light_and_light_on_dark(share, paper, ink):
    assert overlap(page_of(grey(paper + (ink - paper) * share)), share) > 0.75


@pytest.mark.parametrize("light", [ramp, step])
def test_shadows_are_no_ink(share, light, rng):
    lit = 60 + 180 * light(share.shape)
    picture = grey(lit * (1 - 0.75 * share) + rng.normal(0, 2, share.shape))
    assert overlap(page_of(picture), share) > 0.7


@pytest.mark.parametrize("factor", [0.3, 0.5, 1, 2, 4, 8])
def test_digits_of_any_size_are_found_at_a_height_the_network_knows(share, factor):
    page = page_of(scaled(grey(230 - 200 * share), factor))
    assert overlap(page, share) > 0.6
    assert 14 <= page.character_height <= 56
    expected = factor * 60 / page.character_height
    assert page.scale == pytest.approx(expected, rel=0.2)


def test_coloured_ink_is_found_on_coloured_paper(share):
    paper, pen = np.array([240, 220, 120]), np.array([40, 60, 170])
    picture = grey(paper + (pen - paper) * share[..., np.newaxis])
    assert overlap(page_of(picture), share) > 0.75


def test_a_rule_through_the_feet_is_no_ink(share):
    picture = grey(255 * (1 - share))
    picture[160:164] = 0
    assert overlap(page_of(picture), share) > 0.7


@pytest.mark.parametrize("kind", ["blank", "empty squares", "print", "only letters"])
def test_hardly_a_digit_is_read_where_there_is_none(digits, kind):
    read = []
    for seed in range(5):
        page = make_page(kind, digits, np.random.default_rng(seed), (400, 560), 30)
        read.append(sum(len(line.digits) for line in byhand.read(page.picture).lines))
    assert sorted(read)[2] <= 1  # of five pages, on most


def test_a_page_says_what_else_it_shows(digits):
    squares = make_page("empty squares", digits, np.random.default_rng(1), (400, 500))
    found = page_of(squares.picture).found
    assert found.keys() == {"handwriting", "print", "lines"}
    assert found["lines"] > 0.01 > found["handwriting"]


@pytest.mark.parametrize("shape", [(1, 1), (1, 3000), (3000, 1), (2, 2), (40, 40)])
def test_small_and_narrow_pages_are_taken(shape, rng):
    page = page_of(rng.integers(0, 256, shape).astype(np.uint8))
    assert page.mask.shape == page.grey.shape


@pytest.mark.parametrize("level", [0, 128, 255])
def test_a_page_of_one_tone_has_no_ink(level):
    assert not page_of(np.full((300, 400), level, np.uint8)).mask.any()


def test_a_page_may_come_smaller_than_its_picture(share):
    picture = Image.fromarray(grey(255 * (1 - share)))
    page, *_ = find_page_ink(Sheet(picture, (4 * picture.width, 4 * picture.height)))
    assert page.scale == 4 * picture.width / page.mask.shape[1]


def test_the_next_scale_is_the_second_hypothesis(share):
    image = Image.fromarray(grey(255 * (1 - share)))
    sheet = Sheet(image, image.size)
    first, second = find_page_ink(sheet)
    assert second.scale / first.scale in (pytest.approx(2), pytest.approx(0.5))
    assert len(list(find_page_ink(sheet, replace(PAGE, hypotheses=1)))) == 1


def test_ink_is_moved(share):
    page = page_of(grey(255 * (1 - share)))
    flipped = page.warped(lambda image: image.transpose(Image.Transpose.ROTATE_180))
    assert (flipped.mask == page.mask[::-1, ::-1]).all()
    assert flipped.scale == page.scale
    blank = page.warped(lambda image: image.point(lambda level: 0))
    assert not blank.mask.any()


def test_on_a_blank_page_nothing_is_measured():
    blank = PageInk.of(np.zeros((40, 50), np.uint8), 1.0)
    assert (blank.stroke_width, blank.character_height) == (0, 0)
