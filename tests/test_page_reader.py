"""A page in doubt gets another pass; letters are no digits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from PIL import Image

import byhand
from byhand.augment.nondigits import characters
from byhand.ink.page_ink import PageInk
from byhand.pictures.sheets import Sheet
from byhand.reading.constraint import Constraint
from byhand.reading.fragments import find_fragments
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.line_reader import RowResult, RowsResult
from byhand.reading.page import Page, find_slant
from byhand.reading.page_reader import TURNED, PageResult, Passes, read_page
from byhand.reading.result import Digit, Line
from byhand.reading.rows import Row
from byhand.types import Box


class SomeRow:
    """What of a row counts here: its line."""

    unfit = False

    def __init__(self, confidence: float, digits: int) -> None:
        digit = Digit(1, confidence ** (1 / digits), (), Box(0, 0, 1, 1))
        self.line = Line((digit,) * digits, confidence)
        self.evidence = SimpleNamespace(
            rejected=0, high_marks=(), row=SimpleNamespace(likely=1.0)
        )


PAGE: Any = None
SHEET = Sheet(Image.new("L", (9, 9)), (9, 9))
NOBODY: Any = None  # reads no row: the passes' results are given


INKS: Any = [SimpleNamespace(scale=1.0, name=name) for name in ("clear", "faint")]


def finder(sheet: Sheet) -> Any:
    """Stand in for what finds ink."""
    assert sheet is SHEET
    return iter(INKS)


def result_of(*rows: tuple[float, int]) -> PageResult:
    return PageResult(PAGE, tuple(SomeRow(*row) for row in rows), ())


@pytest.mark.parametrize(
    ("first", "second", "expected", "passes"),
    [
        ([(0.9, 3)], [(1.0, 3)], 0, 1),  # sure enough: one pass
        ([(0.7, 9)], [(1.0, 9)], 0, 1),  # as sure as nine digits can be
        ([(0.5, 3)], [(0.6, 3)], 1, 2),
        ([(0.6, 3)], [(0.5, 3)], 0, 2),
        ([(0.6, 3)], [(0.55, 4)], 1, 2),  # more digits to be expected right
        ([(0.9, 3), (0.4, 2)], [(0.9, 3), (0.6, 2)], 1, 2),  # one row in doubt
        ([], [(0.7, 1)], 1, 2),  # nothing found
        ([], [], 0, 2),
    ],
)
def test_the_likeliest_hypothesis_of_the_ink_counts(
    first, second, expected, passes, monkeypatch
):
    answers = [result_of(*rows) for rows in (first, second)]
    asked = []

    def once(self, page):
        asked.append(page.ink.name)
        return answers[len(asked) - 1]

    monkeypatch.setattr(Passes, "read", once)
    read = read_page(SHEET, NOBODY, find_ink=finder)
    assert read.rows == answers[expected].rows
    assert asked == ["clear", "faint"][:passes]


def test_without_ink_there_is_a_warning():
    result = read_page(SHEET, NOBODY, find_ink=lambda _: ())
    assert result.warnings == ("no digits: the page is blank, or too faint",)


def ink_of(sheet: Sheet) -> list[PageInk]:
    """Take what is dark for digits' ink."""
    return [PageInk.of(255 - np.asarray(sheet.image), 1.0)]


@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_a_page_that_is_turned_is_read_and_said(quarters):
    test = byhand.load_dataset("mnist").test
    upright = np.asarray(page_of(test.images[:8]))
    image = Image.fromarray(np.rot90(upright, quarters).copy())
    reader = LatticeReader(byhand.load())
    result = read_page(Sheet(image, image.size), reader, find_ink=ink_of)
    assert [line.text.replace(" ", "") for line in result.lines] == ["7210", "4149"]
    said = [warning for warning in result.warnings if "turned" in warning]
    assert said == ([TURNED[4 - quarters]] if quarters else [])
    ink = np.rot90(255 - upright, quarters) > 60
    for digit in (digit for line in result.lines for digit in line.digits):
        x, y, w, h = digit.box
        assert ink[y : y + h, x : x + w].any(axis=0).all()
        assert not ink[max(y - 4, 0) : y - 1, x : x + w].any()


def test_a_page_is_turned_only_where_too_little_of_it_is_read(monkeypatch):
    rows: Any = (SomeRow(0.9, 9),)
    monkeypatch.setattr(Passes, "read", lambda self, page: PageResult(page, rows, ()))
    monkeypatch.setattr(Page, "turned_by", lambda *_: pytest.fail("turned"))
    read_page(SHEET, NOBODY, find_ink=finder)


def page_of(images: np.ndarray) -> Image.Image:
    """Set images (8, 28, 28) in two rows, far apart, dark on light."""
    page = np.zeros((2, 4, 40, 40), np.uint8)
    page[:, :, 6:34, 6:34] = images.reshape(2, 4, 28, 28)
    return Image.fromarray(255 - page.transpose(0, 2, 1, 3).reshape(80, 160))


def test_a_page_of_other_signs_is_read_as_few_digits(rng):
    test = byhand.load_dataset("mnist").test
    some = test.images[:8], test.labels[:8], test.images[8:16]
    read = 0
    for _ in range(5):
        reading = byhand.read(page_of(characters(*some, rng)))
        read += sum(len(line.digits) for line in reading.lines)
    assert read <= 0.3 * 40  # cut up, they would give more digits than there are signs


def one_row(
    likely: float, confidence: float, rejected: int = 0, marks: Sequence[float] = ()
) -> Any:
    """Return a row of one digit, with ink that is so likely a digit's."""
    row = SomeRow(confidence, 1)
    row_read = SimpleNamespace(likely=likely)
    evidence = SimpleNamespace(rejected=rejected, high_marks=marks, row=row_read)
    return RowResult(row.line, evidence)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("rows", "kept"),
    [
        ([one_row(0.9, 0.9)], 1),
        ([one_row(0.5, 0.9)], 0),  # the ink may be something else
        ([one_row(0.9, 0.4)], 0),  # it hardly looks like a digit
        ([one_row(0.9, 0.9, rejected=2)], 0),  # most of it is none
        ([one_row(0.9, 0.9, marks=(0.9, 0.9))], 1),  # "(1)"
        ([one_row(0.9, 0.9, marks=(0.1, 0.2))], 0),  # marks that are hardly such
        ([*[one_row(0.9, 0.95)] * 3, one_row(0.6, 0.9)], 4),  # on a page of digits
        ([one_row(0.9, 0.9), *[one_row(0.1, 0.9)] * 3], 0),
        ([], 0),
    ],
)
def test_lines_that_are_not_likely_digits_are_left_out(rows, kept):
    result = PageResult(PAGE, tuple(rows), ()).of_digits(0.62)
    assert len(result.rows) == kept


def test_a_page_of_digits_is_not_taken_for_letters():
    test = byhand.load_dataset("mnist").test
    reading = byhand.read(page_of(test.images[:8]))
    assert [line.text.replace(" ", "") for line in reading.lines] == ["7210", "4149"]
    assert not any("most marks" in warning for warning in reading.warnings)


@pytest.mark.parametrize("slant", [-0.3, 0.0, 0.4, 0.7])
def test_slanting_strokes_are_deslanted_and_boxes_stay_where_they_are(slant):
    page = np.zeros((120, 320), np.float32)
    for left in (60, 130, 200):
        for y in range(40, 80):
            x = round(left - slant * (y - 60))
            page[y, x : x + 6] = 255
    ink = PageInk.of(page.astype(np.uint8), 1.0)
    assert find_slant(ink.mask) == pytest.approx(0.8 * slant, abs=0.1)
    upright = Page.of(ink).deslanted()
    if not slant:
        assert upright is None
        return
    assert upright is not None
    assert abs(find_slant(upright.ink.mask)) < abs(slant) / 2
    (fragment, *_) = sorted(find_fragments(upright.ink), key=lambda p: p.left)
    x, y, w, h = upright.in_picture([fragment])
    assert abs(y - 40) <= 3 and abs(y + h - 80) <= 3
    assert abs(x + w / 2 - 63) <= 4


@dataclass(frozen=True)
class Sevens:
    """A line reader that takes every component for a 7, and its evidence."""

    row: Row | None = None
    rejected: int = 1
    high_marks: Sequence[float] = ()

    def read_rows(self, rows: Sequence[Row], constraints: Constraint) -> RowsResult:
        sevens = [[Digit(7, 0.99, (), row.page.in_picture([p])) for p in row.fragments]
                  for row in rows]  # fmt: skip
        lines = [Line(tuple(digits), 0.9) for digits in sevens]
        results = [RowResult(line, replace(self, row=row))
                   for line, row in zip(lines, rows, strict=True)]  # fmt: skip
        return RowsResult(tuple(results), ("all are sevens",))


def test_another_line_reader_can_stand_in_the_lattices_place():
    image = page_of(byhand.load_dataset("mnist").test.images[:8])
    result = read_page(Sheet(image, image.size), Sevens())
    assert [line.text for line in result.lines] == ["7777", "7777"]
    assert [len(row.evidence.row.fragments) for row in result.rows] == [4, 4]
    rejected = "2 marks as high as digits were rejected"
    assert result.warnings == ("all are sevens", rejected)
    left = [digit.box.x for digit in result.lines[0].digits]
    assert left == sorted(left)


@pytest.mark.parametrize("size", [1, 3, 6])
def test_specks_alone_are_no_writing(size):
    grey = np.zeros((200, 300), np.uint8)
    for at in range(20, 180, 40):
        grey[at : at + size, at : at + size] = 255
    image = Image.fromarray(255 - grey)
    ink = PageInk.of(grey, 1.0)
    result = read_page(
        Sheet(image, image.size), LatticeReader(byhand.load()), find_ink=lambda _: [ink]
    )
    assert not result.lines and result.warnings
