"""Layers on a canvas: colours multiply or hide, and every pixel has a class."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.ink.segmentation import DIGIT, HANDWRITING, LINE, NONE, PRINT
from byhand.synthesis.page import Canvas

BLACK, WHITE = (1.0, 1.0, 1.0), (1.0, 1.0, 1.0)
SQUARE = np.full((2, 2), 255, np.uint8)


@pytest.fixture
def canvas() -> Canvas:
    return Canvas(np.full((6, 8, 3), 200, np.uint8))


def test_inks_multiply(canvas: Canvas):
    for _ in range(2):
        canvas.lay(SQUARE, 1, 2, (0.5, 0.0, 1.0), PRINT)
    assert canvas.reflectance[2, 1].tolist() == [50, 200, 0]
    assert canvas.reflectance[4, 1].tolist() == [200, 200, 200]


def test_an_opaque_layer_hides_a_digit(canvas: Canvas):
    canvas.lay(SQUARE, 1, 2, BLACK, DIGIT)
    canvas.lay(SQUARE, 1, 3, WHITE, NONE, opaque=True)
    assert canvas.reflectance[3, 1].tolist() == [255, 255, 255]
    assert canvas.classes[2:4, 1].tolist() == [DIGIT, NONE]
    assert canvas.ink[2:4, 1].tolist() == [255, 0]


def test_a_digit_stays_one_below_other_ink(canvas: Canvas):
    canvas.lay(SQUARE, 0, 0, BLACK, LINE)
    canvas.lay(SQUARE, 0, 0, BLACK, DIGIT)
    canvas.lay(SQUARE, 0, 1, BLACK, HANDWRITING)
    assert canvas.classes[:4, 0].tolist() == [DIGIT, DIGIT, HANDWRITING, NONE]


def test_a_layer_that_covers_less_than_half_gives_no_class(canvas: Canvas):
    canvas.lay(np.array([[127, 128]], np.uint8), 0, 0, BLACK, DIGIT)
    assert canvas.classes[0, :2].tolist() == [NONE, DIGIT]
    assert canvas.ink[0, :2].tolist() == [127, 128]


@pytest.mark.parametrize(("x", "y"), [(-1, -1), (7, 5)])
def test_what_is_outside_is_cut_off(canvas: Canvas, x: int, y: int):
    canvas.lay(SQUARE, x, y, BLACK, DIGIT)
    assert (canvas.classes == DIGIT).sum() == 1


@pytest.mark.parametrize(("x", "y"), [(-2, 0), (8, 0), (0, -2), (0, 6)])
def test_a_layer_beside_the_page_does_nothing(canvas: Canvas, x: int, y: int):
    canvas.lay(SQUARE, x, y, BLACK, DIGIT)
    assert not canvas.classes.any()
