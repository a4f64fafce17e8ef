"""The number that a line of digits and marks is, as it is written in any country.

The last mark decides. Behind a comma or a point are decimals, unless it can only part
thousands: it occurs again, or it is the only one and has three digits behind it.
"""

from __future__ import annotations

import re
from decimal import Decimal

CURRENCY = "[$€£]"
AMOUNT = re.compile(
    rf"(?P<signs>[-+]? ?{CURRENCY}?|{CURRENCY} ?[-+]) ?"
    rf"(?P<number>[0-9., ]*[0-9]) ?{CURRENCY}?"
)
MARK = re.compile(r"[.,]")
GROUPED = re.compile(r"[1-9][0-9]{0,2}(?:([., ])[0-9]{3})(?:\1[0-9]{3})*")
PLAIN = re.compile(r"0|[1-9][0-9]*")


def amount_of(marked: str) -> Decimal | None:
    """Return the number that a text is; None if it is none, or not one alone.

    - A sign before it and a currency sign before or behind it are allowed.
    - If both a comma and a point occur, the last mark is the decimal mark.
    - If one of them occurs once, it is the decimal mark; but with three digits behind
      it and one to three before it, of which the first is not 0, it parts thousands.
    - If one occurs several times, it parts thousands. So may spaces.
    - What parts thousands has three digits behind it, everywhere.
    - Dates, times, fractions, percentages and telephone numbers are no amounts; nor is
      a number that begins with zeros, which is rather a code.
    """
    found = AMOUNT.fullmatch(marked.strip())
    if found is None or len(re.findall(CURRENCY, marked)) > 1:
        return None
    before, decimals = _parted(found["number"])
    digits = _without_groups(before)
    if digits is None or not re.fullmatch("[0-9]*", decimals):
        return None
    sign = "-" if "-" in found["signs"] else ""
    return Decimal(f"{sign}{digits}{'.' if decimals else ''}{decimals}")


def _parted(number: str) -> tuple[str, str]:
    """Return what stands before the decimal mark, and the decimals; "" if none."""
    marks = MARK.findall(number)
    if not marks:
        return number, ""
    only = len(set(marks)) == 1
    if only and (len(marks) > 1 or GROUPED.fullmatch(number)):
        return number, ""  # all of them part thousands
    before, _, decimals = number.rpartition(marks[-1])
    return before or "0", decimals


def _without_groups(number: str) -> str | None:
    """Return digits without what parts thousands; None if that is elsewhere."""
    if PLAIN.fullmatch(number):
        return number
    return re.sub("[., ]", "", number) if GROUPED.fullmatch(number) else None
