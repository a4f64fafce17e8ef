"""A row as a strip: size, place, scale; frames that are where they are said to be."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.ink.page_ink import PageInk
from byhand.reading.page import Page
from byhand.reading.rows import Row, find_rows
from byhand.reading.strips import DIGIT_HEIGHT, HEIGHT, LOST, MARGIN, STEP, strip_of


def row_of(height: int, lefts: list[int], top: int = 60, level: int = 255) -> Row:
    """Return a row of bars, each a fifth as wide as high."""
    ink = np.zeros((top + 3 * height, lefts[-1] + 4 * height), np.uint8)
    for left in lefts:
        ink[top : top + height, left : left + max(height // 5, 2)] = level
    (row,) = find_rows(Page.of(PageInk.of(ink, 1.0)))
    return row


@pytest.mark.parametrize("height", [14, 20, 55, 120])
def test_digits_are_20_pixels_high_in_the_middle(height):
    strip = strip_of(row_of(height, [50, 50 + height, 50 + 2 * height]))
    assert strip.image.shape[0] == HEIGHT
    assert strip.image.shape[1] % 8 == 0
    inked = np.flatnonzero((strip.image > 127).any(axis=1))
    assert inked[-1] + 1 - inked[0] == pytest.approx(DIGIT_HEIGHT, abs=1)
    assert (inked[0] + inked[-1] + 1) / 2 == pytest.approx(HEIGHT / 2, abs=1)
    columns = np.flatnonzero((strip.image > 127).any(axis=0))
    assert columns[0] == pytest.approx(MARGIN, abs=1)


@given(height=st.integers(14, 80), second=st.integers(1, 4))
def test_frames_are_where_the_ink_is(height: int, second: int):
    lefts = [40, 40 + second * height]
    strip = strip_of(row_of(height, lefts))
    for left in lefts:
        frame = float(strip.frames(np.array(left)))
        column = round((frame + LOST) * STEP)
        near = strip.image[:, max(column - 1, 0) : column + 2]
        assert near.max() > 127
        assert strip.image[:, max(column - 4, 0) : column - 1].max() < 100


def test_faint_ink_is_as_bright_as_any():
    strips = [strip_of(row_of(30, [40, 90], level=level)) for level in (150, 255)]
    assert (
        np.abs(strips[0].image.astype(int) - strips[1].image).max() <= 20
    )  # 105 if not made brighter


def test_ink_of_other_rows_is_not_in_the_strip():
    ink = np.zeros((200, 200), np.uint8)
    ink[20:50, 40:48] = ink[60:90, 60:68] = ink[60:90, 110:118] = 255
    rows = find_rows(Page.of(PageInk.of(ink, 1.0)))
    strip = strip_of(rows[1])
    assert len(rows) == 2
    rows_of_ink = np.flatnonzero((strip.image > 127).any(axis=1))
    assert rows_of_ink[0] > 3
