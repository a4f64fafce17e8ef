"""byhand.reading.fragments: connected components, and parts cut from them."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.ink.page_ink import PageInk
from byhand.reading.fragments import (
    Fragment,
    FragmentSettings,
    cropped,
    extent,
    find_fragments,
)
from byhand.reading.page import Page
from byhand.types import Box


def page_of(mask: np.ndarray, stroke: float = 3.0, height: float = 20.0) -> Page:
    grey = mask.astype(np.uint8) * 255
    return Page.of(PageInk(grey, mask, stroke, height, 1.0, {}))


def drawn(*rows: str) -> np.ndarray:
    """Return a mask with ink where there is a #."""
    return np.array([[sign == "#" for sign in row] for row in rows])


def test_strokes_that_meet_at_a_corner_are_one_component():
    mask = drawn("##...", "..##.", ".....", ".##..", ".##..")
    first, second = find_fragments(page_of(mask, stroke=1).ink)
    assert (first.top, first.left) == (0, 0)
    assert_array_equal(first.mask, drawn("##..", "..##"))
    assert (second.top, second.left, second.bottom, second.right) == (3, 1, 5, 3)
    assert first.component != second.component


def test_a_component_has_no_ink_of_another_in_its_box():
    mask = drawn("####", "#...", "#.##", "#.##")
    first, second = find_fragments(page_of(mask, stroke=1).ink)
    assert_array_equal(first.mask, drawn("####", "#...", "#...", "#..."))
    assert second.area == 4


def with_bars(*heights: int) -> Page:
    """Return a page of upright bars a pixel wide."""
    mask = np.zeros((12, 40), np.bool_)
    for number, height in enumerate(heights):
        mask[1 : 1 + height, 3 * number] = True
    return page_of(mask)


@pytest.mark.parametrize(
    ("stroke", "kept"), [(1, [2, 4, 5, 6, 9]), (3, [6, 9]), (3.5, [9])]
)
def test_specks_are_dropped_if_they_are_smaller_than_the_pen(stroke, kept):
    page = page_of(with_bars(1, 4, 9, 5, 2, 6).ink.mask, stroke)
    assert sorted(p.area for p in find_fragments(page.ink)) == kept  # 0.6 · 9 = 5.4


def test_of_too_many_components_the_largest_are_kept():
    page = page_of(with_bars(4, 9, 5, 8, 6, 7).ink.mask, stroke=1)
    found = find_fragments(page.ink, FragmentSettings(most=3))
    assert sorted(p.area for p in found) == [7, 8, 9]


def test_a_page_without_ink_has_no_fragments():
    assert find_fragments(page_of(np.zeros((5, 7), np.bool_)).ink) == []


def test_centre_and_extent_are_those_of_the_ink():
    mask = drawn("###", "#..", "#..")
    fragment = Fragment(10, 20, mask, 1)
    assert fragment.area == 5
    assert fragment.centre == pytest.approx((10 + 3 / 5, 20 + 3 / 5))
    assert (fragment.height, fragment.width, fragment.bottom, fragment.right) == (
        3,
        3,
        13,
        23,
    )
    other = Fragment(8, 30, np.ones((2, 7), np.bool_), 2)
    assert extent([fragment, other]) == Box(20, 8, 17, 5)
    assert extent([other]) == Box(30, 8, 7, 2)


def test_cropped_keeps_the_place_on_the_page():
    fragment = Fragment(10, 20, np.ones((4, 5), np.bool_), 7)
    mask = np.zeros((4, 5), np.bool_)
    mask[1:3, 2] = True
    part = cropped(fragment, mask, 1.5)
    assert (part.top, part.left, part.component, part.cut) == (11, 22, 7, 1.5)
    assert_array_equal(part.mask, np.ones((2, 1)))
