"""What synthetic pages are made of: print, forms and handwriting, each seeded."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.synthesis import (
    displays,
    emblems,
    extras,
    forms,
    handwriting,
    patterns,
    scribbles,
    words,
)
from byhand.synthesis.fonts import face
from byhand.types import Grey

Make = Callable[[float, np.random.Generator], Grey]
SIZE = (120, 200)


def row(height: float) -> forms.Row:
    return forms.Row(3, 4, 1.1 * height, 1.5 * height, 5)


PATCHES: dict[str, Make] = {
    "label": words.label,
    "number": words.number,
    "heading": words.heading,
    "checkbox": forms.checkbox,
    "words": handwriting.words,
    "sign": handwriting.sign,
    "guilloche": patterns.guilloche,
    "mark": scribbles.mark,
    "signature": scribbles.signature,
    "doodle": scribbles.doodle,
    **{make.__name__: make for make in (*emblems.MAKERS, emblems.emblem)},
    **{
        make.__name__: lambda height, rng, make=make: make("0123456789", height, rng)
        for make in displays.MAKERS
    },
}
LAYERS: dict[str, Make] = {
    "paragraph": lambda height, rng: words.paragraph(SIZE, height, rng),
    "column": lambda height, rng: words.column(SIZE, height, rng),
    "pattern": lambda height, rng: patterns.paper_pattern(SIZE, height, rng),
    "waves": lambda height, rng: patterns.waves(SIZE, height, rng),
    **{
        kind: lambda height, rng, kind=kind: forms.field(
            SIZE, row(height), kind, forms.stroke(height, rng)
        )
        for kind in forms.FIELDS
    },
}
MAKERS = PATCHES | LAYERS


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("height", [8.0, 40.0])
def test_an_element_is_ink_and_depends_on_the_generator_alone(name: str, height: float):
    one, again = (MAKERS[name](height, np.random.default_rng(3)) for _ in range(2))
    other = MAKERS[name](height, np.random.default_rng(4))
    assert one.dtype == np.uint8
    assert one.max() > 100
    assert_array_equal(one, again)
    assert one.shape != other.shape or (one != other).any()


@pytest.mark.parametrize("name", LAYERS)
def test_a_layer_has_the_size_asked_for(name: str):
    assert LAYERS[name](12.0, np.random.default_rng(1)).shape == SIZE


@pytest.mark.parametrize("name", ["number", "words", "checkbox"])
def test_the_height_scales_an_element(name: str):
    low, high = (
        np.mean([len(MAKERS[name](h, np.random.default_rng(s))) for s in range(20)])
        for h in (10.0, 40.0)
    )
    assert 3 < high / low < 5


def test_every_character_of_handwriting_can_be_written(rng):
    text = handwriting.SMALL + handwriting.CAPITAL + handwriting.SIGNS
    text += handwriting.LIKE_DIGITS
    ink = handwriting.written(text, 20, rng, handwriting.Hand())
    assert ink.shape[1] > 8 * len(text)


@pytest.mark.parametrize("kind", forms.FIELDS)
def test_a_fields_lines_are_on_its_cells(kind: str):
    cells = row(20)
    ink = forms.field((60, 140), cells, kind, forms.Stroke(1.5)) > 127
    rows, columns = np.flatnonzero(ink.any(axis=1)), np.flatnonzero(ink.any(axis=0))
    assert rows[0] >= cells.y - 1
    assert rows[-1] <= cells.bottom + 1
    assert columns[0] >= cells.x - 1
    assert columns[-1] <= cells.right + 1


def test_dashes_leave_gaps():
    line = np.array([(0.0, 5.0, 100.0, 5.0)])
    plain, dashed = np.zeros((2, 10, 100), np.uint8)
    forms.draw(plain, line, forms.Stroke(2))
    forms.draw(dashed, line, forms.Stroke(2, 5, 5))
    assert (plain[5] > 127).all()
    assert 0.3 < (dashed[5] > 127).mean() < 0.8


def test_text_needs_pillows_font_only(rng):
    ink = words.printed("Page 7", 20, rng, face(rng, ("",)))
    assert ink.max() == 255


def test_a_crossed_out_digit_has_more_ink_than_before(rng):
    ink = np.zeros((40, 30), np.uint8)
    ink[5:35, 14:17] = 255
    for _ in range(20):
        out = scribbles.crossed_out(ink, 3.0, rng)
        edge = (len(out) - 40) // 2
        inside = out[edge : edge + 40, edge : edge + 30]
        assert (inside >= ink).all()
        assert (out > 127).sum() > 1.15 * (ink > 127).sum()


def test_a_circle_is_about_what_is_asked_for(rng):
    heights, widths = zip(
        *(scribbles.circle((60, 100), 2.0, rng).shape for _ in range(30)), strict=True
    )
    assert np.mean(heights) == pytest.approx(60, rel=0.15)
    assert np.mean(widths) == pytest.approx(100, rel=0.15)


@pytest.mark.parametrize(
    "shape", [scribbles.circle, scribbles.frame, scribbles.triangle]
)
def test_what_encloses_a_digit_leaves_it_free(shape, rng):
    free = 0
    for _ in range(30):
        ink = shape((60, 44), 2.0, rng)
        top, left = (len(ink) - 30) // 2, (ink.shape[1] - 16) // 2
        assert ink.shape[0] > 45 and ink.shape[1] > 33
        free += not (ink[top : top + 30, left : left + 16] > 127).any()
    assert free >= 24


def test_each_digit_of_some_rows_is_enclosed(rng):
    outlines = [np.array([[x, 10.0], [x + 12, 30.0]]) for x in (10, 60, 110)]
    counts = set()
    for _ in range(30):
        layers = extras.enclosures(outlines, 20.0, rng)
        counts.add(len(layers))
        for layer in layers:
            h, w = layer.coverage.shape
            middle = layer.x + w / 2
            assert min(abs(middle - x - 6) for x in (10, 60, 110)) <= 1
            assert layer.y < 10 and layer.y + h > 30
    assert 3 in counts and min(counts) < 3


@pytest.mark.parametrize("make", displays.MAKERS, ids=lambda make: make.__name__)
def test_no_two_digits_of_machines_are_the_same(make):
    inks = [make(digit, 30.0, np.random.default_rng(0)) for digit in "0123456789"]
    assert len({(ink.shape, ink.tobytes()) for ink in inks}) == 10
