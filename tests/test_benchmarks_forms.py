"""The benchmark of forms: what it counts is what it says."""

from __future__ import annotations

import numpy as np
from benchmarks.forms import KINDS, Outcome, accepted_share, outcome, report

from byhand.forms.example import form_of
from byhand.forms.filled import FieldReading, FormReading
from byhand.forms.pages import FormsReading
from byhand.forms.registration import Registration
from byhand.synthesis.blank_forms import blank_form
from byhand.synthesis.filled_forms import FilledForm
from forms_read import line_of

HERE = Registration(np.eye(3), 0.0, 1.0, 1.0, True)


def test_what_is_accepted_is_all_above_the_last_place_that_is_right_enough():
    sure = np.array([0.9, 0.8, 0.7, 0.6, 0.5])
    right = np.array([True, True, False, True, True])
    assert accepted_share(sure, right, 1.0) == (0.4, 0.8)
    assert accepted_share(sure, right, 0.8) == (1.0, 0.5)
    assert accepted_share(sure, ~right, 1.0) == (0.0, 1.0)
    assert accepted_share(np.full(4, 0.9), np.array([1, 1, 1, 0]), 0.9) == (0.0, 1.0)


def made(name: str = "survey") -> tuple[FilledForm, FormReading]:
    """Return a form with 1 in each field and each box ticked, read without an error."""
    blank = blank_form(name)
    form = form_of(blank)
    texts = {f.name: "1" for f in blank.fields if f.kind == "digits"}
    ticks = {f.name: True for f in blank.fields if f.kind == "tick"}
    read = tuple(
        FieldReading(f, texts.get(f.name, ""), 0.9, f.box, None, ticks.get(f.name))
        for f in form.fields
    )
    picture = np.zeros((4, 4, 3), np.uint8)
    return (
        FilledForm(picture, blank, texts, ticks, np.eye(3), "fax"),
        FormReading(form, HERE, read),
    )


def of(*forms: FormReading) -> FormsReading:
    return FormsReading((line_of("1"),), (), 1, forms=forms)


def test_a_form_that_is_read_as_it_is_counts_as_right_and_another_as_wrong():
    filled, read = made()
    right = outcome(filled, of(read), of(read), 0.5)
    assert right.found == "survey"
    assert right.exact == right.plain == 7 * (True,)
    assert right.ticks == 5 * (True,)
    other = outcome(filled, of(made("claim")[1]), of(FormReading(None, None)), 0.5)
    assert (other.found, {*other.exact}, {*other.plain}, {*other.ticks}) == (
        "claim", {False}, {False}, {False})  # fmt: skip
    assert {*other.sure} == {0.0}


def test_the_table_has_kinds_layouts_and_all():
    filled, read = made()
    one = outcome(filled, of(read), of(read), 0.5)
    two = Outcome("claim", "scan", "", (0.5,), (False,), (True,), (True,), 1.5)
    found = report([one, two])
    names = [row[0] for row in found.rows]
    assert names == ["scan", "fax", "claim", "survey", "all"]
    figures = found.figures["groups"]["all"]
    assert figures["forms"] == 2 and figures["fields"] == 8
    assert (figures["exact"], figures["without"]) == (7 / 8, 1.0)
    assert (figures["accepted"], figures["least"]) == (7 / 8, 0.9)
    assert (figures["no_form"], figures["wrong_form"]) == (1, 0)
    assert figures["seconds"] == 1.0
    assert sum(KINDS.values()) == 10
