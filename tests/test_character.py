"""byhand.ink.character: a character's ink, apart from its paper and from specks."""

from __future__ import annotations

import numpy as np

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
