"""byhand.reading.rows: fragments find their rows, though these slope and drift."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from byhand.reading.fragments import Fragment
from byhand.reading.rows import Row, find_rows

HEIGHT = 40
SPACE = 34  # from digit to digit


def fragment_at(x: float, y: float, h: int = HEIGHT, w: int = 24) -> Fragment:
    """Return a fragment with its middle in this column and row of the page."""
    top, left = round(y - h / 2), round(x - w / 2)
    return Fragment(top, left, np.ones((h, w), np.bool_), 0)


def level(x: float) -> float:
    return 0.0


def falling(degrees: float) -> Callable[[float], float]:
    return lambda x: math.tan(math.radians(degrees)) * x


def written(
    y: float, off: Callable[[float], float] = level, *, count: int = 8,
    start: float = 50, h: int = HEIGHT,
) -> list[Fragment]:  # fmt: skip
    """Return digits side by side; in column x their middles are at y + off(x)."""
    places = (start + SPACE * n for n in range(count))
    return [fragment_at(x, y + off(x), h) for x in places]


def check(rows: Sequence[Sequence[Fragment]], count: int | None = None) -> list[Row]:
    """Check that rows are found from fragments in any order; return what is."""
    fragments = [fragment for row in rows for fragment in row]
    np.random.default_rng(7).shuffle(fragments)  # type: ignore[arg-type]
    found = find_rows(fragments, HEIGHT, count)
    assert [len(row.fragments) for row in found] == [len(row) for row in rows]
    for row, expected in zip(found, rows, strict=True):
        in_order = sorted(expected, key=lambda p: p.centre[1])
        assert all(a is b for a, b in zip(row.fragments, in_order, strict=True))
    return found


def test_rows_are_found_from_top_to_bottom_and_digits_from_left_to_right():
    check([written(y) for y in (30, 90, 150)])


@pytest.mark.parametrize("degrees", [-8, -3, 3, 8])
def test_rows_may_slope(degrees):
    check([written(y, falling(degrees), count=12) for y in (100, 160, 220)])


@pytest.mark.parametrize("degrees", [-8, 8])
def test_a_row_tells_how_much_it_slopes(degrees):
    (row,) = check([written(100, falling(degrees), count=12)])
    start, slope = row.line()
    assert start == pytest.approx(100, abs=1)
    assert slope == pytest.approx(falling(degrees)(1), abs=0.01)


def test_a_row_with_one_digit_does_not_slope():
    (row,) = check([[fragment_at(50, 60)]])
    assert row.line() == (60, 0)


def test_two_digits_close_together_do_not_slope():
    (row,) = check([[fragment_at(50, 60), fragment_at(80, 72)]])
    assert row.line() == (66, 0)


def test_rows_may_drift_by_more_than_their_distance():
    def wave(x: float) -> float:
        return 40 * math.sin(x / 120)

    check([written(y, wave, count=20) for y in (100, 165, 230)])


def test_digits_of_a_row_may_jump_a_little():
    rng = np.random.default_rng(3)
    check([written(y, lambda x: rng.normal(0, 4), count=15) for y in (60, 120)])


def test_how_far_a_digit_may_be_off_depends_on_the_smaller_of_two():
    large = written(60, h=56, count=6)
    small = written(88, h=24, count=6, start=67)  # too far off to be of the same row
    found = check([large, small])
    assert [row.height for row in found] == [56, 24]


def test_large_and_small_digits_may_take_turns():
    row = [
        fragment_at(50 + SPACE * n, 60, h)
        for n, h in enumerate([40, 24, 52, 22, 40, 30])
    ]
    check([row, written(130)])


def test_two_columns_are_one_row():
    check([[*written(y), *written(y + 12, start=700)] for y in (50, 120)])


@pytest.mark.parametrize("degrees", [-8, 8])
def test_two_columns_are_one_row_though_it_slopes(degrees):
    parts = [written(100, falling(degrees)), written(110, falling(degrees), start=550)]
    drop = falling(degrees)(500 - 7 * SPACE)
    assert abs(drop) > 0.6 * HEIGHT  # the second begins away from the end of the first
    check([[*parts[0], *parts[1]]])


def test_two_columns_that_slope_each_by_itself_are_one_row():
    fall = falling(8)
    first = written(100, lambda x: fall(x - 50))
    check([[*first, *written(100, lambda x: fall(x - 550), start=550)]])


def test_columns_with_rows_of_their_own_stay_apart():
    check([written(50), written(80, start=700), written(110)])


def test_a_digit_far_above_its_neighbours_is_a_row_of_its_own():
    check([[fragment_at(190, 20)], written(70)])


def dot(x: float, y: float) -> Fragment:
    return fragment_at(x, y, 6, 6)


def test_dots_dashes_and_commas_go_to_their_rows():
    first, second = written(50), written(120)
    first += [dot(67, 68), fragment_at(101, 76, 14, 6), fragment_at(340, 52, 5, 20)]
    second += [dot(67, 138), dot(169, 102)]
    check([first, second])


def test_a_dot_follows_a_row_that_slopes():
    fall = falling(8)
    first, second = (written(y, fall, count=20) for y in (50, 100))
    check([[*first, dot(645, 66 + fall(645))], [*second, dot(67, 116 + fall(67))]])


@pytest.mark.parametrize("place", [(67, 101), (67, -1), (-55, 50), (395, 50)])
def test_a_dot_far_from_all_rows_belongs_to_none(place):
    row = written(50)
    (found,) = find_rows([*row, dot(*place)], HEIGHT)
    assert len(found.fragments) == len(row)


@pytest.mark.parametrize(("h", "belongs"), [(19, True), (121, False), (115, True)])
def test_what_is_too_tall_is_no_writing_and_what_is_low_no_digit(h, belongs):
    row = written(60)
    (found,) = find_rows([*row, fragment_at(330, 60, h)], HEIGHT)
    assert (len(found.fragments) == len(row) + 1) == belongs


@pytest.mark.parametrize("height", [19, 121])
def test_what_is_no_digit_makes_no_row(height):
    assert find_rows([fragment_at(50, 60, height)], HEIGHT) == []


def test_bodies_are_at_least_half_as_high_as_the_highest():
    row = Row(
        [
            fragment_at(50, 60),
            fragment_at(80, 60, 20),
            fragment_at(110, 60, 19),
            fragment_at(140, 60, 30),
        ]
    )
    assert [p.height for p in row.bodies] == [40, 20, 30]
    assert row.height == 30


@pytest.mark.parametrize(
    ("count", "sizes"), [(None, [8, 8, 8]), (3, [8, 8, 8]), (2, [8, 16]), (1, [24])]
)
def test_as_many_rows_are_found_as_are_wanted_by_joining_the_nearest(count, sizes):
    fragments = [p for y in (30, 110, 160) for p in written(y)]
    found = find_rows(fragments, HEIGHT, count)
    assert [len(row.fragments) for row in found] == sizes


def test_more_rows_than_there_are_cannot_be_had():
    check([written(50)], count=4)


@pytest.mark.parametrize("count", [None, 1, 3])
def test_no_pieces_make_no_rows(count):
    assert find_rows([], HEIGHT, count) == []
