"""Words for messages, the same in every room."""

from __future__ import annotations

import difflib
from collections.abc import Collection


def counted(number: int, noun: str, one: str = "1") -> str:
    """Return a number with its noun: "1 mark", "2 marks"; `one` stands for the 1."""
    return f"{one} {noun}" if number == 1 else f"{number} {noun}s"


def shortened(text: object, most: int = 300) -> str:
    """Return a text cut to a number of characters, with "…" for what is left out.

    For messages: what was found in a file may be of any length.

    Args:
        text: its beginning and end are kept; of anything but a text, its repr is shown.
        most: how many characters, at least 4.
    """
    full = text if isinstance(text, str) else repr(text)
    if len(full) <= most:
        return full
    end = most // 3
    return f"{full[: most - end - 1]}…{full[-end:]}"


def meant(name: str, known: Collection[str]) -> str:
    """Return what to try for a name that is not known: "did you mean length?"."""
    near = difflib.get_close_matches(name, known, 1)
    return f"did you mean {near[0]}?" if near else f"there are {', '.join(known)}"


def one_line(text: object, most: int = 80) -> str:
    """Return a text shortened, on one line: what cannot be printed is escaped.

    For names that come from files, such as those of classes and folders.
    """
    shown = (c if c.isprintable() else ascii(c)[1:-1] for c in str(text)[: 4 * most])
    return shortened("".join(shown), most)


def percent(fraction: float) -> str:
    """Return a fraction as a percentage with two digits: "99.56 %"."""
    return f"{100 * fraction:.2f} %"


def duration(seconds: float) -> str:
    """Return a time as people say it: "0.8 s", "45 s", "4.6 minutes", "15 minutes"."""
    units = (("s", 1.0, 90.0), ("minutes", 60.0, 90.0), ("hours", 3600.0, 48.0))
    for unit, size, most in units:
        if seconds < most * size:
            return f"{_two_digits(seconds / size)} {unit}"
    return f"{_two_digits(seconds / 86_400)} days"


def _two_digits(number: float) -> str:
    return f"{number:.1f}" if number < 9.95 else f"{number:,.0f}"
