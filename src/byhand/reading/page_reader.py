"""A page read: deskewed, its rows found, and each given to a line reader.

Hypotheses of its ink compete by what is read from them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from byhand.ink.page_ink import InkFinder, PageInk, find_page_ink
from byhand.pictures.sheets import Sheet
from byhand.reading.fragments import find_fragments
from byhand.reading.left_out import warnings_of
from byhand.reading.line_reader import LineReader, RowResult
from byhand.reading.page import Page, find_slant
from byhand.reading.result import BASE_ERROR_RATE, DIGITS, Line
from byhand.reading.rows import ROWS, Row, RowSettings, find_rows
from byhand.words import counted


@dataclass(frozen=True)
class PassSettings:
    """When a page is deskewed, and when it is read again."""

    certain: float = 0.9  # of the confidence a line can have: below it, another pass
    most_again: int = 3000  # candidates: with more there is no other pass, for time
    long_row: int = 4  # digits: a shorter row does not tell how a page lies
    least_skew: float = 1.5  # degrees that are worth deskewing
    most_skew: float = 20.0  # degrees: rows that slope more are a mistake
    rows: RowSettings = ROWS


PASSES = PassSettings()


@dataclass(frozen=True, eq=False)
class PageResult:
    """A page as it was read.

    Attributes:
        page: None if there was no ink.
        rows: from top to bottom.
        warnings: what a user should know.
        candidates: how many were weighed: what it cost.
    """

    page: Page | None
    rows: tuple[RowResult, ...]
    warnings: tuple[str, ...]
    candidates: int = 0

    @property
    def lines(self) -> list[Line]:
        """The rows in which digits were read."""
        return [row.line for row in self.rows if row.line]

    @property
    def expected_correct_digits(self) -> float:
        """How many digits are expected to be in lines that are right."""
        return sum(line.confidence * len(line.digits) for line in self.lines)


def read_page(
    sheet: Sheet,
    reader: LineReader,
    lines: int | None = None,
    whitelist: str = DIGITS,
    find_ink: InkFinder = find_page_ink,
    settings: PassSettings = PASSES,
) -> PageResult:
    """Return a page as the best of its passes reads it.

    The hypotheses of its ink are read one after the other, until one leaves no doubts;
    and the first again, if its strokes slant and all leave some. The reading with most
    digits expected to be right counts.

    Args:
        sheet: the page.
        reader: reads its rows.
        lines: how many rows there are, if it is known.
        whitelist: the digits that can occur.
        find_ink: finds its ink.
        settings: when there is another pass.
    """
    plain = Pass(reader, lines, whitelist, settings)
    slanted = replace(plain, deslant=True)
    inks: list[PageInk] = []
    results: list[PageResult] = []
    for ink in find_ink(sheet):
        inks.append(ink)
        results.append(plain.read(ink))
        if _finished(results, settings):
            break
    else:
        if inks and find_slant(inks[0].mask):
            results.append(slanted.read(inks[0]))
    if not results:
        return PageResult(None, (), ("no ink found",))
    return max(results, key=lambda result: result.expected_correct_digits)


def _finished(results: Sequence[PageResult], settings: PassSettings) -> bool:
    """Return whether the last result leaves no doubts, or time is up."""
    lines = results[-1].lines
    certain = bool(lines) and all(_certain(line, settings) for line in lines)
    return certain or sum(r.candidates for r in results) > settings.most_again


def _certain(line: Line, settings: PassSettings) -> bool:
    """Return whether a line is about as certain as one of its length can be."""
    most = (1 - BASE_ERROR_RATE) ** len(line.digits)
    return line.confidence >= settings.certain * most


@dataclass(frozen=True, eq=False)
class Pass:
    """How a page is read once.

    Attributes:
        reader: reads its rows.
        lines: how many rows there are, if it is known.
        whitelist: the digits that can occur.
        settings: when the page is deskewed.
        deslant: whether slanting strokes are made upright.
    """

    reader: LineReader
    lines: int | None
    whitelist: str
    settings: PassSettings
    deslant: bool = False

    def read(self, ink: PageInk) -> PageResult:
        """Return the result of the pass over the ink of a page."""
        page, rows = self._deskewed(Page.of(ink))
        if self.deslant and (deslanted := page.deslanted()):
            page, rows = deslanted, self._rows(deslanted)
        if not rows:
            return PageResult(page, (), ("no ink found that could be a digit",))
        read = self.reader.read_rows(page, rows, self.whitelist)
        warnings = _warnings(read.rows, self.lines) if read.rows else []
        warnings = [*read.warnings, *warnings]
        return PageResult(page, read.rows, tuple(warnings), read.candidates)

    def _rows(self, page: Page) -> list[Row]:
        height, rows = page.ink.character_height, self.settings.rows
        return find_rows(find_fragments(page), height, self.lines, rows)

    def _deskewed(self, page: Page) -> tuple[Page, list[Row]]:
        """Return the page and its rows; rotated if its rows slope."""
        rows, limit = self._rows(page), self.settings
        slopes = [row.line()[1] for row in rows if len(row.bodies) >= limit.long_row]
        if not slopes:
            return page, rows
        angle = float(np.degrees(np.arctan(np.median(slopes))))
        if not limit.least_skew <= abs(angle) <= limit.most_skew:
            return page, rows
        deskewed = page.deskewed(angle)
        return deskewed, self._rows(deskewed)


def _warnings(rows: Sequence[RowResult], lines: int | None) -> list[str]:
    """Return what a user should know of a page's rows."""
    warnings = []
    read = sum(row.line is not None for row in rows)
    if not read:
        warnings.append("nothing on the page looks like a digit")
    elif lines is not None and read != lines:
        warnings.append(f"expected {counted(lines, 'line')}, found {read}")
    for row in rows:
        warnings += warnings_of(row.line) if row.line else []
    rejected = sum(
        row.evidence.rejected for row in rows if not (row.line and row.line.left_out)
    )
    if read and rejected:
        were = "was" if rejected == 1 else "were"
        warnings.append(
            f"{counted(rejected, 'mark')} as high as digits {were} rejected"
        )
    return warnings
