"""byhand.ink.character: a character's ink, apart from its paper and from specks."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.ink.character import Character, even_paper, find_levels, without_specks
from byhand.types import Box


def test_even_paper_leaves_small_pictures_and_takes_wide_shapes_off_large_ones():
    small = np.zeros((60, 60), np.uint8)
    small[5:55, 10:50] = 100
    assert (even_paper(small) == small).all()
    large = np.zeros((100, 100), np.uint8)
    large[10:90, 40:50] = 100  # a stroke
    large[:, 60:] = 50  # a shadow's edge
    assert even_paper(large)[50, 45] == 100
    assert not even_paper(large)[:, 60:].any()


def test_the_levels_of_a_picture_are_paper_threshold_and_ink():
    ink = np.full((20, 20), 30, np.uint8)
    ink[5:15, 8:11] = 130
    levels = find_levels(ink)
    assert (levels.paper, levels.threshold, levels.full) == (30, 79, 130)
    assert levels.trace == 32  # 2 % of the way: this paper has no noise
    ink[::2] += 3
    assert find_levels(ink).trace > 35


def test_components_that_meet_at_a_corner_are_one():
    mask = np.zeros((20, 20), bool)
    mask[2:15, 5] = True
    mask[15, 6] = True
    assert (without_specks(mask) == mask).all()
    mask[17, 9] = True
    assert without_specks(mask).sum() == mask.sum() - 1


def test_the_box_holds_the_ink_and_no_more():
    ink = np.zeros((20, 30), np.uint8)
    ink[3:9, 5:12] = 200
    levels = find_levels(ink)
    found = Character(ink, levels, ink > 100)
    assert found.box == Box(5, 3, 7, 6)
    assert found.cut_out().shape == (6, 7)
    assert (found.cut_out() == 1).all()


@pytest.mark.parametrize(
    ("edges", "cut_off"),
    [
        ((10, 10, 40, 60), False),
        ((0, 10, 40, 60), True),  # left
        ((10, 0, 40, 60), True),  # above
        ((10, 10, 50, 60), True),  # right
        ((10, 10, 40, 80), True),  # below
        ((0, 0, 50, 80), False),  # cropped to the character
        ((10, 0, 40, 80), False),  # cropped above and below
        ((0, 0, 48, 77), False),  # the same, not quite
        ((0, 0, 47, 80), True),
    ],
)
def test_a_character_is_cut_off_where_it_reaches_one_edge_alone(edges, cut_off):
    left, top, right, bottom = edges
    mask = np.zeros((80, 50), bool)
    mask[top:bottom, left:right] = True
    ink = np.where(mask, 200, 0).astype(np.uint8)
    levels = find_levels(np.pad(ink, 1))
    assert levels is not None
    assert Character(ink, levels, mask).is_cut_off() is cut_off
