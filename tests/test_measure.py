"""byhand.ink.measure: the pen's width and the height of characters."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.ink.measure import measure_writing


def strokes(*boxes: tuple[int, int, int, int]) -> np.ndarray:
    """Return a mask with bars, each given by row, column, height, width."""
    mask = np.zeros((120, 300), np.bool_)
    for top, left, h, w in boxes:
        mask[top : top + h, left : left + w] = True
    return mask


@pytest.mark.parametrize("pen", [2, 4, 7])
def test_the_pens_width_is_twice_the_area_by_the_circumference(pen):
    measured = measure_writing(strokes((10, 20, 80, pen), (10, 60, 80, pen)))
    assert measured is not None
    assert measured.stroke_width == pytest.approx(
        pen / (np.pi / 4), rel=0.12
    )  # no slant: long
    assert measured.character_height == 80


def test_the_usual_height_is_that_in_the_middle_by_area():
    bars = [(10, 10, 20, 4), (10, 40, 30, 4), (10, 70, 40, 4), (10, 100, 70, 4)]
    measured = measure_writing(strokes(*bars))
    assert measured is not None
    assert measured.character_height == 40  # 20 + 30 < 80 <= 20 + 30 + 40


BARS = [(10, 20 * n, 40, 4) for n in range(1, 3)]


@pytest.mark.parametrize(
    "others",
    [
        [(60, 20 * n, 9, 9) for n in range(12)],  # dots
        [(60 + row, 2 * n, 5, 1) for n in range(80) for row in (0, 9)],  # noise
        [(70, 5, 2, 280), (88, 5, 2, 280), (70, 5, 20, 2)],  # a box, open on one side
    ],
)
def test_what_is_no_character_does_not_count_for_the_height(others):
    mask = strokes(*BARS, *others)
    assert mask.sum() > 2 * strokes(*BARS).sum()
    measured = measure_writing(mask)
    assert measured is not None
    assert measured.character_height == 40


def test_the_pens_width_is_that_of_characters_of_the_usual_height():
    bars = [(10, 20 * n, 40, 4) for n in range(1, 7)]
    assert measure_writing(strokes(*bars, (5, 200, 100, 9))) == (
        measure_writing(strokes(*bars))
    )


@pytest.mark.parametrize("bars", [[], BARS])
def test_where_nearly_all_is_dust_nothing_is_written(bars):
    dust = [(60 + row, 2 * n, 6, 1) for n in range(149) for row in (0, 9)]
    assert measure_writing(strokes(*bars, *dust)) is None


def test_what_is_as_high_as_a_large_page_is_no_character():
    mask = np.pad(strokes((10, 20, 40, 4), (10, 60, 40, 4)), ((0, 100), (0, 0)))
    mask[:, 250:260] = True
    measured = measure_writing(mask)
    assert measured is not None
    assert measured.character_height == 40


def test_without_ink_nothing_is_measured():
    assert measure_writing(np.zeros((9, 9), np.bool_)) is None
