"""Marks between digits: decoded beside them, and given with their places."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from itertools import product

import numpy as np
import pytest

from byhand.ink.page_ink import PageInk
from byhand.nn.calibration import BASE_ERROR_RATE
from byhand.nn.crf import NEVER
from byhand.reading.annotate import annotated
from byhand.reading.candidates import Candidate
from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.decoding import LatticeEvidence, decode
from byhand.reading.explain import describe_row
from byhand.reading.fragments import Fragment
from byhand.reading.lattice import Lattice
from byhand.reading.lattice_weights import DIGIT_FEATURES, GROUPS
from byhand.reading.left_out import warnings_of
from byhand.reading.line_reader import RowResult
from byhand.reading.marks import Mark, marks_text
from byhand.reading.page import Page
from byhand.reading.result import Digit, Line, Reading
from byhand.reading.rows import Row
from byhand.reading.symbols import REJECT, SYMBOLS
from byhand.reading.tasks import FileResult
from byhand.types import Box

HEIGHT, PEN = 40, 5
SMALL = {".": 8, ",": 12, "-": 6, ":": 24}  # heights of marks; others are full
MODEST = 1 - BASE_ERROR_RATE


SILENCE = np.log(np.eye(REJECT + 1)[[REJECT] * 9] + 1e-30)  # of the row network


def row_of(
    text: str, likely: Mapping[int, Mapping[str, float]] | None = None
) -> tuple[Row, Lattice, np.ndarray]:
    """Return a row of blocks, one a symbol, each of which may be read alone.

    Args:
        text: what they are; a space is a wide gap.
        likely: by the number of the block what it may be, where that is not certain;
            "" is rejected.
    """
    (
        fragments,
        x,
    ) = [], 10
    for number, symbol in enumerate(text):
        if symbol == " ":
            x += 2 * HEIGHT
            continue
        height = SMALL.get(symbol, HEIGHT)
        mask = np.ones((height, 16), bool)
        fragments.append(Fragment(30 + HEIGHT - height, x, mask, number))
        x += 26
    ink = np.zeros((100, x + 10), np.uint8)
    for p in fragments:
        ink[p.top : p.bottom, p.left : p.right] = 200
    page = Page.of(PageInk(ink, ink > 0, PEN, HEIGHT, 1.0, {}))
    scores = np.full((len(fragments), REJECT + 1), NEVER)
    for number, symbol in enumerate(text.replace(" ", "")):
        for name, p in (likely or {}).get(number, {symbol: 1.0}).items():
            scores[number, SYMBOLS.index(name) if name else REJECT] = math.log(p)
    candidates = [Candidate(n, n + 1, (p,)) for n, p in enumerate(fragments)]
    lattice = Lattice(
        candidates,
        scores,
        scores,
        *[np.zeros((len(fragments), len(names) - 2)) for names in GROUPS.values()],
    )
    return Row(fragments, page, fragments), lattice, scores


def decoded(text: str, likely=None, known: Constraint = ANYTHING) -> RowResult:
    row, lattice, scores = row_of(text, likely)
    images = np.zeros((len(scores), 28, 28), np.uint8)
    return decode(row, row.fragments, images, lattice, scores, SILENCE, known)


def line_of(text: str, likely=None) -> Line:
    line = decoded(text, likely).line
    assert line is not None
    return line


@pytest.mark.parametrize(
    ("marked", "text"),
    [
        ("3.14", "314"),
        ("-52", "52"),
        ("09:45", "0945"),
        ("$120", "120"),
        ("85%", "85"),
        ("7/10", "710"),
        ("12/05/2024", "12052024"),
        ("(555) 123-4567", "555 1234567"),
        ("1 250,75", "1 25075"),
        ("42", "42"),
    ],
)
def test_a_line_is_given_with_its_marks_and_without(marked: str, text: str):
    line = line_of(marked)
    assert (line.marked, line.text) == (marked, text)
    reading = Reading((line, line_of("7")))
    assert (reading.marked, reading.text) == (f"{marked}\n7", f"{text}\n7")


def test_each_mark_has_its_place_and_its_box():
    line = line_of("(5).")
    assert [(m.text, m.before) for m in line.marks] == [("(", 0), (")", 1), (".", 1)]
    boxes = [m.box for m in line.marks]
    assert boxes == [(10, 30, 16, 40), (62, 30, 16, 40), (88, 62, 16, 8)]
    assert line.box == Box(10, 30, 94, 40)
    assert line.marks[0].confidence == pytest.approx(MODEST)


def test_a_mark_is_not_left_out_and_what_is_rejected_is():
    line = line_of("3.1#4", {3: {"": 1.0}})
    assert line.marked == "3.14"
    assert [mark.before for mark in line.left_out] == [2]


def test_a_row_of_marks_alone_has_no_line():
    assert decoded("-.-").line is None


MANY = {0: {"1": 0.6, "/": 0.3, "": 0.1}, 1: {"7": 0.35, "/": 0.25, "(": 0.2, "": 0.2},
        2: {"4": 0.9, ".": 0.06, "": 0.04}}  # fmt: skip


def test_a_text_is_as_likely_as_all_paths_that_write_it_with_whatever_marks():
    texts: dict[str, float] = {}
    for labels in product(*(MANY[n].items() for n in range(3))):
        text = "".join(name for name, _ in labels if name.isdigit())
        p = math.prod(p for _, p in labels)
        texts[text] = texts.get(text, 0.0) + p
    line = line_of("174", MANY)
    assert line.text == "14"  # 7 is the likeliest label there, but no digit likelier
    assert line.confidence == pytest.approx(texts["14"] * MODEST**2)
    assert [d.confidence for d in line.digits] == pytest.approx(
        [0.6 * MODEST, 0.9 * MODEST]
    )
    assert [(m.text, m.confidence, m.before) for m in line.marks] == [
        ("/", pytest.approx(0.25 * MODEST), 1)
    ]


def test_which_mark_it_is_lowers_nothing_of_the_text():
    sure = line_of("3.14")
    unsure = line_of("3.14", {1: {".": 0.4, ",": 0.35, "-": 0.15, "": 0.1}})
    assert unsure.marked == "3.14"
    assert unsure.confidence == pytest.approx(sure.confidence)
    assert unsure.digits == sure.digits


def test_a_whitelist_is_of_digits_and_marks_can_always_occur():
    line = decoded("3.1", {0: {"3": 0.9, "8": 0.1}}, Constraint(whitelist="18")).line
    assert line is not None and line.marked == "8.1"


@pytest.mark.parametrize(
    ("marked", "words"),
    [
        ("314", ""),
        ("3.14", "a point after the 1st digit"),
        ("-52", "a dash before the 1st digit"),
        ("85%", "a percent sign after the 2nd digit"),
        ("1/2/3", "a slash after the 1st and 2nd digit"),
        ("(5)-6", "an opening bracket before the 1st digit, a closing bracket after "
         "the 1st digit, a dash after the 1st digit"),
        ("-4-4-", "a dash before the 1st digit and after the 1st and 2nd digit"),
        ("1-2-3-4-5-6", "5 marks"),
    ],
)  # fmt: skip
def test_marks_are_said_in_words(marked: str, words: str):
    line = line_of(marked)
    assert marks_text(line.marks) == words
    said = [f"'{line.text}': {words}; with its marks: {marked}"] if words else []
    assert warnings_of(line) == said


def test_json_has_the_line_with_its_marks_and_each_mark():
    line = line_of("3.14")
    [found] = Reading((line,)).as_dict()["lines"]
    assert (found["text"], found["marked"]) == ("314", "3.14")
    assert found["marks"] == [
        {"mark": ".", "confidence": pytest.approx(MODEST),
         "box": [36, 62, 16, 8], "before": 1}
    ]  # fmt: skip


def test_csv_has_the_line_with_its_marks():
    [row] = FileResult("a.png", Reading((line_of("3.14"),))).as_rows()
    assert (row["text"], row["marked"]) == ("314", "3.14")


def test_a_line_that_is_a_number_has_an_amount():
    assert line_of("1 250,75").amount == Decimal("1250.75")
    assert line_of("09:45").amount is None


def test_marks_are_shown_with_boxes_too():
    line = line_of("3-4")
    reading = Reading((line,), picture=np.full((100, 120), 255, np.uint8))
    without = replace(line, marks=())
    pixels = [np.asarray(annotated(reading.picture, r)) for r in
              (reading, replace(reading, lines=(without,)))]  # fmt: skip
    changed = np.argwhere((pixels[0] != pixels[1]).any(axis=2))
    box = line.marks[0].box
    assert len(changed)
    assert (changed[:, 1] >= box.x - 4).all() and (changed[:, 1] < box.right + 4).all()
    assert reading._repr_html_().count("3-4") and "Line('34', " in repr(line)
    assert repr(line).endswith("marked '3-4')")
    assert repr(line.marks[0]) == "Mark('-', 97.0 %, box 36, 64, 16, 6)"


def sentences(text: str, likely=None) -> list[str]:
    return describe_row(decoded(text, likely))


def test_an_explanation_has_the_marks_and_what_a_digit_may_be_instead():
    found = sentences("3.14", {2: {"1": 0.7, "/": 0.3}})
    assert found[1:] == [
        "With its marks: 3.14.",
        "The 2nd digit (1), 68 % sure, may also be a slash (30 %).",
    ]


def test_a_cut_beside_a_mark_is_said():
    row, lattice, scores = row_of("$1")
    through = DIGIT_FEATURES.index("through") - 2
    lattice.digit[1, through] = 1.5
    images = np.zeros((2, 28, 28), np.uint8)
    result = decode(row, row.fragments, images, lattice, scores, SILENCE)
    assert "Ink of $ and 1 was cut: cut through 1.5 pens' widths of ink." in (
        describe_row(result)
    )
    assert isinstance(result.evidence, LatticeEvidence)
    assert result.evidence.symbols == [(0, SYMBOLS.index("$")), (1, 1)]


def test_the_marks_of_lines_made_by_hand_are_in_their_places():
    digits = tuple(Digit(d, 0.9, (), Box(20 * d, 0, 9, 20)) for d in (1, 2))
    marks = (Mark("-", 0.9, Box(0, 9, 9, 3), 0), Mark("%", 0.8, Box(60, 0, 9, 20), 2))
    assert Line(digits, 0.8, marks=marks, marked_breaks=(2,)).marked == "-1 2%"
    assert Line(digits, 0.8, breaks=(1,)).marked == "1 2"


def test_marks_as_high_as_digits_are_known_with_their_confidence():
    evidence = decoded("$3.1#", {0: {"$": 0.8, "": 0.2}, 4: {"": 1.0}}).evidence
    assert evidence.high_marks == pytest.approx([0.8 * MODEST])
    assert evidence.rejected == 1
