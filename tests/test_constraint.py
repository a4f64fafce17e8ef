"""byhand.reading.constraint and pattern: which texts fit, and what is refused."""

from __future__ import annotations

import itertools
import math
import re

import numpy as np
import pytest
from PIL import Image
from tests.test_automaton import log_weight_of
from tests.test_marks import decoded

import byhand
from byhand.augment.fields import set_row
from byhand.errors import ReadError
from byhand.nn.calibration import BASE_ERROR_RATE
from byhand.pictures.sheets import Sheet
from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.explain import describe_row
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.page_reader import read_page
from byhand.reading.pattern import LOST
from byhand.reading.symbols import REJECT, SYMBOLS


def log_weight(constraint: Constraint, text: str) -> float:
    symbols = tuple(constraint.symbols.index(sign) for sign in text)
    return log_weight_of(constraint.automaton, symbols)


@pytest.mark.parametrize(
    ("pattern", "regex"),
    [
        ("99", r"\d{2}"),
        ("9{1,3}", r"\d{1,3}"),
        ("09{2}", r"0\d\d"),
        ("9|79{2}", r"\d|7\d\d"),
        ("9 9", r"\d\d"),
        ("9{0,2}1", r"\d{0,2}1"),
    ],
)
def test_a_pattern_fits_what_its_regular_expression_does(pattern, regex):
    constraint = Constraint(pattern)
    for length in range(5):
        for digits in itertools.product("0179", repeat=length):
            text = "".join(digits)
            fits = re.fullmatch(regex, text) is not None
            assert log_weight(constraint, text) == (0 if fits else -math.inf)


@pytest.mark.parametrize(
    ("pattern", "text", "lost", "written"),
    [
        ("99/99", "12/34", 0, "12/34"),
        ("99/99", "1234", 1, "12/34"),
        ("99/99", "1/2/34", 0, "12/34"),  # a mark where none is asked for is no ink
        ("9/9/9", "12/3", 1, "1/2/3"),
        ("9{1,2}/9{1,2}", "123", 1, "1/23"),
        ("9{1,2}/9{1,2}", "12/3", 0, "12/3"),
        ("9,99|999", "123", 0, "123"),
        ("9,99|999", "1,23", 0, "1,23"),
        ("99 99-9", "12345", 1, "12 34-5"),
        ("9-", "1", 1, "1-"),
    ],
)
def test_a_lost_mark_costs_and_the_text_is_written_with_it(
    pattern, text, lost, written
):
    constraint = Constraint(pattern)
    assert log_weight(constraint, text) == pytest.approx(lost * LOST)
    assert constraint.written(text) == written
    assert log_weight_of(
        constraint.automaton.unweighted(), tuple(map(constraint.symbols.index, text))
    ) == 0  # fmt: skip


def test_all_that_is_known_holds_together():
    constraint = Constraint("9{4,6}", (4, 5), "1379", "luhn")
    found = 0
    for length in (4, 5, 6):
        for digits in itertools.product("0179", repeat=length):
            doubled = [int(d) * (1 + n % 2) for n, d in enumerate(reversed(digits))]
            right = sum(sum(divmod(d, 10)) for d in doubled) % 10 == 0
            fits = right and length < 6 and "0" not in digits
            assert (log_weight(constraint, "".join(digits)) == 0) == fits
            found += fits
    assert found > 20
    assert str(Constraint(digits=(4, 5), whitelist="10", checksum="luhn")) == (
        "4 to 5 digits and the checksum luhn and the digits 01"
    )


@pytest.mark.parametrize(
    ("known", "message"),
    [
        ({"pattern": "9{1000000}"}, r"64 signs at most, got '9\{1000000\}'"),
        ({"pattern": "9{60}9{60}"}, "64 signs at most"),
        ({"pattern": ""}, "expected digits in each alternative, got ''"),
        ({"pattern": "99|"}, "expected digits in each alternative, got ''"),
        ({"pattern": "9{0}/"}, "expected digits in each alternative"),
        ({"pattern": "9{3"}, "expected braces"),
        ({"pattern": "9}"}, "expected braces"),
        ({"pattern": "{3}"}, "expected braces"),
        ({"pattern": "9{5,3}"}, "expected repetitions in order"),
        ({"pattern": "9a"}, "expected digits, spaces and the marks .* got 'a'"),
        ({"pattern": "9\n"}, "expected digits, spaces and the marks"),
        ({"pattern": "|".join("9" * 65)}, "expected 64 alternatives at most, got 65"),
        ({"pattern": "9" * 1_000_000}, "64 signs at most"),
        ({"pattern": "9{0,32}/9{0,31}", "checksum": "mod97"}, "10000 states at most"),
        ({"pattern": "999", "digits": 4}, "4 digits and the pattern 999: expected tex"),
        ({"digits": 7, "checksum": "ean"}, "expected texts that fit all of it"),
        ({"digits": 0}, "digits: expected 1 to 64, or a range as 4-6, got 0"),
        ({"digits": (6, 4)}, "got 6-4"),
        ({"digits": "6"}, "expected 1 to 64, or two of them, got '6'"),
        ({"checksum": "mod79"}, "did you mean mod97"),
        ({"whitelist": "12a"}, "whitelist: expected some of 0123456789, got '12a'"),
    ],
)
def test_what_no_text_can_fit_is_refused_in_one_short_line(known, message):
    with pytest.raises(ReadError, match=message) as caught:
        Constraint.of(**known)
    assert "\n" not in str(caught.value) and len(str(caught.value)) < 200


def test_marks_that_no_pattern_asks_for_count_as_none():
    scores = np.log(np.arange(1.0, REJECT + 2))[None]  # label k weighs k + 1
    free = np.exp(ANYTHING.narrowed(scores))[0]
    assert free.tolist() == pytest.approx([*range(1, 11), sum(range(11, REJECT + 2))])
    slash = SYMBOLS.index("/")
    dated = np.exp(Constraint("99/99").narrowed(scores))[0]
    assert dated[10] == pytest.approx(slash + 1)
    assert dated[11] == pytest.approx(free[10] - slash - 1)


SURE = 1 - BASE_ERROR_RATE  # that a digit is not misread in another hand
TWO = {0: {"1": 0.7, "": 0.3}, 1: {"7": 0.6, "8": 0.3, "": 0.1}}


@pytest.mark.parametrize(
    ("known", "text", "confidence", "fitted"),
    [
        ({}, "17", 0.42, 1.0),
        ({"digits": 2}, "17", 0.42 / 0.63, 0.63),
        ({"digits": 1}, "7", 0.18 / 0.34, 0.34),
        ({"digits": (1, 2)}, "17", 0.42 / 0.97, 0.97),
        ({"digits": 2, "checksum": "luhn"}, "18", 1.0, 0.21),
        ({"pattern": "19|2"}, "17", 0.42 / 0.63, 0.63),
        ({"whitelist": "78"}, "7", 0.6, 0.3),
        ({"digits": 2, "whitelist": "18"}, "18", 1.0, 0.21),
    ],
)
def test_the_answer_is_the_best_of_what_fits_and_says_how_much_did(
    known, text, confidence, fitted
):
    line = decoded("17", TWO, Constraint.of(**known)).line
    assert line is not None and line.text == text
    assert line.confidence == pytest.approx(confidence * SURE ** len(text), abs=1e-6)
    assert line.fitted == pytest.approx(fitted, abs=1e-6)


@pytest.mark.parametrize("known", [{"digits": 3}, {"whitelist": "5", "digits": 2}])
def test_where_no_path_fits_there_is_no_line(known):
    result = decoded("17", TWO, Constraint.of(**known))
    assert result.line is None and result.unfit
    assert describe_row(result) == ["Nothing in this row fits what is known of it."]


def test_a_mark_of_the_pattern_decides_what_is_a_digit_and_may_be_lost():
    slash = {1: {"1": 0.6, "/": 0.4}}
    assert decoded("2/5", slash).line.text == "215"
    dated = Constraint("9{1,2}/9")
    line = decoded("2/5", slash, dated).line  # 215 would have lost its slash
    assert (line.text, line.marked) == ("25", "2/5")
    assert line.confidence == pytest.approx(
        SURE**2 * 0.4 / (0.4 + 0.6 * math.exp(LOST)), abs=1e-6
    )
    assert line.fitted == pytest.approx(1)
    lost = decoded("25", None, dated).line
    assert (lost.marked, lost.fitted, lost.marks) == ("2/5", pytest.approx(1), ())


def test_a_row_of_whose_digits_the_number_is_known_has_no_words():
    assert decoded("1 2").line.text == "1 2"
    assert decoded("1 2", None, Constraint(digits=(2, 2))).line.text == "12"


def test_each_row_has_its_own_constraint_and_pages_say_what_hardly_fits():
    test = byhand.load_dataset("mnist").test
    labels = test.labels
    eights = [test.images[labels == 8][n] for n in range(3)]
    picture = 255 - set_row(eights, [8] * 2)
    sheet = Sheet(Image.fromarray(picture), picture.shape[::-1])
    reader = LatticeReader(byhand.load())
    (found,) = read_page(sheet, reader).rows
    row = found.evidence.row
    each = [Constraint(digits=(2, 2)), Constraint(), Constraint(digits=(3, 3))]
    assert [len(result.line.digits) for result in reader.read_rows([row] * 3, each).rows
            ] == [2, 3, 3]  # fmt: skip
    *_, warning = read_page(sheet, reader, None, each[0]).warnings
    assert re.fullmatch(r"'88': only \S+ of the probability fits 2 digits", warning)
    many = read_page(sheet, reader, None, Constraint(digits=(40, 40)))
    assert many.lines == [] and "1 row cannot be 40 digits" in many.warnings
