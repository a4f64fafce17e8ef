"""What a setting may be: a table has one constraint for each, and one check reads it.

After scikit-learn's `_parameter_constraints`.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from byhand.errors import RecipeError

LARGEST = sys.float_info.max  # "no limit" means up to here: never infinite, never nan
SHOWN = 60  # characters of a value in a message


class Constraint(Protocol):
    """Says which values a setting may have; `str` gives the words for a message."""

    def allows(self, value: Any) -> bool:
        """Return whether the setting may have this value."""


@dataclass(frozen=True)
class Integer:
    """An int of `least` or more; a bool is none, nor is a NumPy integer."""

    least: int

    def __str__(self) -> str:
        return f"an integer of {self.least} or more"

    def allows(self, value: Any) -> bool:
        """Return whether the value is such an integer."""
        return type(value) is int and value >= self.least


@dataclass(frozen=True)
class Real:
    """A finite number in an interval, an int or a float; each end belongs to it or not.

    Attributes:
        low: the lower end.
        high: the upper end; infinity for none.
        above: the lower end itself is left out.
        below: the upper end itself is left out.
    """

    low: float
    high: float = math.inf
    above: bool = False
    below: bool = False

    def __str__(self) -> str:
        low = f"above {self.low:g}" if self.above else f"from {self.low:g}"
        high = f"below {self.high:g}" if self.below else f"{self.high:g}"
        if self.high < math.inf:
            return f"a number {low} to {high}"
        return f"a finite number {low if self.above else f'of {self.low:g} or more'}"

    def allows(self, value: Any) -> bool:
        """Return whether the value lies in the interval; nan lies in none."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return False
        over = value > self.low if self.above else value >= self.low
        under = value < self.high if self.below else value <= self.high
        return over and under and value <= LARGEST


class Choice:
    """One of some words."""

    def __init__(self, *words: str) -> None:
        self.words = words

    def __str__(self) -> str:
        return f"one of {', '.join(self.words)}"

    def allows(self, value: Any) -> bool:
        """Return whether the value is one of the words."""
        return isinstance(value, str) and value in self.words


class Part:
    """One of some words, or words that begin with the kind of a plug-in's part."""

    def __init__(self, *words: str, known: Callable[[str], bool]) -> None:
        self.words, self.known = words, known

    def __str__(self) -> str:
        words = ", ".join(word or '""' for word in self.words)
        return f"one of {words}, or words of a plug-in (--plugin)"

    def allows(self, value: Any) -> bool:
        """Return whether the value is one of the words or of a known kind."""
        if not isinstance(value, str) or value in self.words:
            return isinstance(value, str)
        kind = (value.split() or [""])[0]
        return kind not in self.words and self.known(kind)


@dataclass(frozen=True)
class Kind:
    """Anything of one type."""

    type: type
    words: str

    def __str__(self) -> str:
        return self.words

    def allows(self, value: Any) -> bool:
        """Return whether the value is of that type."""
        return isinstance(value, self.type)


@dataclass(frozen=True)
class Optional:
    """None, or what another constraint allows."""

    other: Constraint

    def __str__(self) -> str:
        return f"{self.other}, or None"

    def allows(self, value: Any) -> bool:
        """Return whether the value is None or allowed otherwise."""
        return value is None or self.other.allows(value)


TEXT = Kind(str, "a text")
FLAG = Kind(bool, "True or False")


@dataclass(frozen=True)
class Rule:
    """What must hold between several settings.

    Attributes:
        settings: their names, for the message.
        expected: what must hold, in words.
        holds: says of the settings whether it does.
    """

    settings: tuple[str, ...]
    expected: str
    holds: Callable[[Any], bool]


def check_settings(
    where: str,
    settings: Any,
    constraints: Mapping[str, Constraint],
    rules: tuple[Rule, ...] = (),
) -> None:
    """Refuse settings that break their constraints or a rule between them.

    Args:
        where: what they are the settings of, the beginning of the message.
        settings: an object with an attribute for each constraint.
        constraints: by the name of the setting; checked in this order.
        rules: checked once every setting is what it may be.

    Raises:
        RecipeError: says where, which setting, what was expected and what was found.
    """
    for name, constraint in constraints.items():
        check_setting(where, name, getattr(settings, name), constraint)
    for rule in rules:
        if not rule.holds(settings):
            found = ", ".join(
                f"{name} {_shown(getattr(settings, name))}" for name in rule.settings
            )
            raise RecipeError(f"{where}: expected {rule.expected}, got {found}")


def check_setting(where: str, name: str, value: Any, constraint: Constraint) -> None:
    """Raise RecipeError where a setting has a value that it cannot have."""
    if not constraint.allows(value):
        raise RecipeError(
            f"{where}, {name}: expected {constraint}, got {_shown(value)}"
        )


def _shown(value: Any) -> str:
    """Return the value as a short text."""
    text = repr(value)
    return text if len(text) <= SHOWN else f"{text[:SHOWN]}…"
