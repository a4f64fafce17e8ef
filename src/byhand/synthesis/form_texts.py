"""What people write into forms: dates, amounts, numbers with a check digit."""

from __future__ import annotations

import re

import numpy as np

from byhand.synthesis.blank_forms import PrintedField

COUNTED = re.compile(r"9(?:\{(\d+)(?:,(\d+))?\})?|(.)")
Rng = np.random.Generator


def text_of(field: PrintedField, rng: Rng) -> str:
    """Return a text that fits a field's pattern, and its checksum if it has one."""
    if field.date:
        return _date(field.pattern, rng)
    text = "".join(
        sign or _digits(int(least or 1), int(most or least or 1), rng)
        for least, most, sign in COUNTED.findall(field.pattern)
    )
    return luhn(text[:-1]) if field.checksum == "luhn" else text


def _digits(least: int, most: int, rng: Rng) -> str:
    """Return digits at random; where their number is free, 0 is not the first."""
    count = int(rng.integers(least, most + 1))
    some = rng.integers(10, size=count)
    some[0] = max(some[0], 1) if least != most else some[0]
    return "".join(map(str, some))


def _date(pattern: str, rng: Rng) -> str:
    """Return a day of the last hundred years in the form of a pattern."""
    day, month = int(rng.integers(1, 29)), int(rng.integers(1, 13))
    digits = f"{day:02}{month:02}{int(rng.integers(1930, 2027))}"
    marks = [sign for _, _, sign in COUNTED.findall(pattern) if sign]
    mark = marks[0] if marks else ""
    return f"{digits[:2]}{mark}{digits[2:4]}{mark}{digits[4:]}"


def luhn(digits: str) -> str:
    """Return digits with the check digit behind them that bank cards have.

    Source: H. P. Luhn, US patent 2,950,048.
    """
    doubled = [2 * int(digit) for digit in digits[::-2]]
    total = sum(map(int, digits[-2::-2])) + sum(n // 10 + n % 10 for n in doubled)
    return f"{digits}{-total % 10}"
