"""Text in CSV that spreadsheets leave as it is: no formula, no date, no lost zero."""

from __future__ import annotations

import re

# What a spreadsheet takes for the beginning of a formula; and ', which hides text.
STARTS = ("=", "+", "-", "@", "\t", "\r", "\0", "'")
NUMERIC = re.compile(r"[\d.,:/\-+()%$€£=×#\s]*\d[\d.,:/\-+()%$€£=×#\s]*", re.ASCII)
UNCHANGED = re.compile(r"0|[1-9]\d{0,14}", re.ASCII)  # 15 digits are kept exactly
LONGEST = 255  # characters of a text in a formula


def as_cell(text: str) -> str:
    r"""Return what is written into a cell for a text.

    A text that a spreadsheet would change is written as a formula of one text in
    quotes, ="0123", which shows 0123. That is one that begins as a formula does, and
    one of digits and marks that is no integer of 15 digits at most: zeros in front,
    dates, amounts. Longer ones than a formula may hold get an apostrophe in front, as
    OWASP recommends for all (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    if not text.startswith(STARTS) and (
        not NUMERIC.fullmatch(text) or UNCHANGED.fullmatch(text)
    ):
        return text
    if len(text) > LONGEST or "\0" in text or "\n" in text or "\r" in text:
        return f"'{text}"
    doubled = text.replace('"', '""')
    return f'="{doubled}"'


def from_cell(cell: str) -> str:
    """Return the text that `as_cell` wrote into a cell; others as they are."""
    if cell.startswith('="') and cell.endswith('"') and len(cell) > 2:
        return cell[2:-1].replace('""', '"')
    return cell.removeprefix("'")
