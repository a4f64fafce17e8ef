"""byhand.reading.explain: what is known of a page is said, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pytest

from byhand.ink.page_ink import PageInk
from byhand.reading.candidates import find_candidates
from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.decoding import LatticeEvidence, position_marginal
from byhand.reading.explain import describe_page, describe_row, explain_page
from byhand.reading.fragments import Fragment
from byhand.reading.lattice import make_lattice
from byhand.reading.line_reader import RowResult
from byhand.reading.page import Page
from byhand.reading.page_reader import PageResult
from byhand.reading.phrases import listed, ordinal, percent
from byhand.reading.result import Digit, Line
from byhand.reading.rows import Row
from byhand.reading.symbols import REJECT
from byhand.types import Box

HEIGHT, PEN = 40, 5
Ends = tuple[int, int]  # the nodes at which a candidate starts and ends


BLANK = np.zeros((200, 400), bool)


def fragment(
    left: int, width=20, height=HEIGHT, top=30, component=0, cut=0.0
) -> Fragment:
    """Return a block of ink; connected with others only if `component` says so."""
    return Fragment(
        top, left, np.ones((height, width), bool), component or 1000 + left, cut
    )


def a_row(
    fragments: Sequence[Fragment],
    path: Sequence[tuple[Ends, int]],
    likely: Mapping[Ends, Mapping[int, float]] | None = None,
    sure: float = 0.95,
    unlike: float = 0.1,
    page: Page | None = None,
) -> RowResult:
    """Return a row as read along a path.

    Args:
        fragments: its ink, cut.
        path: candidates by their ends, with what they are read as.
        likely: the posteriors that are not 0; what the path says is certain if None.
        sure: of the whole line.
        unlike: the network's probability of the reject class for each candidate.
        page: on which the row is level.
    """
    candidates = find_candidates(fragments, HEIGHT)
    plain = {(s.start, s.end): n for n, s in enumerate(candidates) if not s.shared}
    scores = np.full((len(candidates), 11), (1 - unlike) / 10)
    scores[:, -1] = unlike
    heard = np.zeros((len(candidates), REJECT + 1))
    lattice = make_lattice(fragments, candidates, np.log(scores), heard, HEIGHT, PEN)
    p = np.zeros((len(candidates), REJECT + 1))
    for ends, each in (likely or {ends: {d: 1.0} for ends, d in path}).items():
        for digit, probability in each.items():
            p[plain[ends], digit] = probability
    numbers = [(plain[ends], digit) for ends, digit in path]
    digits = []
    for number, digit in (pair for pair in numbers if pair[1] != REJECT):
        here = position_marginal(candidates, p, number)[:REJECT]
        others = [int(k) for k in np.argsort(-here) if k != digit and here[k]]
        alternatives = tuple((k, here[k]) for k in others)
        digits.append(Digit(digit, here[digit], alternatives, Box(0, 0, 1, 1)))
    images = np.zeros((len(candidates), 28, 28), np.uint8)
    row = Row(fragments, page or a_page(*fragments), fragments)
    evidence = LatticeEvidence(row, fragments, lattice, images, numbers, p)
    return RowResult(Line(tuple(digits), sure) if digits else None, evidence)


def a_page(
    *fragments: Fragment, lines: float = 0.0, scale: float = 1, angle: float = 0.0
) -> Page:
    """Return a page with some fragments of ink on it."""
    mask = np.zeros_like(BLANK)
    for p in fragments:
        mask[p.top : p.bottom, p.left : p.right] = True
    ink = np.where(mask, 200, 0).astype(np.uint8)
    page = Page.of(PageInk(ink, mask, PEN, HEIGHT, scale, {"lines": lines}))
    return replace(page, angle=angle)


APART = [
    fragment(10, component=1),
    fragment(50, component=2),
    fragment(90, component=3),
]
PATH = [((0, 1), 3), ((1, 2), 1), ((2, 3), 7)]


def test_a_sure_row_without_cuts_is_one_sentence():
    assert describe_row(a_row(APART, PATH)) == ["Read as 317, 95 % sure."]


def test_the_digit_that_makes_most_of_the_doubt_is_named_with_what_else_it_may_be():
    likely = {(0, 1): {3: 1}, (1, 2): {1: 0.67, 7: 0.31, REJECT: 0.02},
              (2, 3): {7: 0.94, 8: 0.06}}  # fmt: skip
    assert describe_row(a_row(APART, PATH, likely, sure=0.6)) == [
        "Read as 317, 60 % sure, mostly because of the 2nd digit (1).",
        "The 2nd digit (1), 67 % sure, may also be a 7 (31 %).",
        "The 3rd digit (7), 94 % sure, may also be an 8 (6 %).",
    ]


def test_several_doubts_add_up():
    likely = {(k, k + 1): {d: 0.8, REJECT: 0.2} for k, (_, d) in enumerate(PATH)}
    first, *others = describe_row(a_row(APART, PATH, likely, sure=0.5))
    assert first == "Read as 317, 50 % sure: small doubts add up."
    assert others[0] == "The 1st digit (3), 80 % sure, may also be no digit (20 %)."
    assert len(others) == 3


def test_a_row_too_unsure_for_the_answer_says_so():
    row = a_row(APART, PATH, sure=0.95)
    assert describe_row(row, min_confidence=0.95) == describe_row(row)
    assert describe_row(row, min_confidence=0.96)[1:] == [
        "Not in the answer, as less sure than 96 %."
    ]


@pytest.mark.parametrize(
    ("cut", "said"),
    [(1.2, "cut through 1.2 pens' widths of ink"),
     (0.01, "cut where it hardly holds together")],
)  # fmt: skip
def test_digits_that_touch_are_said_with_the_ink_between_them(cut: float, said: str):
    touching = [
        fragment(10, component=5),
        fragment(30, component=5, cut=cut),
        fragment(90),
    ]
    assert describe_row(a_row(touching, PATH)) == [
        "Read as 317, 95 % sure.",
        f"3 and 1 (1st and 2nd digit) touch: {said}.",
    ]


def test_a_cut_that_was_tried_and_not_made_is_not_said():
    one = [fragment(10, component=5), fragment(30, component=5, cut=1.2)]
    assert describe_row(a_row(one, [((0, 2), 3)])) == ["Read as 3, 95 % sure."]


def test_a_digit_may_be_another_if_it_is_cut_otherwise():
    one = [fragment(10, component=5), fragment(30, component=5, cut=1.2)]
    likely = {(0, 2): {4: 0.6}, (0, 1): {1: 0.4}, (1, 2): {7: 0.4}}
    assert describe_row(a_row(one, [((0, 2), 4)], likely))[1] == (
        "The only digit (4), 60 % sure, may also be a 1 (40 %) if cut or joined"
        " otherwise."
    )


def test_a_digit_of_several_strokes_is_said():
    assert describe_row(a_row(APART, [((0, 2), 5), ((2, 3), 7)]))[1:] == [
        "The 1st digit (5) is put together from 2 strokes that do not touch."
    ]


SMALL = {"width": 8, "height": 9}
FLAT = {"width": 30, "height": 9}
LOW = {"width": 22, "height": 20}


@pytest.mark.parametrize(
    ("shape", "unlike", "reason"),
    [
        (SMALL, 0.99, "as small as a point or a comma"),
        (FLAT, 0.99, "flat, as a dash is"),
        (LOW, 0.99, "too low for a digit"),
        ({}, 0.93, "the network takes it for no digit (93 %)"),
        ({}, 0.2, "the row is likelier without it"),
    ],
)
def test_a_mark_is_rejected_for_a_reason(shape: dict, unlike: float, reason: str):
    fragments = [fragment(10), fragment(50, **shape), fragment(90)]
    path = [((0, 1), 3), ((1, 2), REJECT), ((2, 3), 7)]
    assert describe_row(a_row(fragments, path, unlike=unlike))[1:] == [
        f"A mark between the 1st and 2nd digit was rejected: {reason}."
    ]


def test_marks_are_said_with_their_place_those_alike_together():
    points = [fragment(left, **SMALL) for left in (0, 110, 140)]
    fragments = [points[0], fragment(50), fragment(80), *points[1:]]
    path = [
        ((0, 1), REJECT),
        ((1, 2), 3),
        ((2, 3), 7),
        ((3, 4), REJECT),
        ((4, 5), REJECT),
    ]
    reason = "rejected: as small as a point or a comma."
    assert describe_row(a_row(fragments, path))[1:] == [
        f"A mark left of the 1st digit (3) was {reason}",
        f"2 marks right of the 2nd digit (7) were {reason}",
    ]


def test_a_rejected_mark_may_be_a_digit_and_make_the_row_unsure():
    fragments = [fragment(10), fragment(50)]
    path = [((0, 1), 3), ((1, 2), REJECT)]
    likely = {(0, 1): {3: 1.0}, (1, 2): {REJECT: 0.6, 1: 0.4}}
    assert describe_row(a_row(fragments, path, likely, sure=0.6)) == [
        "Read as 3, 60 % sure, mostly because a mark was rejected.",
        "A mark right of the only digit (3) was rejected: the row is likelier without"
        " it; though perhaps a 1 (40 %).",
    ]


@pytest.mark.parametrize("rejected", [0, 1])
def test_ink_cut_off_a_digit_and_rejected_is_said(rejected: int):
    fragments = [fragment(10, component=5), fragment(30, component=5, cut=0.5)]
    path = [((0, 1), 3), ((1, 2), 3)]
    path[rejected] = (path[rejected][0], REJECT)
    side = ("left", "right")[rejected]
    assert describe_row(a_row(fragments, path))[1] == (
        f"Ink {side} of the only digit (3) was rejected: cut through 0.5 pens' widths"
        " of ink."
    )


def test_a_row_without_a_digit_says_so():
    row = a_row([fragment(10)], [((0, 1), REJECT)], unlike=0.9)
    assert describe_row(row) == [
        "Nothing in this row looks like a digit.",
        "A mark was rejected: the network takes it for no digit (90 %).",
    ]


def result_of(*rows: RowResult, page: Page | None = None, warnings=()) -> PageResult:
    fragments = [p for row in rows for p in row.evidence.row.fragments]
    return PageResult(page or a_page(*fragments), rows, warnings)


def test_of_a_plain_page_there_is_nothing_to_say():
    row = a_row(APART, PATH)
    assert describe_page(result_of(row)) == []
    assert explain_page(result_of(row)) == describe_row(row)


def test_what_was_done_to_a_page_is_said():
    page = a_page(*APART, scale=0.3)
    row = a_row(APART, PATH, page=a_page(*APART, angle=-4.24))
    assert describe_page(result_of(row, page=page)) == [
        "The row slopes: it was rotated by 4.2° clockwise.",
        "Digits are only 12 pixels high; larger ones are read better.",
    ]
    rows = [a_row(APART, PATH, page=a_page(*APART, angle=angle)) for angle in (2, 4)]
    assert describe_page(result_of(*rows)) == [
        "The rows slope: they were rotated by 3.0° counter-clockwise."
    ]


def test_ink_in_no_row_is_said():
    row = a_row(APART, PATH)
    strays = [fragment(300, **SMALL), fragment(330, **SMALL)]
    page = a_page(*APART, *strays)
    assert describe_page(result_of(row, page=page)) == ["2 marks in no row of digits."]


def test_warnings_and_what_was_asked_for_are_said():
    row = a_row(APART, PATH)
    result = result_of(row, warnings=("expected 3 lines, found 1",))
    assert describe_page(result, Constraint(whitelist="713")) == [
        "Expected 3 lines, found 1.",
        "Only the digits 137 could be read, as requested.",
    ]
    assert describe_page(result, ANYTHING) == ["Expected 3 lines, found 1."]


def test_why_there_is_no_answer_is_said():
    assert explain_page(PageResult(None, (), ("no ink",))) == ["No ink."]
    page = a_page(lines=0.1, scale=0.1)
    assert explain_page(PageResult(page, (), ("no ink",))) == [
        "No ink.",
    ]


def test_several_rows_are_numbered():
    rows = [a_row(APART, PATH), a_row(APART, [*PATH[:1], ((1, 3), 4)])]
    sentences = explain_page(result_of(*rows), min_confidence=0.99)
    assert sentences[:2] == [
        "Row 1: Read as 317, 95 % sure.",
        "Row 1: Not in the answer, as less sure than 99 %.",
    ]
    assert sentences[2] == "Row 2: Read as 34, 95 % sure."
    assert all(sentence.startswith("Row 2: ") for sentence in sentences[3:])


def test_numbers_and_lists_are_written_as_one_says_them():
    assert list(map(ordinal, (1, 2, 3, 4, 11, 12, 13, 21, 112))) == [
        "1st", "2nd", "3rd", "4th", "11th", "12th", "13th", "21st", "112th",
    ]  # fmt: skip
    assert [listed("abc"[:n], "or") for n in range(4)] == ["", "a", "a or b",
                                                           "a, b or c"]  # fmt: skip
    assert [percent(p) for p in (0, 0.001, 0.056, 0.996, 1)] == [
        "0 %", "under 1 %", "6 %", "over 99 %", "100 %",
    ]  # fmt: skip


@dataclass(frozen=True)
class OtherEvidence:
    """What a reader knows that has no lattice."""

    row: Row
    rejected: int = 0


def test_of_what_another_reader_read_the_answer_is_said():
    line = a_row(APART, PATH).line
    row = RowResult(line, OtherEvidence(Row(APART, a_page(*APART), APART)))
    result = result_of(row)
    assert explain_page(result) == ["Read as 317, 95 % sure."]
