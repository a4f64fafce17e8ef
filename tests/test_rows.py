"""byhand.reading.rows: fragments find their rows; these may slope, bend and touch."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
import pytest

from byhand.ink.page_ink import PageInk
from byhand.reading.page import Page
from byhand.reading.rows import Row, find_rows
from byhand.types import Box

HEIGHT = 40
SPACE = 34  # from digit to digit
SIZE = 500, 1000


def digit_at(x: float, y: float, h: int = HEIGHT, w: int = 24) -> Box:
    """Return the box of a digit with its middle in this column and row of the page."""
    return Box(round(x - w / 2), round(y - h / 2), w, h)


def page_of(boxes: Sequence[Box], size: tuple[int, int] = SIZE) -> Page:
    """Return a page with boxes full of ink."""
    grey = np.zeros(size, np.uint8)
    for x, y, w, h in boxes:
        grey[y : y + h, x : x + w] = 255
    return Page.of(PageInk(grey, grey > 0, 5.0, HEIGHT, 1.0, {}))


def level(x: float) -> float:
    return 0.0


def falling(degrees: float) -> Callable[[float], float]:
    return lambda x: math.tan(math.radians(degrees)) * x


def written(
    y: float, off: Callable[[float], float] = level, *, count: int = 8,
    start: float = 50, h: int = HEIGHT,
) -> list[Box]:  # fmt: skip
    """Return digits side by side; in column x their middles are at y + off(x)."""
    places = (start + SPACE * n for n in range(count))
    return [digit_at(x, y + off(x), h) for x in places]


def found_in(row: Row) -> list[Box]:
    return [p.box for p in row.found]


def check(rows: Sequence[Sequence[Box]], count: int | None = None) -> list[Row]:
    """Check that these rows are found in this order; return what is found."""
    found = find_rows(page_of([box for row in rows for box in row]), count)
    assert [found_in(row) for row in found] == [sorted(row) for row in rows]
    return found


def test_rows_are_found_from_top_to_bottom_and_digits_from_left_to_right():
    check([written(y) for y in (30, 90, 150)])


@pytest.mark.parametrize("degrees", [-16, -8, -3, 3, 8, 16])
def test_rows_may_slope_and_each_is_made_level(degrees):
    rows = check([written(y, falling(degrees), count=12) for y in (160, 220, 280)])
    for row in rows:
        assert row.page.angle == pytest.approx(degrees, abs=1)
        middles = [p.top + p.height / 2 for p in row.fragments]
        assert np.ptp(middles) <= 6
        places = [row.page.in_picture([p]) for p in row.fragments]
        for place, box in zip(places, found_in(row), strict=True):
            assert place == pytest.approx(box, abs=14)


def test_level_rows_stay_on_their_page():
    (row,) = check([written(60, falling(1))])
    assert row.page.angle == 0 and row.fragments is row.found


@pytest.mark.parametrize("y", [(60, 60), (60, 68)], ids=["level", "one lower"])
def test_one_digit_or_two_do_not_slope(y):
    for count in (1, 2):
        row = [digit_at(50 + SPACE * n, y[n]) for n in range(count)]
        (found,) = check([row])
        assert abs(found.page.angle) < 7  # not 13, as the middles


def test_rows_may_drift_by_more_than_their_distance():
    def wave(x: float) -> float:
        return 40 * math.sin(x / 120)

    check([written(y, wave, count=20) for y in (100, 165, 230)])


def test_rows_may_nearly_touch():
    off = falling(3)
    check([written(y, off, count=20) for y in (60, 104, 148, 192)])


def test_digits_of_a_row_may_jump_a_little():
    rng = np.random.default_rng(3)
    check([written(y, lambda x: rng.normal(0, 4), count=15) for y in (60, 120)])


def test_large_digits_are_a_row_beside_small_ones():
    check([written(60, h=80, count=6), written(150), written(210)])


def test_large_and_small_digits_may_take_turns():
    heights = [40, 24, 52, 22, 40, 30]
    row = [digit_at(50 + SPACE * n, 60, h) for n, h in enumerate(heights)]
    check([row, written(130)])


@pytest.mark.parametrize("degrees", [-8, 0, 8])
def test_cells_side_by_side_are_one_row(degrees):
    off = falling(degrees)
    rows = []
    for y in (150, 220, 290):
        cells = [written(y, off, count=2, start=50 + 220 * n) for n in range(4)]
        rows.append([box for cell in cells for box in cell])
    check(rows)


def test_an_empty_cell_does_not_mix_rows():
    rows = [[*written(y, count=2), *written(y, count=2, start=500)]
            for y in (60, 130, 200, 270)]  # fmt: skip
    rows[1] = rows[1][:2]
    rows[2] = rows[2][2:]
    check(rows)


def test_two_blocks_at_different_angles_are_read_one_after_the_other():
    left = [written(y, falling(8), count=5) for y in (60, 120, 180)]
    right = [written(y, falling(-8), count=5, start=560) for y in (170, 230, 290)]
    rows = check([*left, *right])
    angles = [row.page.angle for row in rows]
    assert angles == pytest.approx([8] * 3 + [-8] * 3, abs=1.5)


def test_what_is_right_above_other_rows_is_read_first():
    check([written(50, count=4, start=700), written(120), written(190)])


def test_a_digit_far_above_its_neighbours_is_a_row_of_its_own():
    check([[digit_at(190, 20)], written(90)])


def dot(x: float, y: float) -> Box:
    return digit_at(x, y, 6, 6)


def test_dots_dashes_and_commas_go_to_their_rows():
    first, second = written(50), written(120)
    first += [dot(67, 68), digit_at(101, 78, 14, 6), digit_at(340, 52, 5, 20)]
    second += [dot(67, 138), dot(169, 112)]
    check([first, second])


def test_strokes_that_are_broken_off_go_to_their_digits():
    first, second = written(50), written(110)
    first[3] = digit_at(50 + 3 * SPACE, 56, 28)
    stroke = digit_at(54 + 3 * SPACE, 36, 4, 16)
    check([[*first, stroke], second])


def test_a_dot_follows_a_row_that_slopes():
    fall = falling(8)
    first, second = (written(y, fall, count=20) for y in (50, 110))
    check([[*first, dot(645, 66 + fall(645))], [*second, dot(67, 126 + fall(67))]])


@pytest.mark.parametrize("place", [(67, 131), (67, 200), (395, 50)])
def test_a_dot_far_from_all_digits_belongs_to_no_row(place):
    row = written(50)
    (found,) = find_rows(page_of([*row, dot(*place)]))
    assert found_in(found) == row


@pytest.mark.parametrize("height", [6, 19])
def test_what_is_no_digit_makes_no_row(height):
    assert find_rows(page_of([digit_at(50, 60, height)])) == []


@pytest.mark.parametrize("wide", [24, 58])
def test_digits_that_touch_across_two_rows_are_cut_apart(wide):
    first, second = written(60), written(105)
    both = digit_at(first[3].x + wide / 2, 82.5, 85, wide)
    others = [b for b in (*first, *second) if b.x >= both.right or b.right <= both.x]
    rows = find_rows(page_of([*others, both]))
    assert len(rows) == 2
    for row, y in zip(rows, (60, 105), strict=True):
        boxes = found_in(row)
        assert len(boxes) == len(others) / 2 + 1
        assert all(abs(box.y + box.height / 2 - y) < 8 for box in boxes)


def test_a_tall_digit_of_one_row_is_not_cut():
    tall = digit_at(50 + 3 * SPACE, 60, 70)
    row = written(60)
    check([[*row[:3], tall, *row[4:]], written(150)])


def test_the_height_of_a_row_is_that_of_its_digits_not_of_its_dots():
    row = [*written(60), *(dot(67 + SPACE * n, 75) for n in range(7))]
    row += [digit_at(50 + 9 * SPACE, 60, 60)]
    (found,) = check([row])
    assert found.height == 40


@pytest.mark.parametrize(
    ("count", "sizes"), [(None, [8, 8, 8]), (3, [8, 8, 8]), (2, [8, 16]), (1, [24])]
)
def test_as_many_rows_are_found_as_are_wanted_by_joining_the_likeliest(count, sizes):
    boxes = [box for y in (30, 110, 160) for box in written(y)]
    found = find_rows(page_of(boxes), count)
    assert [len(row.found) for row in found] == sizes


def test_more_rows_than_there_are_cannot_be_had():
    check([written(50)], count=4)


@pytest.mark.parametrize("count", [None, 1, 3])
def test_a_blank_page_has_no_rows(count):
    assert find_rows(page_of([]), count) == []
