"""Made forms: their fields have room, what is written fits, the truth is true."""

from __future__ import annotations

import re

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.errors import DataError
from byhand.synthesis.blank_forms import SIZE, BlankForm, blank_form
from byhand.synthesis.drawing import blank
from byhand.synthesis.filled_forms import TAKEN, filled_form
from byhand.synthesis.form_layouts import LAYOUTS
from byhand.synthesis.form_texts import luhn, text_of
from byhand.synthesis.ticks import TICKS, lay_tick
from byhand.types import Box, Floats

IMAGES = np.zeros((10, 28, 28), np.uint8)  # a bar for each digit, of its own width
for digit in range(10):
    IMAGES[digit, 4:24, 13 - digit // 3 : 15 + digit // 2] = 250
DIGITS = IMAGES, np.arange(10)


def darkness(picture: np.ndarray, matrix: Floats, points: Floats) -> float:
    """Return how dark a picture is where points (K, 2) of the blank form are in it."""
    there = points @ matrix[:, :2].T + matrix[:, 2]
    x, y = np.floor(there[:, :2] / there[:, 2:]).astype(int).T
    height, width = picture.shape[:2]
    inside = (x >= 0) & (x < width) & (y >= 0) & (y < height)
    return float(255 - picture[y[inside], x[inside]].mean())


@pytest.mark.parametrize("name", LAYOUTS)
def test_the_fields_of_a_blank_form_have_names_and_room_of_their_own(name: str):
    form = blank_form(name)
    boxes = [field.box for field in form.fields]
    assert len({field.name for field in form.fields}) == len(boxes) == 12
    for number, box in enumerate(boxes):
        assert 0 < box.x < box.right < SIZE[1] and 0 < box.y < box.bottom < SIZE[0]
        for other in boxes[:number]:
            both = Box.around([box, other])
            apart = both.width > box.width + other.width
            assert apart or both.height > box.height + other.height
        inside = form.letters[box.y : box.bottom, box.x : box.right]
        assert not inside.any()  # labels leave it free
        assert form.lines[box.bottom - 2 : box.bottom + 3, box.x + 5].any()


def test_an_unknown_layout_or_kind_is_refused():
    with pytest.raises(DataError, match="expected a layout, got 'tax'"):
        blank_form("tax")
    with pytest.raises(DataError, match="expected one of scan, photo, fax"):
        filled_form("claim", "film", DIGITS, np.random.default_rng(0))


@pytest.mark.parametrize("name", LAYOUTS)
def test_what_is_written_fits_the_pattern(name: str):
    for field in blank_form(name).fields:
        if field.kind == "tick":
            continue
        plain = re.sub(r"9(?![^{]*\})", r"\\d", field.pattern.replace(".", r"\."))
        pattern = re.compile(plain)
        for seed in range(20):
            text = text_of(field, np.random.default_rng(seed))
            assert pattern.fullmatch(text), (field.pattern, text)
            if field.date:
                digits = re.sub(r"\D", "", text)
                assert 1 <= int(digits[:2]) <= 28 and 1 <= int(digits[2:4]) <= 12


def test_the_check_digit_is_that_of_luhn():
    assert luhn("7992739871") == "79927398713"  # the example of ISO/IEC 7812
    assert luhn("453201511283036") == "4532015112830366"


@pytest.mark.parametrize("how", TICKS)
def test_a_tick_is_in_its_box_or_around_it(how: str):
    layer = blank(200, 200)
    lay_tick(layer, Box(85, 85, 30, 30), 0.4, np.random.default_rng(0), how)
    assert (layer > 127).sum() > 60
    ys, xs = np.nonzero(layer > 127)
    assert abs(ys.mean() - 100) < 12 and abs(xs.mean() - 100) < 12
    assert max(np.ptp(ys), np.ptp(xs)) < 75


def rule(form: BlankForm) -> Floats:
    """Return points on the rule below the title of a form."""
    y = 225.0
    return np.stack([np.arange(150.0, 1100.0), np.full(950, y)], axis=1)


@pytest.mark.parametrize("kind", TAKEN)
def test_the_print_is_where_the_homography_says(kind: str):
    made = filled_form("claim", kind, DIGITS, np.random.default_rng(4))
    assert made.picture.shape == (*SIZE, 3)
    points = rule(made.blank) + 0.5
    on = darkness(made.picture, made.matrix, points)
    beside = darkness(made.picture, made.matrix, points + np.array([0, 9]))
    assert on > beside + 30


def test_ticked_boxes_are_darker_and_empty_fields_bare():
    made = filled_form("survey", "scan", DIGITS, np.random.default_rng(1))
    assert set(made.ticks.values()) == {True, False}
    assert len(made.ticks) == 5 and len(made.texts) == 7
    darker = {True: [], False: []}
    for field in made.blank.fields:
        box = field.box
        y, x = np.mgrid[box.y + 4 : box.bottom - 4, box.x + 4 : box.right - 4]
        dark = darkness(made.picture, made.matrix, np.stack([x, y], -1).reshape(-1, 2))
        if field.kind == "tick":
            darker[made.ticks[field.name]].append(dark)
    assert min(darker[True]) > max(darker[False]) + 5


def test_the_same_seed_makes_the_same_form():
    one, two = (filled_form("delivery", "fax", DIGITS, np.random.default_rng(3))
                for _ in range(2))  # fmt: skip
    assert_array_equal(one.picture, two.picture)
    assert (one.texts, one.ticks) == (two.texts, two.ticks)
    assert {0, 255} == set(np.unique(one.picture))
    other = filled_form("delivery", "fax", DIGITS, np.random.default_rng(4))
    assert other.texts != one.texts
