"""Drawn pages say what is on them and where; each kind shows what its name says."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from byhand.augment.forms import FORMS, Layout, printed
from byhand.augment.pages import KINDS, PageStyle, draw_page

IMAGES = np.zeros((10, 28, 28), np.uint8)  # a bar for each digit, of its own width
for digit in range(10):
    IMAGES[digit, 4:24, 13 - digit // 2 : 15 + digit] = 250
LABELS = np.arange(10)
CALM = PageStyle(noise=0, drift=0)

styles = st.builds(
    PageStyle,
    height=st.floats(8, 24),
    rows=st.integers(1, 4),
    words=st.integers(1, 3),
    digits=st.integers(1, 4),
    gap=st.floats(-0.1, 1),
    space=st.floats(1, 3),
    slope=st.floats(0, 8),
    drift=st.floats(0, 1),
    slant=st.floats(-0.8, 0.8),
    sunk=st.floats(-0.3, 0.3),
    form=st.sampled_from(sorted(FORMS)),
    print_ink=st.tuples(*[st.floats(0, 1)] * 3),
    pen=st.floats(0.1, 1),
    shadow=st.floats(0, 0.8),
    dust=st.integers(0, 30),
    angle=st.floats(-20, 20),
)


def drawn(style: PageStyle, seed: int = 3):
    return draw_page(IMAGES, LABELS, style, np.random.default_rng(seed))


@settings(max_examples=60)
@given(styles, st.integers(0, 1000))
def test_the_truth_is_of_the_style_and_within_the_page(style, seed):
    page = drawn(style, seed)
    height, width = page.picture.shape[:2]
    assert page.picture.dtype == np.uint8
    assert len(page.lines) == len(page.boxes) == style.rows
    for line, boxes in zip(page.lines, page.boxes, strict=True):
        assert [len(word) for word in line.split()] == [style.digits] * style.words
        assert len(boxes) == style.words * style.digits
        for box in boxes:
            assert 0 <= box.x < box.right <= width
            assert 0 <= box.y < box.bottom <= height
        lefts = [box.x for box in boxes]
        assert lefts == sorted(lefts)


@settings(max_examples=20)
@given(styles, st.integers(0, 1000))
def test_a_seed_draws_the_same_page_again(style, seed):
    page, again = drawn(style, seed), drawn(style, seed)
    assert_array_equal(page.picture, again.picture)
    assert (page.lines, page.boxes) == (again.lines, again.boxes)


@pytest.mark.parametrize("angle", [0, 12, -12])
def test_the_ink_of_a_page_is_in_its_boxes(angle):
    page = drawn(replace(CALM, angle=angle))
    dark = page.picture < page.picture.max() / 2
    for box in (box for row in page.boxes for box in row):
        part = dark[box.y : box.bottom, box.x : box.right]
        assert part.mean() > 0.15
        dark[box.y - 1 : box.bottom + 1, box.x - 1 : box.right + 1] = False
    assert not dark.any()


def test_the_boxes_of_a_row_are_in_the_order_of_its_text():
    page = drawn(replace(CALM, words=1, digits=8))
    wide = {d: np.ptp(np.flatnonzero(IMAGES[d].any(0))) + 1 for d in range(10)}
    for line, boxes in zip(page.lines, page.boxes, strict=True):
        for said, box in zip(line, boxes, strict=True):
            expected = 1.5 * wide[int(said)]
            assert abs(box.width - expected) < 2.5 + 0.08 * expected


def test_words_stand_apart_and_digits_close():
    page = drawn(replace(CALM, words=2, digits=3, gap=0.2, space=2.0))
    for boxes in page.boxes:
        gaps = np.array([b.x - a.right for a, b in pairwise(boxes)])
        assert gaps[2] == pytest.approx(60, abs=2)
        assert (np.delete(gaps, 2) < 0.4 * 30).all()


def test_rows_slope_by_no_more_than_the_style_says():
    page = drawn(replace(CALM, slope=5.0, words=1, digits=12, rows=8))
    slopes = [(row[-1].bottom - row[0].bottom) / (row[-1].x - row[0].x)
              for row in page.boxes]  # fmt: skip
    steepest = np.degrees(np.arctan(np.abs(slopes))).max()
    assert 2 < steepest < 5.3


def test_slanting_digits_lean_to_the_right():
    page = drawn(replace(CALM, slant=0.5))
    box = page.boxes[0][0]
    ink = 255 - page.picture[box.y : box.bottom, box.x : box.right].astype(float)
    ink -= ink.min()
    upper, lower = (part.sum(0) @ np.arange(box.width) / part.sum()
                    for part in np.array_split(ink, 2))  # fmt: skip
    assert upper - lower == pytest.approx(0.5 * box.height / 2, rel=0.2)


def test_print_of_another_colour_makes_a_page_in_colour():
    red = drawn(replace(KINDS["boxes"], print_ink=(0.1, 0.5, 0.6))).picture
    assert red.ndim == 3
    assert np.ptp(red.astype(int), axis=2).max() > 60
    assert drawn(KINDS["boxes"]).picture.ndim == 2


def test_a_shadow_lies_on_one_side_and_dust_anywhere():
    page = drawn(replace(CALM, shadow=0.5)).picture
    left, right = page[:, 5].mean(), page[:, -5].mean()
    assert right == pytest.approx(left / 2, rel=0.1)
    pages = (drawn(replace(CALM, dust=count)).picture for count in (0, 100))
    clean, dusty = ((page < 0.7 * page.max()).sum() for page in pages)
    assert 100 < dusty - clean < 400


LAYOUT = Layout((60, 100), 20.0, (30.0,), 10.0, 25.0, 3)


@pytest.mark.parametrize(
    ("form", "rows", "columns"),
    [
        ("blank", [], []),
        ("rules", [30], []),
        ("comb", [35], [10, 35, 60, 85]),
        ("boxes", [3, 35], [10, 35, 60, 85]),
    ],
)
def test_a_form_has_its_lines_where_the_layout_says(form, rows, columns):
    lines = printed(form, LAYOUT, 1.0) > 100
    across = np.flatnonzero(lines[:, 12:33].all(axis=1))
    down = np.flatnonzero(lines[29:33].all(axis=0))
    assert across.tolist() == rows
    assert down.tolist() == columns if form != "rules" else not len(down)


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_can_be_drawn(kind):
    page = drawn(KINDS[kind])
    assert page.text.count("\n") == KINDS[kind].rows - 1
    assert 30 < page.picture.mean() < 250
