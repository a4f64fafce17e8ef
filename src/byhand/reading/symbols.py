"""The symbols that a row can be read as: digits, and the marks between them.

Everywhere in this room a label is the place of a symbol in `SYMBOLS`, or `REJECT`. So
the labels of digits are the digits themselves.
"""

from __future__ import annotations

DIGITS = "0123456789"
MARKS = ".,:/-+()%$€£=×#"
SYMBOLS = DIGITS + MARKS
REJECT = len(SYMBOLS)  # the label of what is none of them


def is_digit(label: int) -> bool:
    """Return whether a label is that of a digit."""
    return 0 <= label < len(DIGITS)


def is_mark(label: int) -> bool:
    """Return whether a label is that of a mark."""
    return len(DIGITS) <= label < REJECT
