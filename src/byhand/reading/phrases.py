"""Numbers and lists in words, for warnings and explanations."""

from __future__ import annotations

from collections.abc import Sequence


def capitalised(sentence: str) -> str:
    """Return a sentence with its first letter a capital."""
    return sentence[:1].upper() + sentence[1:]


def with_article(digit: int) -> str:
    """Return "a 7", "an 8"."""
    return f"an {digit}" if digit == 8 else f"a {digit}"


def ordinal(number: int) -> str:
    """Return "1st", "2nd", "13th"."""
    last = 0 if number // 10 % 10 == 1 else number % 10
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(last, 'th') }"


def listed(words: Sequence[str], last: str) -> str:
    """Return "a, b or c"."""
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} {last} {words[-1]}"


def percent(fraction: float) -> str:
    """Return a fraction as "98 %", never as all or none unless it is."""
    if 0.995 <= fraction < 1:
        return "over 99 %"
    if 0 < fraction < 0.005:
        return "under 1 %"
    return f"{100 * fraction:.0f} %"
