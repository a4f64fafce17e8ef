"""byhand.ink.rules: what is ruled on a page goes, what is written stays."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from PIL import Image, ImageDraw
from scipy import ndimage

import byhand
from byhand.ink.rules import RULES, find_rules, without_rules

HEIGHT, STROKE = 40.0, 5.0  # of MNIST's digits at twice their size
SHAPE = (160, 420)
TOP = 50


@pytest.fixture(scope="module")
def digits() -> list[np.ndarray]:
    """Fourteen masks of digits, each class at least once, 40 pixels high."""
    test = byhand.load_dataset("mnist").test
    chosen = [
        *(int(np.flatnonzero(test.labels == k)[3]) for k in range(10)),
        2,
        5,
        14,
        17,
    ]
    images = (Image.fromarray(test.images[n]) for n in chosen)
    return [np.asarray(i.resize((56, 56), Image.Resampling.BICUBIC)) > 110
            for i in images]  # fmt: skip


def row(digits: list[np.ndarray], top: int = TOP) -> np.ndarray:
    """Return a page with seven digits in a row."""
    mask = np.zeros(SHAPE, np.bool_)
    for number, digit in enumerate(digits):
        mask[top : top + 56, 12 + 56 * number :][:, :56] |= digit
    return mask


def lined(*lines: tuple[float, float, float, float], thick: int = 3) -> np.ndarray:
    """Return a page with lines, each from (x, y) to (x, y)."""
    image = Image.new("1", SHAPE[::-1])
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=1, width=thick)
    return np.array(image, np.bool_)


def across(y: float, degrees: float = 0.0) -> tuple[float, float, float, float]:
    """Return a line through the whole page, in its middle at height y."""
    fall = np.tan(np.radians(degrees)) * SHAPE[1] / 2
    return 0, y - fall, SHAPE[1] - 1, y + fall


def check(ink: np.ndarray, ruled: np.ndarray, gone: float = 0.95) -> None:
    """Check that rules go, and 90 % of the ink stays, and most of each stroke."""
    left = without_rules(ink | ruled, HEIGHT, STROKE)
    assert not (left & ~ink & ~ruled).any()
    bare = ruled & ~ndimage.binary_dilation(ink, iterations=3)
    assert left[bare].sum() <= (1 - gone) * bare.sum()
    assert left[ink].sum() >= 0.9 * ink.sum()
    labels, count = ndimage.label(ink, np.ones((3, 3)))
    for number in range(1, count + 1):
        own = labels == number
        assert left[own].sum() >= 0.75 * own.sum()  # a bar may lie on a rule


@pytest.mark.parametrize("thick", [1, 2, 3, 5])
@pytest.mark.parametrize("some", [slice(0, 7), slice(7, 14)])
def test_a_line_under_digits_goes(digits, some, thick):
    check(row(digits[some]), lined(across(TOP + 56), thick=thick))


@pytest.mark.parametrize("y", [TOP + 12, TOP + 28, TOP + 44])
@pytest.mark.parametrize("some", [slice(0, 7), slice(7, 14)])
def test_digits_that_a_line_crosses_stay(digits, some, y):
    check(row(digits[some]), lined(across(y), thick=2))


@pytest.mark.parametrize("degrees", [-1.5, -0.7, 0.7, 1.5])
@pytest.mark.parametrize(("thick", "gone"), [(1, 0.9), (3, 0.95)])
def test_a_line_that_slopes_goes(digits, degrees, thick, gone):
    check(row(digits[:7]), lined(across(TOP + 64, degrees), thick=thick), gone)


def test_a_line_with_rough_edges_goes(digits):
    line = lined(across(TOP + 64))
    line[TOP + 61 : TOP + 66, ::9] = True  # hairs, two pixels long
    check(row(digits[:7]), line, gone=1)


def test_several_lines_go(digits):
    check(row(digits[7:]), lined(*(across(y) for y in (8, 40, 118, 150))))


def box(left: int, right: int) -> list[tuple[float, float, float, float]]:
    top, foot = TOP - 12, TOP + 68
    return [(left, top, right, top), (left, foot, right, foot),
            (left, top, left, foot), (right, top, right, foot)]  # fmt: skip


def test_a_box_around_digits_goes(digits):
    check(row(digits[:7]), lined(*box(4, 412)))


def test_boxes_side_by_side_go_and_the_digits_in_them_stay(digits):
    edges = range(12, 12 + 57 * 7, 56)
    sides = [line for a, b in pairwise(edges) for line in box(a, b)]
    check(row(digits[:7]), lined(*sides, thick=2))


def test_a_comb_goes(digits):
    foot = TOP + 66
    teeth = [(x, foot - 20, x, foot) for x in range(10, 420, 57)]
    check(row(digits[:7]), lined((10, foot, 409, foot), *teeth, thick=2))


def test_teeth_of_a_comb_may_end_a_pixel_higher_or_lower():
    foot = TOP + 66
    tops = foot - 20, foot - 21, foot - 21, foot - 20
    teeth = [(37 + 57 * n, top, 37 + 57 * n, foot) for n, top in enumerate(tops)]
    comb = lined((10, foot, 409, foot), *teeth, thick=2)
    exact = replace(RULES, level=1)
    assert without_rules(comb, HEIGHT, STROKE, exact).any()
    assert not without_rules(comb, HEIGHT, STROKE).any()


@pytest.mark.parametrize("more", [[], [across(TOP + 64)]])
def test_a_margin_from_top_to_bottom_goes(digits, more):
    check(row(digits[:7]), lined((5, 0, 5, SHAPE[0]), *more))


@pytest.mark.parametrize(
    "stroke",
    [
        [(60, 40, 60, 120)],  # a 1 twice as high as its neighbours
        [(60, 40, 130, 40), (130, 40, 90, 110)],  # a broad 7
        [(60, 80, 170, 80)],  # a dash
        [(60, 60, 90, 60), (60, 60, 60, 80), (90, 60, 90, 120)],
    ],
)
def test_straight_strokes_shorter_than_rules_stay(stroke):
    ink = lined(*stroke, thick=5)
    assert_array_equal(without_rules(ink, HEIGHT, STROKE), ink)


def test_a_bar_thicker_than_a_pen_is_no_rule():
    bar = lined(across(80), thick=14)
    assert_array_equal(without_rules(bar, HEIGHT, STROKE), bar)


def test_a_rule_is_longer_than_its_limit():
    for length, goes in (
        (RULES.across * HEIGHT - 3, False),
        (RULES.across * HEIGHT + 3, True),
    ):
        line = lined((60, 80, 60 + length, 80))
        assert find_rules(line, HEIGHT, STROKE, RULES.across).any() == goes


def test_on_a_small_page_a_line_from_edge_to_edge_is_a_rule():
    mask = np.zeros((60, 80), np.bool_)
    mask[50:53] = True
    assert not without_rules(mask, HEIGHT, STROKE).any()


@pytest.mark.parametrize("some", [slice(0, 7), slice(7, 14)])
def test_nothing_happens_without_rules(digits, some):
    page = row(digits[some])
    assert_array_equal(without_rules(page, HEIGHT, STROKE), page)


@pytest.mark.parametrize("rule", [[], [across(125)]])
def test_three_bars_as_high_as_each_other_stay_away_from_rules(rule):
    bars = lined(*((x, 60, x, 100) for x in (60, 120, 180)), thick=5)
    left = without_rules(bars | lined(*rule), HEIGHT, STROKE)
    assert_array_equal(left, bars)


def test_ones_just_above_a_line_keep_their_feet():
    ones = lined(*((x + 5, 61, x, 99) for x in (60, 120)), thick=5)
    line = np.zeros(SHAPE, np.bool_)
    foot = int(np.flatnonzero(ones.any(axis=1))[-1])
    line[foot + 2 : foot + 4] = True
    assert_array_equal(without_rules(ones | line, HEIGHT, STROKE), ones)


def test_points_that_stand_on_a_line_stay():
    points = np.zeros(SHAPE, np.bool_)
    for x in (60, 120, 180):
        points[92:100, x : x + 6] = True
    line = np.zeros(SHAPE, np.bool_)
    line[100:102] = True
    left = without_rules(points | line, HEIGHT, STROKE)
    assert_array_equal(left & ~line, points)


def test_a_dash_at_the_edge_of_a_small_page_stays():
    mask = np.zeros((60, 70), np.bool_)
    mask[20:25, :58] = True
    assert_array_equal(without_rules(mask, HEIGHT, STROKE), mask)


@pytest.mark.parametrize("shape", [(1, 1), (1, 500), (500, 1), (3, 4)])
@pytest.mark.parametrize("ink", [True, False])
def test_pages_of_any_size_are_taken(shape, ink):
    mask = np.full(shape, ink)
    assert without_rules(mask, HEIGHT, STROKE).shape == shape


def test_what_was_handed_over_stays_as_it_was(digits):
    mask = row(digits[:7]) | lined(across(TOP + 56))
    before = mask.copy()
    without_rules(mask, HEIGHT, STROKE)
    assert_array_equal(mask, before)
