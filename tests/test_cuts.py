"""byhand.reading.cuts: connected ink is cut where digits may touch."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from numpy.testing import assert_array_equal

from byhand.reading.cuts import CUTS, choose, cut_up, seams, valleys
from byhand.reading.fragments import Fragment

MASKS = arrays(np.bool_, st.tuples(st.integers(8, 30), st.integers(9, 40)))


def rings(*centres: int, radius: float = 10, pen: float = 3) -> np.ndarray:
    """Return circles side by side, with middles in these columns."""
    y, x = np.mgrid[: int(2 * radius) + 3, : centres[-1] + int(radius) + 2]
    mask = np.zeros(y.shape, np.bool_)
    for centre in centres:
        away = np.hypot(y - radius - 1, x - centre)
        mask |= (away <= radius) & (away > radius - pen)
    return mask


def paths_down(reach: int, h: int) -> Iterator[tuple[int, ...]]:
    """Yield every path from top to bottom, as steps off the middle, row by row."""
    if h == 0:
        yield ()
        return
    for path in paths_down(reach, h - 1):
        before = path[-1:] or range(-reach, reach + 1)
        around = {place + step for place in before for step in (-1, 0, 1)}
        yield from ((*path, o) for o in sorted(around) if abs(o) <= reach)


def price(path: tuple[int, ...], column: int, mask: np.ndarray) -> float:
    """Return what a cut costs, term by term as `seams` says."""
    h, w = mask.shape
    cost = CUTS.sideways * sum(abs(a - b) for a, b in pairwise(path))
    for y, off in enumerate(path):
        inside = 0 <= column + off < w
        cost += mask[y, column + off] + CUTS.row if inside else h
        cost += CUTS.off_centre * abs(off)
    return cost


@pytest.mark.parametrize("seed", range(6))
def test_seams_are_the_cheapest_of_all_paths_down(seed):
    rng = np.random.default_rng(seed)
    mask = rng.random((5, 6)) < 0.6
    paths, costs = seams(mask, height=10)  # at most 2 columns to either side
    every = list(paths_down(2, 5))
    assert len(set(every)) == len(every) > 200
    for column in range(6):
        cheapest = min(price(path, column, mask) for path in every)
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
def test_the_parts_of_a_component_are_disjoint_and_make_it_up(mask, height):
    mask[0, 0] = mask[-1, -1] = True
    fragment = Fragment(3, 5, mask, 9)
    parts = cut_up(fragment, height, stroke=2.0)
    covered = np.zeros(mask.shape, np.int64)
    for part in parts:
        rows, columns = part.top - 3, part.left - 5
        covered[rows:, columns:][: part.height, : part.width] += part.mask
        assert part.mask.any(axis=0)[[0, -1]].all()  # no paper around it
        assert part.mask.any(axis=1)[[0, -1]].all()
    assert_array_equal(covered, mask)
    assert {part.component for part in parts} == {9}
    assert parts[0].cut == 0
    assert all(0 <= part.cut <= CUTS.dearest for part in parts[1:])


def test_two_touching_circles_are_cut_where_they_touch():
    mask = rings(11, 31)
    fragment = Fragment(0, 0, mask, 1)
    parts = cut_up(fragment, 20, stroke=3.0)
    begins = {part.left: part.cut for part in parts[1:]}
    column = min(begins, key=lambda left: abs(left - 21))
    assert abs(column - 21) <= 2
    left = np.zeros(mask.shape, np.bool_)
    for part in parts:
        if part.left < column:
            left[part.top : part.bottom, part.left : part.right] |= part.mask
    own = rings(11)
    assert (left[:, : own.shape[1]] ^ own).sum() < 0.06 * own.sum()


def test_a_cut_has_its_ink_in_widths_of_the_pen():
    mask = np.zeros((20, 40), np.bool_)
    mask[:, :5] = mask[:, -5:] = True
    mask[8:12, 5:-5] = True  # a bridge, 4 pixels thick
    parts = cut_up(Fragment(0, 0, mask, 1), 20, stroke=2)
    assert len(parts) > 2
    assert [part.cut for part in parts] == pytest.approx([0, *[2] * (len(parts) - 1)],
                                                         abs=0.01)  # fmt: skip


@pytest.mark.parametrize("shape", [(20, 8), (7, 40)])
def test_what_is_narrow_or_low_is_not_cut(shape):
    mask = np.ones(shape, np.bool_)
    fragment = Fragment(0, 0, mask, 1)
    assert cut_up(fragment, 20, stroke=20) == [fragment]


def test_what_is_as_thick_as_a_wall_is_not_cut():
    mask = np.ones((20, 40), np.bool_)
    fragment = Fragment(0, 0, mask, 1)
    assert cut_up(fragment, 20, stroke=20 / CUTS.dearest - 0.1) == [fragment]
    assert len(cut_up(fragment, 20, stroke=20 / CUTS.dearest + 0.1)) > 1


def test_a_part_begins_in_the_column_that_its_cut_goes_down():
    mask = np.ones((20, 40), np.bool_)
    parts = cut_up(Fragment(0, 7, mask, 1), 20, stroke=9)
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
    costs = rng.uniform(0, 2 * CUTS.dearest, 200)
    chosen = choose(costs, rng.permutation(200)[:40], 40)
    apart = round(CUTS.apart * 40)
    assert len(chosen) > 5
    assert np.diff(chosen).min() >= apart
    assert apart <= chosen[0] and chosen[-1] < 200 - apart
    assert (costs[chosen] <= CUTS.dearest).all()


def test_of_too_many_cuts_the_best_are_taken():
    costs = np.full(400, 5.0)
    costs[10::10] = np.linspace(0, 1, 39)
    chosen = choose(costs, np.array([], np.int64), 40)
    assert chosen.tolist() == list(range(10, 10 + 10 * CUTS.most, 10))
