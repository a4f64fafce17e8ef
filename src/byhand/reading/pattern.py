"""Patterns of texts, such as 99/99/9999, as machines.

A 9 is any digit; every other digit, mark or space stands for itself. 9{8} is eight
digits and 9{3,5} three to five; | parts alternatives. Marks are asked for, but a mark
that is not found costs a text a part of its weight and does not forbid it, since a
point or a thin slash is easily lost; a mark that the pattern does not have counts as
rejected ink. A space has no ink.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from byhand.errors import ReadError
from byhand.reading.symbols import DIGITS, MARKS, SYMBOLS

LOST = -3.0  # nats that a text loses for each of its marks that is not found
MOST = 64  # symbols of a text
ANY, SPACE = "9", " "
PART = re.compile(r"(.)(?:\{(\d{1,9})(?:,(\d{1,9}))?\})?", re.DOTALL)

Place = tuple[int, int]  # number of an alternative, and of the sign that is next
Table = dict[Place, tuple[int, str]]  # marks lost so far, and what is written
State = frozenset[tuple[Place, int]]


class Sign(NamedTuple):
    """One sign of a pattern.

    Attributes:
        text: itself; "" for any digit.
        symbols: of `SYMBOLS`, those that it can be.
        lost: marks that are lost if it is left out; None if it cannot be.
    """

    text: str
    symbols: str
    lost: int | None


@dataclass(frozen=True)
class Pattern:
    """The machine of a pattern.

    A state holds all places in the pattern where a text may have come to, and for each
    how many more marks were lost than at the best of them.

    Attributes:
        text: as it was given.
        symbols: the labels of the machine's symbols: digits, then the pattern's marks.

    Raises:
        ReadError: it is none; in one line.
    """

    text: str
    symbols: str

    @cached_property
    def alternatives(self) -> tuple[tuple[Sign, ...], ...]:
        """The signs of each alternative."""
        return parse(self.text)

    @cached_property
    def start(self) -> State:
        """Every alternative, at its first sign."""
        return _state(self._first())[0]

    def step(self, state: State, symbol: int) -> tuple[State, float] | None:
        """Return the state after a symbol, and what lost marks cost."""
        sign = self.symbols[symbol]
        table = {place: (lost, "") for place, lost in state}
        after, lost = _state(self._after(table, sign))
        if after:
            return after, LOST * lost
        return (state, 0.0) if sign in MARKS else None

    def final(self, state: State) -> float | None:
        """Return what marks lost at the end cost; None if no alternative ends here."""
        lost = [lost for place, lost in state if self._ended(place)]
        return LOST * min(lost) if lost else None

    def written(self, symbols: str) -> str:
        """Return a text with all of the pattern's marks and spaces, found or not.

        Args:
            symbols: digits and marks as they were found; they fit the pattern.
        """
        table = self._first()
        for sign in symbols:
            table = self._after(table, sign) or table
        ended = [value for place, value in table.items() if self._ended(place)]
        return min(ended)[1] if ended else symbols

    def _first(self) -> Table:
        return self._closed({(n, 0): (0, "") for n in range(len(self.alternatives))})

    def _ended(self, place: Place) -> bool:
        return place[1] == len(self.alternatives[place[0]])

    def _after(self, table: Table, sign: str) -> Table:
        """Return where a text may be after one more sign; nothing if nowhere."""
        return self._closed({
            (number, place + 1): (lost, text + sign)
            for (number, place), (lost, text) in table.items()
            if not self._ended((number, place))
            and sign in self.alternatives[number][place].symbols
        })  # fmt: skip

    def _closed(self, table: Table) -> Table:
        """Return the places with those behind them that are reached without a sign."""
        found = dict(table)
        for number in {number for number, _ in table}:
            for place, sign in enumerate(self.alternatives[number]):
                if sign.lost is None or (number, place) not in found:
                    continue
                lost, text = found[number, place]
                passed = lost + sign.lost, text + sign.text
                known = found.get((number, place + 1), passed)
                found[number, place + 1] = min(known, passed)
        return found


def _state(table: Mapping[Place, tuple[int, str]]) -> tuple[State, int]:
    """Return the places of a table with the marks lost, and the fewest apart."""
    least = min((lost for lost, _ in table.values()), default=0)
    places = table.items()
    return frozenset((place, lost - least) for place, (lost, _) in places), least


def marks_of(text: str) -> str:
    """Return the marks that a pattern has, each once, as they come."""
    signs = (sign for alternative in parse(text) for sign in alternative)
    found = (sign.text for sign in signs if sign.text)
    return "".join(dict.fromkeys(sign for sign in found if sign in MARKS))


def counts(text: str) -> set[int]:
    """Return how many digits the texts of a pattern can have."""
    found: set[int] = set()
    for alternative in parse(text):
        own = [sign for sign in alternative if sign.symbols and not sign.text]
        least = sum(sign.lost is None for sign in own)
        found |= set(range(least, len(own) + 1))
    return found


def parse(text: str) -> tuple[tuple[Sign, ...], ...]:
    """Return the signs of each alternative of a pattern.

    Raises:
        ReadError: it is empty, too long, not closed, or has a sign that is not read.
    """
    alternatives = text.split("|")
    if len(alternatives) > MOST:
        raise _error(text, f"{MOST} alternatives at most", f"{len(alternatives)}")
    parts = tuple(tuple(_signs(part, text)) for part in alternatives)
    for signs, part in zip(parts, alternatives, strict=True):
        if not any(sign.symbols and not sign.text for sign in signs):
            raise _error(text, "digits in each alternative", repr(part))
    return parts


def _signs(alternative: str, text: str) -> Iterator[Sign]:
    """Yield the signs of one alternative of a pattern."""
    length = 0
    for part in PART.finditer(alternative):
        sign, least, most = part[1], int(part[2] or 1), int(part[3] or part[2] or 1)
        if sign in "{}":
            raise _error(text, "braces as in 9{3,5} behind a sign", repr(part.string))
        if sign not in SYMBOLS + SPACE:
            readable = f"digits, spaces and the marks {MARKS}"
            raise _error(text, readable, repr(sign))
        length += most
        if not least <= most or length > MOST:
            expected = f"repetitions in order and {MOST} signs at most"
            raise _error(text, expected, repr(part[0] if least > most else alternative))
        yield from [_sign(sign)] * least
        yield from [Sign("", _symbols(sign), 0)] * (most - least)


def _sign(sign: str) -> Sign:
    """Return a sign that is asked for once."""
    if sign in DIGITS:
        return Sign("", _symbols(sign), None)
    return Sign(sign, _symbols(sign), 0 if sign == SPACE else 1)


def _symbols(sign: str) -> str:
    """Return the symbols that a sign can be."""
    if sign == ANY:
        return DIGITS
    return "" if sign == SPACE else sign


def _error(text: str, expected: str, got: str) -> ReadError:
    shown = text if len(text) <= 40 else f"{text[:40]}…"
    return ReadError(
        f"pattern {shown!r}: expected {expected}, got {got[:40]}; try 99/99/9999,"
        " 9{3,5} or 9{5}|9{8}"
    )
