"""The symbols that a row can be read as: digits, and the marks between them.

Everywhere in this room a label is the place of a symbol in `SYMBOLS`, or `REJECT`. So
the labels of digits are the digits themselves.
"""

from __future__ import annotations

DIGITS = "0123456789"
NAMES = {
    ".": "a point", ",": "a comma", ":": "a colon", "/": "a slash", "-": "a dash",
    "+": "a plus", "(": "an opening bracket", ")": "a closing bracket",
    "%": "a percent sign", "$": "a dollar sign", "€": "a euro sign",
    "£": "a pound sign", "=": "an equals sign", "×": "a multiplication sign",
    "#": "a number sign",
}  # fmt: skip
MARKS = "".join(NAMES)
SYMBOLS = DIGITS + MARKS
REJECT = len(SYMBOLS)  # the label of what is none of them


def is_digit(label: int) -> bool:
    """Return whether a label is that of a digit."""
    return 0 <= label < len(DIGITS)


def is_mark(label: int) -> bool:
    """Return whether a label is that of a mark."""
    return len(DIGITS) <= label < REJECT
