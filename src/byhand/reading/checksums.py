"""Check digits as machines: what has to be remembered of the digits so far.

Each method is a sum of the digits with weights, modulo a number, that has to come out
right. The weights of most are counted from the right, where the end of a text is not
known yet. So a machine remembers residues that can be carried on with one more digit.
docs/reading.md derives them.

Sources: ISO/IEC 7812-1 (Luhn), GS1 General Specifications (EAN), ISO 2108 (ISBN-10),
ISO/IEC 7064 (MOD 97-10), ISO 13616 and the SWIFT IBAN registry.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from byhand.errors import ReadError

EAN = frozenset({8, 12, 13, 14})  # digits that there are
IBAN = {  # digits after the country's letters, where there are digits alone
    "AT": 18, "BA": 18, "BE": 14, "CZ": 22, "DE": 20, "DK": 16, "EE": 18, "ES": 22,
    "FI": 16, "HR": 19, "HU": 26, "IL": 21, "IS": 24, "LT": 18, "ME": 20, "NO": 13,
    "PL": 26, "PT": 23, "RS": 20, "SE": 22, "SI": 17, "SK": 22, "XK": 18,
}  # fmt: skip


@dataclass(frozen=True)
class Checksum:
    """The machine of one method.

    Attributes:
        start: what is remembered before the first digit.
        after: returns what is remembered after one more digit, from 0 to 9; None if
            there can be no more.
        right: whether a text may end with this.
    """

    start: Any
    after: Callable[[Any, int], Any]
    right: Callable[[Any], bool]

    def step(self, state: Any, symbol: int) -> tuple[Any, float] | None:
        """Return what is remembered after a symbol; marks change nothing."""
        after = self.after(state, symbol) if symbol < 10 else state
        return None if after is None else (after, 0.0)

    def final(self, state: Any) -> float | None:
        """Return 0.0 where the sum comes out right."""
        return 0.0 if self.right(state) else None


def _alternating(other: Callable[[int], int]) -> Checksum:
    """Return the machine of weights that alternate from the right, modulo 10.

    It remembers two sums: as if the digit that comes next were the last but for an even
    number of digits, and as if for an odd one. With each digit they change places.

    Args:
        other: what the last digit but one counts, and every second before it.
    """

    def after(state: tuple[int, int], digit: int) -> tuple[int, int]:
        last, before = state
        return (before + digit) % 10, (last + other(digit)) % 10

    return Checksum((0, 0), after, lambda state: state[0] == 0)


def _rising() -> Checksum:
    """Return the machine of the weights 1, 2, 3, … from the right, modulo 11.

    With one more digit, every earlier digit counts once more. So it remembers the sum
    with weights, and the plain sum.
    """

    def after(state: tuple[int, int], digit: int) -> tuple[int, int]:
        weighted, plain = state
        plain = (plain + digit) % 11
        return (weighted + plain) % 11, plain

    return Checksum((0, 0), after, lambda state: state[0] == 0)


def _iban(length: int, countries: list[str]) -> Checksum:
    """Return the machine of the digits of an IBAN, after its country's letters.

    The check digits, which come first, are the last two of the number that counts, and
    the letters are before them, as numbers from 10 for A. Modulo 97, that is 1.
    """
    powers = [(length - n + 5 if n > 1 else 1 - n) for n in range(length)]
    weights = [pow(10, power, 97) for power in powers]
    letters = (int("".join(str(int(c, 36)) for c in name)) for name in countries)
    right = {(1 - 100 * number) % 97 for number in letters}

    def after(state: tuple[int, int], digit: int) -> tuple[int, int] | None:
        place, total = state
        if place == length:
            return None
        return place + 1, (total + weights[place] * digit) % 97

    return Checksum((0, 0), after, lambda state: state[0] == length
                    and state[1] in right)  # fmt: skip


METHODS: dict[str, Callable[[], Checksum]] = {
    "luhn": lambda: _alternating(lambda digit: sum(divmod(2 * digit, 10))),
    "ean": lambda: _alternating(lambda digit: 3 * digit),
    "mod11": _rising,
    "mod97": lambda: Checksum(0, lambda r, digit: (10 * r + digit) % 97,
                              lambda r: r == 1),
}  # fmt: skip
NAMES = (*METHODS, "iban", *(f"iban-{country.lower()}" for country in IBAN))


def checksum(name: str, digits: int | None) -> Checksum:
    """Return the machine of a method.

    Args:
        name: luhn, ean, mod11, mod97; iban-de and so on; iban, of any country.
        digits: how many there are, if it is known; only iban needs it.

    Raises:
        ReadError: there is no such method, or it needs to know how many digits.
    """
    if name in METHODS:
        return METHODS[name]()
    kind, _, country = name.lower().partition("-")
    if kind == "iban" and country.upper() in IBAN:
        return _iban(IBAN[country.upper()], [country.upper()])
    if name == "iban":
        countries = [own for own, length in IBAN.items() if length == digits]
        if digits is not None and countries:
            return _iban(digits, countries)
        raise ReadError(
            f"checksum iban: expected the number of digits after the letters, got"
            f" {digits}; try digits=20, or the country as in iban-de"
        )
    near = get_close_matches(name, NAMES, 1)
    hint = f"; did you mean {near[0]}?" if near else "; try luhn"
    raise ReadError(
        f"checksum: expected {', '.join(METHODS)}, iban or iban-de (a country), got"
        f" {name[:40]!r}{hint}"
    )
