"""Drawn images of no digits: of all kinds, in the form of the data."""

from pathlib import Path

import matplotlib
import numpy as np
import pytest

from byhand.synthesis.nondigits import (
    KINDS,
    LIKE_DIGITS,
    SINGLE,
    draw_glyphs,
    draw_nondigits,
)

FONT = str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf")


@pytest.mark.parametrize("make", KINDS, ids=lambda make: make.__name__)
def test_every_kind_has_ink_and_differs_from_time_to_time(make):
    first, second = (make(np.random.default_rng(seed)) for seed in (1, 2))
    assert first.dtype == np.uint8 and (first > 127).sum() > 5
    assert first.shape != second.shape or (first != second).any()


def test_images_are_in_the_form_of_the_data_and_depend_on_the_seed():
    images = draw_nondigits(30, seed=1)
    assert images.shape == (30, 28, 28) and images.dtype == np.uint8
    assert (images.max(axis=(1, 2)) > 100).all()
    assert (draw_nondigits(10, seed=1) == images[:10]).all()
    assert (draw_nondigits(10, seed=2) != images[:10]).any()


def test_letters_that_look_like_digits_are_not_drawn():
    assert not LIKE_DIGITS & set(SINGLE)
    assert {"A", "k", "%"} <= set(SINGLE)


def test_glyphs_of_a_font_are_written_by_hands():
    images = draw_glyphs("Ж", FONT, 20, seed=3)
    assert images.shape == (20, 28, 28)
    assert (images > 127).sum(axis=(1, 2)).min() > 15
    assert len({image.tobytes() for image in images}) == 20
