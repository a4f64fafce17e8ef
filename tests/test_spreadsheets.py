"""Cells of CSV: what a spreadsheet would change is text, and comes back the same."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.reading.results_forms import Csv
from byhand.reading.spreadsheets import STARTS, as_cell, from_cell


@pytest.mark.parametrize(
    ("text", "cell"),
    [
        ("0123", '="0123"'),  # else 123
        ("=12", '="=12"'),  # else a formula
        ("=cmd|'/c calc'!A0.png", "=\"=cmd|'/c calc'!A0.png\""),
        ('=HYPERLINK("x")', '="=HYPERLINK(""x"")"'),
        ("03/04/2024", '="03/04/2024"'),  # else a date, of one month or another
        ("12.50", '="12.50"'),  # else a date, in some countries
        ("1234567890123456", '="1234567890123456"'),  # else 1234567890123450
        ("-", '="-"'),
        ("'quoted", '="\'quoted"'),
        ("+" + 255 * "1", "'+" + 255 * "1"),  # too long for a formula
        ("123", "123"),
        ("0", "0"),
        ("", ""),
        ("scan 01.png", "scan 01.png"),
    ],
)
def test_a_text_that_would_be_changed_is_a_formula_of_that_text(text: str, cell: str):
    assert as_cell(text) == cell
    assert from_cell(cell) == text


@given(st.one_of(st.text(), st.text("0123456789=+-'\"./\n", max_size=20)))
def test_every_text_comes_back_and_none_begins_a_formula_of_its_own(text: str):
    cell = as_cell(text)
    assert from_cell(cell) == text
    if cell.startswith(STARTS) and cell[0] != "'":
        inside = cell[2:-1]
        assert cell == f'="{inside}"'
        assert '"' not in inside.replace('""', "")  # the text ends where the cell does


def test_rows_of_safe_csv_are_read_as_they_were(tmp_path):
    path, form = tmp_path / "t.csv", Csv(("file", "error"), safe=True)
    path.write_bytes(form.heading + form.written([["=a.png", "0123"]]))
    (_, row), *_ = [*form.rows(path)][1:]
    assert row == {"file": "=a.png", "error": "0123"}
    cells = [*csv.reader(io.StringIO(path.read_text()))][1]
    assert cells == ['="=a.png"', '="0123"']
