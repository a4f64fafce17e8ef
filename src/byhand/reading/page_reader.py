"""A page read: its rows found, and given to a line reader.

Where a page leaves doubts, hypotheses of its ink, its upright strokes and the side that
is up compete by what is read from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from byhand.ink.page_ink import InkFinder, find_page_ink
from byhand.nn.calibration import BASE_ERROR_RATE
from byhand.pictures.sheets import Sheet
from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.left_out import warnings_of
from byhand.reading.line_reader import LineReader, RowResult
from byhand.reading.nothing_found import nothing_found
from byhand.reading.page import Page
from byhand.reading.result import Line
from byhand.reading.rows import find_rows
from byhand.words import counted


@dataclass(frozen=True)
class PassSettings:
    """When a page is read again."""

    certain: float = 0.9  # of the confidence a line can have: below it, another pass
    fitting: float = 0.5  # share that fits what is known: below it, another pass
    hardly: float = 0.01  # share that fits: below it, a warning
    convincing: float = 0.85  # of marks read: below it, the page may lie on a side
    likely: float = 0.46  # rows that are less likely digits are left out
    most_again: int = 3000  # candidates: with more there is no other pass, for time


PASSES = PassSettings()
TURNED = {
    1: "the page lies on its side: turned by 90 degrees, counter-clockwise",
    2: "the page is upside down: turned by 180 degrees",
    3: "the page lies on its side: turned by 90 degrees, clockwise",
}


@dataclass(frozen=True, eq=False)
class PageResult:
    """A page as it was read.

    Attributes:
        page: None if there was no ink.
        rows: in reading order.
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
    def expected_correct_symbols(self) -> float:
        """How many symbols are expected to be in lines that are right."""
        return sum(map(expected_correct_symbols, self.rows))

    def of_digits(self, least: float) -> PageResult:
        """Return the page without the lines that are not likely to be digits.

        How likely a line is depends on how sure its ink is, and on the root of the
        share of its marks that is expected to be read rightly; and as much on the other
        lines of the page.
        """
        each = [row.evidence.row.likely * share_read([row]) ** 0.5 for row in self.rows]
        digits = [len(row.line.digits) if row.line else 0 for row in self.rows]
        page = float(np.dot(each, digits)) / max(sum(digits), 1)
        rows = [
            row for row, likely in zip(self.rows, each, strict=True)
            if row.line is None or likely + page >= 2 * least
        ]  # fmt: skip
        return replace(self, rows=tuple(rows))

    @property
    def share_read(self) -> float:
        """The expected share of marks as high as digits that are read rightly."""
        return share_read(self.rows)


def share_read(rows: Sequence[RowResult]) -> float:
    """Return the expected share of marks as high as digits that are read rightly."""
    read = [d.confidence for row in rows if row.line for d in row.line.digits]
    read += [confidence for row in rows for confidence in row.evidence.high_marks]
    rejected = sum(row.evidence.rejected for row in rows)
    return sum(read) / max(len(read) + rejected, 1)


def expected_correct_symbols(row: RowResult) -> float:
    """Return how many symbols of a row are expected to be in a line that is right.

    Marks count as digits do: a slash that is read as a 1 is no gain. A line counts as
    much as its row fits what is known of it: where ink is missing, little of it does.
    """
    if row.line is None:
        return 0.0
    symbols = len(row.line.digits) + len(row.line.marks)
    return row.line.confidence * row.line.fitted * symbols


def read_page(
    sheet: Sheet,
    reader: LineReader,
    lines: int | None = None,
    constraint: Constraint = ANYTHING,
    find_ink: InkFinder = find_page_ink,
    settings: PassSettings = PASSES,
) -> PageResult:
    """Return a page as the best of its passes reads it.

    The hypotheses of its ink are read one after the other, until one leaves no doubts;
    and if too little of the ink is read, the page turned to each side. The reading with
    most symbols expected to be right counts.

    Args:
        sheet: the page.
        reader: reads its rows.
        lines: how many rows there are, if it is known.
        constraint: what is known of each line's text.
        find_ink: finds its ink.
        settings: when there is another pass.
    """
    passes = Passes(reader, lines, constraint, settings)
    best = passes.best(map(Page.of, find_ink(sheet)))
    if best.page is not None and best.share_read < settings.convincing:
        sides = [best.page.turned_by(quarters) for quarters in (2, 1, 3)]
        turned = passes.best(sides, best.candidates)
        if turned.page is not None and turned.share_read >= settings.convincing:
            best = passes.better(best, turned)
    if best.page is not None and best.page.turned:  # ink is found better upright
        again = passes.best(_pages_turned(sheet, best.page, find_ink))
        best = passes.better(best, again)
    return passes.concluded(best)


def _pages_turned(sheet: Sheet, page: Page, find_ink: InkFinder) -> Iterator[Page]:
    """Yield hypotheses of the ink of a picture that is turned as a page is."""
    image = sheet.image.rotate(90 * page.turned, expand=True)
    width, height = sheet.size
    size = (height, width) if page.turned % 2 else (width, height)
    for ink in find_ink(Sheet(image, size)):
        yield Page.of_turned(ink, page.turned, sheet.size)


@dataclass(frozen=True, eq=False)
class Passes:
    """How a page is read.

    Attributes:
        reader: reads its rows.
        lines: how many rows there are, if it is known.
        constraint: what is known of each line's text.
        settings: when a page is read again.
    """

    reader: LineReader
    lines: int | None
    constraint: Constraint
    settings: PassSettings

    def best(self, pages: Iterable[Page], candidates: int = 0) -> PageResult:
        """Return the best of several pages, the rest unread once one has no doubts.

        Nor are pages read once too many candidates were weighed, of others as well.
        """
        results: list[PageResult] = []
        for page in pages:
            if candidates > self.settings.most_again:
                break
            results.append(self.read(page))
            candidates += results[-1].candidates
            if self._certain(results[-1]):
                break
        best = self.better(*results) if results else PageResult(None, (), ())
        return replace(best, candidates=candidates)

    def better(self, *results: PageResult) -> PageResult:
        """Return the result with most symbols expected right, in lines of digits."""
        final = [result.of_digits(self.settings.likely) for result in results]
        expected = [result.expected_correct_symbols for result in final]
        return results[expected.index(max(expected))]

    def concluded(self, result: PageResult) -> PageResult:
        """Return a result with its lines of digits alone, and all its warnings."""
        final = result.of_digits(self.settings.likely)
        said = []
        if result.page and final.lines:
            said += [TURNED[result.page.turned]] if result.page.turned else []
            said += _warnings(final.rows, self.lines)
            said += self._unfit(final.rows)
        elif unfit := self._unfit(final.rows):
            said += unfit
        elif result.rows or not result.warnings:
            said.append(nothing_found(result.page.ink if result.page else None))
        return replace(final, warnings=(*result.warnings, *said))

    def _unfit(self, rows: Sequence[RowResult]) -> list[str]:
        """Return which rows hardly fit what is known of them, or do not."""
        hardly = [
            f"{row.line.marked!r}: only {row.line.fitted:.2g} of the probability fits"
            f" {self.constraint}"
            for row in rows if row.line and row.line.fitted < self.settings.hardly
        ]  # fmt: skip
        if unfit := sum(row.unfit for row in rows):
            hardly.append(f"{counted(unfit, 'row')} cannot be {self.constraint}")
        return hardly

    def _certain(self, result: PageResult) -> bool:
        """Return whether a result leaves no doubts."""
        read = result.share_read >= self.settings.convincing
        return read and all(map(self._certain_row, result.rows))

    def _certain_row(self, row: RowResult) -> bool:
        """Return whether a row has no line, or one about as certain as it can be."""
        if row.line is None:
            return not row.unfit
        most = (1 - BASE_ERROR_RATE) ** len(row.line.digits)
        sure = row.line.confidence >= self.settings.certain * most
        return sure and row.line.fitted >= self.settings.fitting

    def read(self, page: Page) -> PageResult:
        """Return a page as read, its rows in doubt deslanted where that is better."""
        written = page.ink.character_height > 0  # else there are specks at most
        rows = find_rows(page, self.lines) if written else []
        if not rows:
            return PageResult(page, (), ())
        read = self.reader.read_rows(rows, self.constraint)
        doubtful = [row.evidence.row for row in read.rows if not self._certain_row(row)]
        upright = [slanted for row in doubtful if (slanted := row.deslanted())]
        result = PageResult(page, read.rows, read.warnings, read.candidates)
        if upright and read.candidates <= self.settings.most_again:
            again = self.reader.read_rows(upright, self.constraint)
            result = _with_better(result, again.rows, again.candidates)
        return result


def _with_better(
    result: PageResult, others: Sequence[RowResult], candidates: int
) -> PageResult:
    """Return a page with other results of some of its rows, where these are better."""
    found = {row.evidence.row.found[0]: row for row in others}
    pairs = ((row, found.get(row.evidence.row.found[0], row)) for row in result.rows)
    best = [max(pair, key=expected_correct_symbols) for pair in pairs]
    total = result.candidates + candidates
    return replace(result, rows=tuple(best), candidates=total)


def _warnings(rows: Sequence[RowResult], lines: int | None) -> list[str]:
    """Return what a user should know of a page's rows."""
    warnings = []
    read = sum(row.line is not None for row in rows)
    if lines is not None and read != lines:
        warnings.append(f"expected {counted(lines, 'line')}, found {read}")
    for row in rows:
        warnings += warnings_of(row.line) if row.line else []
    rejected = sum(
        row.evidence.rejected for row in rows if not (row.line and row.line.left_out)
    )
    if rejected:
        were = "was" if rejected == 1 else "were"
        warnings.append(
            f"{counted(rejected, 'mark')} as high as digits {were} rejected"
        )
    return warnings
