"""byhand.forms.dropout: printed lines taken away, and strokes across them mended."""

from __future__ import annotations

import numpy as np

from byhand.forms.dropout import without_print

PAPER, LINE, PEN = 240, 90, 30


def test_a_line_becomes_paper_and_a_stroke_across_it_stays():
    picture = np.full((40, 60, 3), PAPER, np.uint8)
    printed = np.zeros((40, 60), np.bool_)
    printed[20:23], printed[2:38, 50:53] = True, True  # a rule, and a frame's side
    picture[printed] = LINE
    picture[5:35, 10:14] = PEN  # across the rule
    picture[5:22, 30:34] = PEN  # it ends on the rule
    picture[8:11, 40:58] = PEN  # across the side
    cleaned = without_print(picture, printed)
    expected = np.full((40, 60), PAPER)
    expected[5:35, 10:14] = expected[5:20, 30:34] = expected[8:11, 40:58] = PEN
    assert (cleaned == expected[..., None]).all()
    assert (picture[20, 0] == LINE).all()  # the picture that was given stays


def test_what_is_printed_up_to_the_edge_gets_what_is_on_its_one_side():
    picture = np.full((10, 10, 3), PAPER, np.uint8)
    printed = np.zeros((10, 10), np.bool_)
    printed[8:] = True
    picture[printed] = LINE
    assert (without_print(picture, printed) == PAPER).all()
    assert without_print(picture, ~printed).shape == picture.shape
    every = np.ones((10, 10), np.bool_)
    assert (without_print(picture, every) == picture).all()
    assert (without_print(picture, ~every) == picture).all()
