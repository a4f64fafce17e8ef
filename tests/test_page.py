"""byhand.reading.page: a page is deskewed and deslanted, and boxes lead back."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from byhand.ink.page_ink import PageInk, find_page_ink
from byhand.pictures.sheets import Sheet
from byhand.reading.fragments import Fragment, find_fragments
from byhand.reading.page import Page, rotation, shear
from byhand.types import Box


def page_of(picture: np.ndarray) -> Page:
    image = Image.fromarray(picture)
    ink, *_ = find_page_ink(Sheet(image, image.size))
    return Page.of(ink)


def boxes_in(page: Page, angle: float) -> list[Box]:
    deskewed = page.deskewed(angle) if angle else page
    fragments = sorted(find_fragments(deskewed.ink), key=lambda p: p.left)
    return [deskewed.in_picture([fragment]) for fragment in fragments]


def blots(scale: float = 1.0) -> np.ndarray:
    """Return a page of dark rings, which look the same at every angle."""
    y, x = np.mgrid[: round(220 * scale), : round(400 * scale)] / scale
    paper = np.full(y.shape, 255, np.uint8)
    for middle in [(60, 50), (110, 120), (70, 230), (150, 330)]:
        away = np.hypot(y - middle[0], x - middle[1])
        paper[(away <= 20) & (away > 14)] = 0
    return paper


@pytest.mark.parametrize("angle", [0, -17, -6, 3, 12])
@pytest.mark.parametrize("scale", [1, 2.5])
def test_boxes_lead_back_to_the_picture_though_the_page_was_rotated(angle, scale):
    page = page_of(blots(scale))
    expected = [(50, 60), (120, 110), (230, 70), (330, 150)]  # x and y of the middles
    for (x, y, w, h), (column, row) in zip(
        boxes_in(page, angle), expected, strict=True
    ):
        found = x + w / 2, y + h / 2, w, h
        wanted = [scale * side for side in (column + 0.5, row + 0.5, 41, 41)]
        assert found == pytest.approx(wanted, abs=3 * scale)


def test_a_page_is_rotated_counter_clockwise():
    page = page_of(blots())
    deskewed = page.deskewed(6)
    assert deskewed.angle == 6
    before, after = (
        np.array(
            sorted([p.centre for p in find_fragments(one.ink)], key=lambda c: c[1])
        )
        for one in (page, deskewed)
    )
    fall = (before[3] - before[0], after[3] - after[0])
    slopes = [np.degrees(np.arctan2(y, x)) for y, x in fall]
    assert slopes[1] == pytest.approx(slopes[0] - 6, abs=0.5)


def test_boxes_begin_inside_the_picture():
    page = page_of(blots())
    beyond = Fragment(-9, -9, np.ones((10, 10), np.bool_), 1)
    x, y, w, h = page.in_picture([beyond])
    assert (x, y) == (0, 0) and w >= 1 and h >= 1


def test_one_matrix_leads_from_a_deslanted_and_deskewed_page_to_its_picture():
    blank = np.zeros((100, 300), np.uint8)
    angle, slant, pad, scale = 7.0, 0.3, 16, 2.5
    x, y = 120.0, 30.0
    # one after the other: unsheared, rotated about the middle, scaled
    sheared = x - slant * (y - 50) - pad - 150, y - 50
    sin, cos = np.sin(np.radians(angle)), np.cos(np.radians(angle))
    expected = (scale * (sheared[0] * cos - sheared[1] * sin + 140),
                scale * (sheared[0] * sin + sheared[1] * cos + 45))  # fmt: skip
    matrix = np.diag([scale, scale, 1]) @ rotation(angle, (100, 300), (90, 280))
    matrix = matrix @ shear(slant, 100, pad)
    assert (matrix @ (x, y, 1))[:2] == pytest.approx(expected)
    ink = PageInk.of(blank, scale)
    disk = np.hypot(*np.mgrid[-9.5:10, -9.5:10]) < 10
    box = Page(ink, matrix, angle, slant).in_picture([Fragment(20, 110, disk, 1)])
    assert (box.x + box.width / 2, box.y + box.height / 2) == pytest.approx(
        expected, abs=1
    )
    assert box.height == pytest.approx(scale * 20, rel=0.1)  # not of its box, rotated


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_is_turned_and_boxes_lead_back(quarters):
    page = page_of(blots(2))
    turned = page.turned_by(quarters)
    assert turned.turned == quarters
    assert (turned.ink.mask == np.rot90(page.ink.mask, quarters)).all()
    before, after = (
        sorted(one.in_picture([p]) for p in find_fragments(one.ink))
        for one in (page, turned)
    )
    assert before == after


def test_a_part_of_a_page_has_the_ink_of_some_fragments_only():
    page = page_of(blots())
    first, *_ = find_fragments(page.ink)
    part = page.with_only([first])
    (found,) = find_fragments(part.ink)
    assert (found.mask == first.mask).all()
    assert part.in_picture([found]) == page.in_picture([first])
    assert (part.ink.grey > 0).sum() > found.area  # grey edges of strokes
