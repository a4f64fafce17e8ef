"""byhand.reading.amounts: numbers as they are written in any country."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from byhand.reading.amounts import amount_of


@pytest.mark.parametrize(
    ("marked", "amount"),
    [
        ("0", "0"),
        ("1250", "1250"),
        ("3.14", "3.14"),
        ("12,50", "12.50"),
        (",50", "0.50"),
        ("1 250,75", "1250.75"),
        ("1,250.75", "1250.75"),
        ("1.250,750", "1250.750"),
        ("1.250", "1250"),
        ("1.250.000", "1250000"),
        ("0.250", "0.250"),
        ("1250.500", "1250.500"),
        ("3.1416", "3.1416"),
        ("-52", "-52"),
        ("+52", "52"),
        ("$120", "120"),
        ("€ 120", "120"),
        ("120 €", "120"),
        ("-£3.50", "-3.50"),
        ("$-3.50", "-3.50"),
    ],
)
def test_the_last_mark_decides(marked: str, amount: str):
    found = amount_of(marked)
    assert str(found) == amount


@pytest.mark.parametrize(
    "marked",
    ["", "-", "$", "5.", "85%", "09:45", "12/05/2024", "12.05.2024", "7/10", "007",
     "(555) 123-4567", "555 123 4567", "12 34", "1.25,000", "1,250.75,5", "$5$",
     "1 .5", "--5", "1.250 000", "1 250.000,50", "3=3", "2×2", "#5", "52-"],
)  # fmt: skip
def test_what_is_no_amount_has_none(marked: str):
    assert amount_of(marked) is None


FORMS = [("", "."), ("", ","), (",", "."), (".", ","), (" ", ","), (" ", ".")]
PLACES = ["{}", "${}", "€ {}", "{} €", "{}£"]


@given(
    st.decimals(-(10**9), 10**9, places=2, allow_nan=False),
    st.sampled_from(FORMS),
    st.sampled_from(PLACES),
)
def test_an_amount_is_the_same_in_each_national_form(amount, form, place):
    thousands, mark = form
    written = f"{abs(amount):,.2f}".translate({ord(","): thousands, ord("."): mark})
    sign = "-" if amount < 0 else ""
    assert amount_of(sign + place.format(written)) == amount


@given(st.integers(0, 10**12), st.sampled_from(["", ",", ".", " "]))
def test_a_number_without_decimals_may_have_its_thousands_parted(number, thousands):
    assert amount_of(f"{number:,}".replace(",", thousands)) == Decimal(number)


@given(st.text("0123456789., -$€", max_size=12))
def test_any_text_is_an_amount_of_its_own_digits_or_none(marked):
    amount = amount_of(marked)
    if amount is not None:
        digits = "".join(filter(str.isdigit, marked))
        assert "".join(filter(str.isdigit, f"{amount:f}")).lstrip("0") == (
            digits.lstrip("0")
        )
