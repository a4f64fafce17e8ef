"""What is known of a line's text before it is read: length, pattern, digits, checksum.

All of it is one deterministic automaton, on whose product with the row's lattice and
with the row network's frames the search runs. docs/reading.md derives it.

Letters: S candidates or frames; K symbols, and K the reject class or blank; L of the K
symbols that count, digits and the marks of a pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from byhand.errors import ReadError
from byhand.nn.automaton import Automaton, Machine, product
from byhand.nn.crf import Floats
from byhand.reading.checksums import EAN, checksum
from byhand.reading.pattern import MOST, Pattern, counts, marks_of
from byhand.reading.symbols import DIGITS, REJECT, SYMBOLS
from byhand.types import Integers

MOST_STATES = 10_000  # of an automaton: a checksum of 64 digits has some 6,000


@dataclass(frozen=True)
class Constraint:
    """What is known of a line's text; of all lines that are given, all holds.

    Attributes:
        pattern: such as 99/99/9999: 9 is a digit, other signs stand for themselves,
            9{3,5} is three to five digits, | parts alternatives.
        digits: the least and the most that there are, from 1 to 64.
        whitelist: the digits that can occur.
        checksum: the method of its check digits: luhn, ean, mod11, mod97, iban-de, ….
        optional: whether there may also be no digits, where the rest asks for some.

    Raises:
        ReadError: something of it is invalid, or no text fits all of it.
    """

    pattern: str | None = None
    digits: tuple[int, int] | None = None
    whitelist: str = DIGITS
    checksum: str | None = None
    optional: bool = False

    def __post_init__(self) -> None:
        """Make the automaton, so that what is invalid is said at once."""
        if not self.whitelist or set(self.whitelist) - set(DIGITS):
            raise ReadError(
                f"whitelist: expected some of {DIGITS}, got {self.whitelist[:40]!r}"
            )
        if self.digits and not 1 <= self.digits[0] <= self.digits[1] <= MOST:
            least, most = self.digits
            got = f"{least}" if least == most else f"{least}-{most}"
            raise ReadError(
                f"digits: expected 1 to {MOST}, or a range as 4-6, got {got}"
            )
        _automaton(self)

    @classmethod
    def of(
        cls,
        digits: int | tuple[int, int] | None = None,
        pattern: str | None = None,
        whitelist: str | None = None,
        checksum: str | None = None,
        optional: bool = False,
    ) -> Constraint:
        """Return the constraint of what a user says; one number of digits is a range.

        Raises:
            ReadError: something of it is invalid, or no text fits all of it.
        """
        ends = (digits, digits) if isinstance(digits, int) else digits
        if ends and not (len(ends) == 2 and all(isinstance(end, int) for end in ends)):
            raise ReadError(
                f"digits: expected 1 to {MOST}, or two of them, got {digits!r}"
            )
        allowed = DIGITS if whitelist is None else whitelist
        return cls(pattern, ends, allowed, checksum, optional)

    @property
    def automaton(self) -> Automaton:
        """The texts that fit, over `symbols`; what costs weight is a lost mark."""
        return _automaton(self)

    @property
    def symbols(self) -> str:
        """The L symbols that count: the digits, and the marks of the pattern."""
        return DIGITS + (marks_of(self.pattern) if self.pattern else "")

    @cached_property
    def labels(self) -> tuple[Integers, Integers]:
        """The labels of these (L,), and of the other marks and the reject class."""
        own = np.array([SYMBOLS.index(symbol) for symbol in self.symbols])
        return own, np.setdiff1d(np.arange(REJECT + 1), own)

    @property
    def is_one_word(self) -> bool:
        """Whether wide gaps part nothing, since it is known what there is."""
        return bool(self.pattern or self.digits)

    def narrowed(self, scores: Floats) -> Floats:
        """Return the logarithms for each symbol that counts, and for none, (S, L + 1).

        Args:
            scores: (S, K + 1), of candidates or of frames; other marks, and the reject
                class or the blank, are added up.
        """
        own, others = self.labels
        none = np.logaddexp.reduce(scores[:, others], axis=1, keepdims=True)
        return np.concatenate([scores[:, own], none], axis=1)

    def written(self, symbols: str) -> str:
        """Return a text that fits with the marks and spaces of the pattern.

        Args:
            symbols: its digits and the marks that were found.
        """
        if not self.pattern:
            return "".join(symbol for symbol in symbols if symbol in DIGITS)
        known = "".join(symbol for symbol in symbols if symbol in self.symbols)
        return Pattern(self.pattern, self.symbols).written(known)

    def __str__(self) -> str:
        """What fits, in words, as "6 digits with the checksum luhn"."""
        words = []
        if self.digits:
            least, most = self.digits
            count = f"{least}" if least == most else f"{least} to {most}"
            words.append("1 digit" if count == "1" else f"{count} digits")
        words += [f"the pattern {self.pattern}"] if self.pattern else []
        words += [f"the checksum {self.checksum}"] if self.checksum else []
        if set(self.whitelist) < set(DIGITS):
            words.append(f"the digits {''.join(sorted(set(self.whitelist)))}")
        return " and ".join(words)


@dataclass(frozen=True)
class _Count:
    """The machine of how many digits there can be; its states are the digits so far."""

    allowed: frozenset[int]
    start: int = 0

    def step(self, state: int, symbol: int) -> tuple[int, float] | None:
        """Return one digit more; marks do not count."""
        if symbol >= len(DIGITS):
            return state, 0.0
        return (state + 1, 0.0) if state < max(self.allowed, default=0) else None

    def final(self, state: int) -> float | None:
        """Return 0.0 where there can be that many."""
        return 0.0 if state in self.allowed else None


@dataclass(frozen=True)
class _Among:
    """The machine of which digits can occur; it has one state."""

    whitelist: str
    start: int = 0

    def step(self, state: int, symbol: int) -> tuple[int, float] | None:
        """Return the state again if a digit can occur; marks always can."""
        allowed = symbol >= len(DIGITS) or DIGITS[symbol] in self.whitelist
        return (state, 0.0) if allowed else None

    def final(self, state: int) -> float | None:
        """Return 0.0: a text may end anywhere."""
        return 0.0


@dataclass(frozen=True)
class _Maybe:
    """The machine of what another accepts, and of no digits; -1 is before the first."""

    other: Automaton
    start: int = -1

    def step(self, state: int, symbol: int) -> tuple[int, float] | None:
        """Return what the other does; marks that it leaves out change nothing."""
        step = self.other.step(max(state, 0), symbol)
        unchanged = symbol >= len(DIGITS) and step == (0, 0.0)
        return (state, 0.0) if state < 0 and unchanged else step

    def final(self, state: int) -> float | None:
        """Return 0.0 before the first digit, else what the other does."""
        return 0.0 if state < 0 else self.other.final(state)


@lru_cache(maxsize=256)
def _automaton(given: Constraint) -> Automaton:
    """Return the automaton of a constraint.

    Raises:
        ReadError: something of it is invalid, or no text fits all of it.
    """
    machines: list[Machine[Any]] = [_Among(given.whitelist)]
    if given.pattern is not None:
        pattern = Pattern(given.pattern, given.symbols)
        machines.append(_made(given, [pattern], MOST_STATES // 5))
    allowed = _counts(given)
    if given.checksum is not None:
        only = min(allowed) if allowed and len(allowed) == 1 else None
        machines.append(checksum(given.checksum, only))
        if given.checksum == "ean":
            allowed = EAN if allowed is None else allowed & EAN
    if allowed is not None:
        machines.append(_Count(allowed))
    found = _made(given, machines, MOST_STATES)
    maybe: list[Machine[Any]] = [_Maybe(found)]
    return _made(given, maybe, 2 * MOST_STATES) if given.optional else found


def _made(given: Constraint, machines: Sequence[Machine[Any]], most: int) -> Automaton:
    """Return the automaton of some machines, if it is small and accepts a text."""
    found = product(machines, len(given.symbols), most)
    if found is None:
        raise ReadError(
            f"{given}: expected {most} states at most, got more; try a shorter"
            " pattern, or fewer alternatives"
        )
    if not len(found.finals):
        raise ReadError(f"{given}: expected texts that fit all of it, got none")
    return found


def _counts(given: Constraint) -> frozenset[int] | None:
    """Return how many digits a text can have; None if any number."""
    found = None if given.pattern is None else frozenset(counts(given.pattern))
    if given.digits:
        some = frozenset(range(given.digits[0], given.digits[1] + 1))
        found = some if found is None else found & some
    return found


ANYTHING = Constraint()
