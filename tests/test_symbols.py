"""byhand.reading.symbols: digits, marks and the reject class have one numbering."""

from __future__ import annotations

from byhand.reading.symbols import DIGITS, MARKS, REJECT, SYMBOLS, is_digit, is_mark


def test_a_digits_label_is_the_digit():
    assert [SYMBOLS.index(digit) for digit in DIGITS] == list(range(10))


def test_no_symbol_occurs_twice():
    assert len(set(SYMBOLS)) == len(SYMBOLS) == 25


def test_each_label_is_a_digit_a_mark_or_the_reject_class():
    found = [(is_digit(label), is_mark(label)) for label in range(REJECT + 1)]
    each = [(True, False)] * 10 + [(False, True)] * len(MARKS) + [(False, False)]
    assert found == each
