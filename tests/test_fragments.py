"""byhand.reading.fragments: strokes found, and cut where digits may touch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from byhand.ink.page_ink import PageInk
from byhand.reading import fragments as module
from byhand.reading.fragments import (
    APART,
    DEAREST,
    MOST_CUTS,
    SIDEWAYS,
    WHITE,
    Fragment,
    choose,
    cropped,
    cut_up,
    extent,
    find_fragments,
    seams,
    valleys,
)
from byhand.reading.page import Page
from byhand.types import Box

MASKS = arrays(np.bool_, st.tuples(st.integers(8, 30), st.integers(9, 40)))


def page_of(mask: np.ndarray, stroke: float = 3.0, height: float = 20.0) -> Page:
    grey = mask.astype(np.uint8) * 255
    rules = np.zeros_like(mask)
    return Page.of(PageInk(grey, grey, mask, rules, stroke, height, 1.0))


def drawn(*rows: str) -> np.ndarray:
    """Return a mask with ink where there is a #."""
    return np.array([[sign == "#" for sign in row] for row in rows])


def rings(*centres: int, radius: float = 10, pen: float = 3) -> np.ndarray:
    """Return circles side by side, with middles in these columns."""
    y, x = np.mgrid[: int(2 * radius) + 3, : centres[-1] + int(radius) + 2]
    mask = np.zeros(y.shape, np.bool_)
    for centre in centres:
        away = np.hypot(y - radius - 1, x - centre)
        mask |= (away <= radius) & (away > radius - pen)
    return mask


def test_strokes_that_meet_at_a_corner_are_one_piece():
    mask = drawn("##...", "..##.", ".....", ".##..", ".##..")
    first, second = find_fragments(page_of(mask, stroke=1))
    assert (first.top, first.left) == (0, 0)
    assert_array_equal(first.mask, drawn("##..", "..##"))
    assert (second.top, second.left, second.bottom, second.right) == (3, 1, 5, 3)
    assert first.component != second.component


def test_a_piece_has_no_ink_of_another_in_its_box():
    mask = drawn("####", "#...", "#.##", "#.##")
    first, second = find_fragments(page_of(mask, stroke=1))
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
    assert sorted(p.area for p in find_fragments(page)) == kept  # 0.6 · 9 = 5.4


def test_of_too_many_strokes_the_largest_are_kept(monkeypatch):
    monkeypatch.setattr(module, "MOST", 3)
    page = page_of(with_bars(4, 9, 5, 8, 6, 7).ink.mask, stroke=1)
    assert sorted(p.area for p in find_fragments(page)) == [7, 8, 9]


def test_a_page_without_ink_has_no_pieces():
    assert find_fragments(page_of(np.zeros((5, 7), np.bool_))) == []


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


def ways_down(reach: int, h: int) -> Iterator[tuple[int, ...]]:
    """Yield every way from top to bottom, as steps off the middle, row by row."""
    if h == 0:
        yield ()
        return
    for way in ways_down(reach, h - 1):
        before = way[-1:] or range(-reach, reach + 1)
        around = {place + step for place in before for step in (-1, 0, 1)}
        yield from ((*way, o) for o in sorted(around) if abs(o) <= reach)


def price(way: tuple[int, ...], column: int, mask: np.ndarray) -> float:
    """Return what a cut costs, term by term as `seams` says."""
    h, w = mask.shape
    cost = SIDEWAYS * sum(abs(a - b) for a, b in pairwise(way))
    for y, off in enumerate(way):
        inside = 0 <= column + off < w
        cost += mask[y, column + off] + WHITE if inside else h
        cost += 0.002 * abs(off)
    return cost


@pytest.mark.parametrize("seed", range(6))
def test_seams_are_the_cheapest_of_all_ways_down(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((5, 6)) < 0.6
    paths, costs = seams(mask, height=10)  # at most 2 columns to either side
    every = list(ways_down(2, 5))
    assert len(set(every)) == len(every) > 200
    for column in range(6):
        cheapest = min(price(way, column, mask) for way in every)
        own = tuple(int(x) - column for x in paths[column])
        assert own in every
        assert price(own, column, mask) == pytest.approx(cheapest)
        met = sum(mask[y, x] for y, x in enumerate(paths[column]))
        assert costs[column] == pytest.approx(met + 1e-3 * cheapest)


def test_a_seam_through_a_tall_block_is_straight():
    paths, costs = seams(np.ones((120, 30), np.bool_), height=40)
    assert_array_equal(paths, np.repeat(np.arange(30)[:, None], 120, axis=1))
    assert (costs >= 120).all()


def test_a_seam_goes_around_ink():
    mask = np.ones((9, 9), np.bool_)
    mask[:5, 3] = mask[4:, 4] = False
    paths, costs = seams(mask, height=20)
    assert paths[4].tolist() == [3, 3, 3, 3, 4, 4, 4, 4, 4]
    assert costs[4] < 0.01


@given(mask=MASKS, height=st.floats(10, 40))
def test_the_parts_of_a_piece_are_disjoint_and_make_it_up(mask, height):
    mask[0, 0] = mask[-1, -1] = True
    fragment = Fragment(3, 5, mask, 9)
    parts = cut_up(fragment, page_of(mask, 2.0, height), height)
    covered = np.zeros(mask.shape, np.int64)
    for part in parts:
        rows, columns = part.top - 3, part.left - 5
        covered[rows:, columns:][: part.height, : part.width] += part.mask
        assert part.mask.any(axis=0)[[0, -1]].all()  # no paper around it
        assert part.mask.any(axis=1)[[0, -1]].all()
    assert_array_equal(covered, mask)
    assert {part.component for part in parts} == {9}
    assert parts[0].cut == 0
    assert all(0 <= part.cut <= DEAREST for part in parts[1:])


def test_two_touching_circles_are_cut_where_they_touch():
    mask = rings(11, 31)
    fragment = Fragment(0, 0, mask, 1)
    parts = cut_up(fragment, page_of(mask), 20)
    begins = {part.left: part.cut for part in parts[1:]}
    column = min(begins, key=lambda left: abs(left - 21))
    assert abs(column - 21) <= 2
    left = np.zeros(mask.shape, np.bool_)
    for part in parts:
        if part.left < column:
            left[part.top : part.bottom, part.left : part.right] |= part.mask
    own = rings(11)
    assert (left[:, : own.shape[1]] ^ own).sum() < 0.06 * own.sum()


def test_a_cut_tells_its_ink_in_widths_of_the_pen():
    mask = np.zeros((20, 40), np.bool_)
    mask[:, :5] = mask[:, -5:] = True
    mask[8:12, 5:-5] = True  # a bridge, 4 pixels thick
    parts = cut_up(Fragment(0, 0, mask, 1), page_of(mask, stroke=2), 20)
    assert len(parts) > 2
    assert [part.cut for part in parts] == pytest.approx([0, *[2] * (len(parts) - 1)],
                                                         abs=0.01)  # fmt: skip


@pytest.mark.parametrize("shape", [(20, 8), (7, 40)])
def test_what_is_narrow_or_low_is_not_cut(shape):
    mask = np.ones(shape, np.bool_)
    fragment = Fragment(0, 0, mask, 1)
    assert cut_up(fragment, page_of(mask, stroke=20), 20) == [fragment]


def test_what_is_as_thick_as_a_wall_is_not_cut():
    mask = np.ones((20, 40), np.bool_)
    fragment = Fragment(0, 0, mask, 1)
    assert cut_up(fragment, page_of(mask, stroke=20 / DEAREST - 0.1), 20) == [fragment]
    assert len(cut_up(fragment, page_of(mask, stroke=20 / DEAREST + 0.1), 20)) > 1


def test_a_part_begins_in_the_column_that_its_cut_goes_down():
    mask = np.ones((20, 40), np.bool_)
    parts = cut_up(Fragment(0, 7, mask, 1), page_of(mask, stroke=9), 20)
    chosen = choose(seams(mask, 20)[1] / 9, np.array([], np.int64), 20)
    assert [part.left - 7 for part in parts] == [0, *chosen]
    assert sum(part.width for part in parts) == 40


def test_valleys_are_where_the_outline_dips_in():
    outline = [0, 0, 0, 3, 6, 3, 0, 0, 0, 0, 0]
    mask = np.arange(12)[:, None] >= outline  # (12, 11): a notch from above
    assert valleys(mask, 20).tolist() == [4]
    assert valleys(mask[::-1], 20).tolist() == [4]
    both = mask & mask[::-1, ::-1]
    assert valleys(both, 20).tolist() == [4, 6]


@pytest.mark.parametrize(("deep", "count"), [(1, 0), (2, 0), (3, 1), (4, 1)])
def test_a_dent_shallower_than_its_limit_is_no_valley(deep, count):
    outline = [0, 0, deep, 0, 0]
    mask = np.arange(12)[:, None] >= outline
    assert len(valleys(mask, 30)) == count  # 0.08 · 30 = 2.4 pixels


def test_valleys_are_chosen_first_and_then_the_cheapest_around():
    costs = np.full(60, 3.0)
    costs[[10, 30, 33]] = 1.0, 0.5, 0.7
    chosen = choose(costs, np.array([33]), 40).tolist()  # 4 columns apart
    assert 33 in chosen
    assert 30 not in chosen
    assert 10 in chosen
    assert chosen == sorted(chosen)


def test_no_cuts_are_close_at_the_edge_or_too_dear():
    rng = np.random.default_rng(4)
    costs = rng.uniform(0, 2 * DEAREST, 200)
    chosen = choose(costs, rng.permutation(200)[:40], 40)
    apart = round(APART * 40)
    assert len(chosen) > 5
    assert np.diff(chosen).min() >= apart
    assert apart <= chosen[0] and chosen[-1] < 200 - apart
    assert (costs[chosen] <= DEAREST).all()


def test_of_too_many_cuts_the_best_are_taken():
    costs = np.full(400, 5.0)
    costs[10::10] = np.linspace(0, 1, 39)
    chosen = choose(costs, np.array([], np.int64), 40)
    assert chosen.tolist() == list(range(10, 10 + 10 * MOST_CUTS, 10))
