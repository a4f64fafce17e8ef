"""Names of classes: their order, and digits that are written as words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

DIGIT_WORDS = "zero one two three four five six seven eight nine".split()
DIGITS = {word: str(digit) for digit, word in enumerate(DIGIT_WORDS)}


def natural_key(name: str) -> tuple[list[str | int], str]:
    """Return what to sort names by so that 2 comes before 10, and a before B."""
    # Every second part is a number: parts at one place can always be compared.
    parts = re.split(r"(\d+)", name.lower())
    return [int(p) if i % 2 else p for i, p in enumerate(parts)], name


def in_order(names: Iterable[str]) -> tuple[str, ...]:
    """Return names in natural order; English words for digits in the digits' order."""
    found = list(names)
    if digits_for(found):
        return tuple(sorted(found, key=lambda name: DIGITS[name.lower()]))
    return tuple(sorted(found, key=natural_key))


def digits_for(names: Sequence[str]) -> tuple[str, ...] | None:
    """Return the digits for names that are all English words for digits, else None."""
    digits = [DIGITS.get(name.lower(), "") for name in names]
    if not names or not all(digits) or len(set(digits)) < len(digits):
        return None
    return tuple(digits)


def listed(names: Sequence[str], most: int = 10) -> str:
    """Return names side by side for a message; of many, the first and how many."""
    shown = " ".join(name[:40] for name in names[:most])
    more = len(names) - most
    return f"{shown} and {more} more" if more > 0 else shown
