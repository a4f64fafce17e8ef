"""byhand.forms.filled and field_ink: what is written in the fields of a form."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

import byhand
from byhand.errors import ByhandError
from byhand.forms.example import form_of
from byhand.forms.field_ink import FIELDS, _inside, _Laid, _parted, field_ink
from byhand.forms.fields import Field
from byhand.forms.filled import known_of, read_fields, read_form
from byhand.forms.registration import Registration, open_form
from byhand.pictures.sheets import open_sheets
from byhand.reading.fragments import Fragment
from byhand.reading.lattice_reader import LatticeReader
from byhand.synthesis.filled_forms import filled_form
from byhand.types import Box


class Counting(LatticeReader):
    """Reads rows, and keeps how many at once."""

    def __init__(self, model) -> None:
        super().__init__(model)
        self.batches: list[int] = []

    def read_rows(self, rows, constraints=None):
        self.batches.append(len(rows))
        return super().read_rows(rows, constraints)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A made form, the blank form, where it is on the scan, the scan, and a reader."""
    test = byhand.load_dataset("mnist").test
    rng = np.random.default_rng(3)
    filled = filled_form("delivery", "scan", (test.images, test.labels), rng)
    path = tmp_path_factory.mktemp("forms") / "delivery.png"
    Image.fromarray(filled.blank.picture).save(path)
    blank = open_form(form_of(filled.blank, path))
    registration = Registration(filled.matrix, 0.0, 1.0, 1.0, True)
    sheet = open_sheets(filled.picture).open(0)
    return filled, blank, registration, sheet, Counting(byhand.load())


def test_the_fields_of_a_form_are_read_in_one_batch_each_with_what_is_known(made):
    filled, blank, registration, sheet, reader = made
    found = read_fields(sheet, blank, registration, reader)
    assert [f.field for f in found] == list(blank.form.fields)
    digits = {f.field.name: f for f in found if f.field.kind == "digits"}
    wrong = [n for n, text in filled.texts.items() if digits[n].text != text]
    assert len(wrong) <= 2, wrong
    for name, reading in digits.items():
        assert reading.box == registration.box(reading.field.box)
        assert (reading.line is None) == (reading.text == "")
        if reading.line:  # where its ink is: on the scan, in the field or near it
            x, y = reading.line.box.x, reading.line.box.y
            near = 0.5 * reading.box.height
            assert reading.box.x - near <= x < reading.box.right, name
            assert reading.box.y - near <= y < reading.box.bottom, name
    empty = [name for name, text in filled.texts.items() if not text]
    assert empty and all(digits[n].text == "" for n in empty)
    assert all(digits[n].confidence > 0.5 for n in empty)
    assert reader.batches[0] == len(filled.texts) - len(empty)
    assert len(reader.batches) <= 2 and min(reader.batches) < len(filled.texts) - 2


def test_nothing_of_the_printed_form_is_ink_of_a_field(made):
    blank = made[1]
    sheet = open_sheets(Image.open(blank.form.blank)).open(0)
    here = Registration(np.eye(3), 0.0, 1.0, 1.0, True)
    fields = [field for field in blank.form.fields if field.kind == "digits"]
    inks = field_ink(sheet, blank, here, fields)
    assert [ink.row for ink in inks] == [None] * len(fields)


def test_a_page_is_read_as_the_form_that_it_fits_and_any_other_as_none(made):
    _, blank, registration, sheet, reader = made
    reading = read_form(sheet, [blank.form], reader)
    assert reading.form == blank.form
    corners = np.array([[130.0, 330.0], [1110.0, 1500.0]])
    apart = reading.registration.to_scan(corners) - registration.to_scan(corners)
    assert abs(apart).max() < 2
    other = open_sheets(Image.new("L", (300, 400), 255)).open(0)
    none = read_form(other, [blank.form], reader)
    assert (none.form, none.fields) == (None, ())
    assert none.warnings == ("no form: expected delivery",)
    missing = replace(blank.form, blank=Path("missing.png"))
    with pytest.raises(ByhandError, match=r"missing\.png"):
        read_form(sheet, [missing], reader)


def fragment(x: int, y: int, width: int, height: int) -> Fragment:
    return Fragment(y, x, np.ones((height, width), np.bool_), 1)


def test_a_component_is_of_the_field_with_most_of_its_ink_or_of_none():
    fields = [Field("a", Box(0, 0, 100, 40)), Field("b", Box(104, 0, 100, 40))]
    laid = _Laid(Box(-10, -20, 240, 90), 1.0)
    mostly = fragment(10 + 90, 20 + 5, 20, 30)  # 10 columns in a, 6 in b, 4 between
    below = fragment(10 + 30, 20 + 34, 10, 12)  # half of it is below the box
    away = fragment(10 + 30, 20 + 60, 10, 12)
    assert _inside(mostly, laid.of(fields[0].box)) == 0.5
    parts = _parted([mostly, below, away], fields, laid, FIELDS)
    assert parts == [[mostly, below], []]


def test_a_field_may_be_empty_whatever_is_known_of_it():
    known = known_of(Field("a", Box(0, 0, 9, 9), pattern="99/99", checksum="luhn"))
    automaton = known.automaton
    assert automaton.final(automaton.start) == 0.0
    one = automaton.step(automaton.start, 1)
    assert one is not None and automaton.final(one[0]) is None
    slash = automaton.step(automaton.start, known.symbols.index("/"))
    assert slash == (automaton.start, 0.0)


def test_what_is_not_printed_on_the_form_was_written_however_much_it_is_like_print(
    made,
):
    blank = made[1]
    box = next(f.box for f in blank.form.fields if f.name == "order")
    picture = Image.open(blank.form.blank).convert("RGB")
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(34)
    draw.text((box.x + 40, box.y + 10), "0 8 0 8", (40, 40, 40), font)
    sheet = open_sheets(picture).open(0)
    here = Registration(np.eye(3), 0.0, 1.0, 1.0, True)
    fields = [field for field in blank.form.fields if field.kind == "digits"]
    inks = field_ink(sheet, blank, here, fields)
    found = {f.name: ink.row for f, ink in zip(fields, inks, strict=True) if ink.row}
    assert {*found} == {"order"}
    assert len(found["order"].fragments) == 4
