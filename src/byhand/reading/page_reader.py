"""A page read: its rows found, and given to a line reader.

Where a page leaves doubts, hypotheses of its ink, its upright strokes and the side that
is up compete by what is read from them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from byhand.ink.page_ink import InkFinder, find_page_ink
from byhand.pictures.sheets import Sheet
from byhand.reading.left_out import warnings_of
from byhand.reading.line_reader import LineReader, RowResult
from byhand.reading.nothing_found import nothing_found
from byhand.reading.page import Page
from byhand.reading.result import BASE_ERROR_RATE, DIGITS, Line
from byhand.reading.rows import find_rows
from byhand.words import counted


@dataclass(frozen=True)
class PassSettings:
    """When a page is read again."""

    certain: float = 0.9  # of the confidence a line can have: below it, another pass
    convincing: float = 0.85  # of marks read: below it, the page may lie on a side
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
    def expected_correct_digits(self) -> float:
        """How many digits are expected to be in lines that are right."""
        return sum(map(expected_correct_digits, self.rows))

    @property
    def share_read(self) -> float:
        """The expected share of marks as high as digits that are read rightly."""
        digits = [digit for line in self.lines for digit in line.digits]
        marks = len(digits) + sum(row.evidence.rejected for row in self.rows)
        return sum(digit.confidence for digit in digits) / max(marks, 1)


def expected_correct_digits(row: RowResult) -> float:
    """Return how many digits of a row are expected to be in a line that is right."""
    return row.line.confidence * len(row.line.digits) if row.line else 0.0


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
    and if too little of the ink is read, the page turned to each side. The reading with
    most digits expected to be right counts.

    Args:
        sheet: the page.
        reader: reads its rows.
        lines: how many rows there are, if it is known.
        whitelist: the digits that can occur.
        find_ink: finds its ink.
        settings: when there is another pass.
    """
    passes = Passes(reader, lines, whitelist, settings)
    best = passes.best(map(Page.of, find_ink(sheet)))
    much = best.candidates > settings.most_again  # there is no time for more
    if best.page is None or much or best.share_read >= settings.convincing:
        return best
    turned = passes.best([best.page.turned_by(quarters) for quarters in (2, 1, 3)])
    if turned.share_read < settings.convincing or _expected(turned) <= _expected(best):
        return best
    assert turned.page is not None
    quarters = turned.page.turned  # the ink may be found better in a turned picture
    image = sheet.image.rotate(90 * quarters, expand=True)
    width, height = sheet.size
    size = (height, width) if quarters % 2 else (width, height)
    pages = (Page.of_turned(ink, quarters, sheet.size)
             for ink in find_ink(Sheet(image, size)))  # fmt: skip
    best = max(turned, passes.best(pages), key=_expected)
    return replace(best, warnings=(TURNED[quarters], *best.warnings))


def _expected(result: PageResult) -> float:
    return result.expected_correct_digits


@dataclass(frozen=True, eq=False)
class Passes:
    """How a page is read.

    Attributes:
        reader: reads its rows.
        lines: how many rows there are, if it is known.
        whitelist: the digits that can occur.
        settings: when a page is read again.
    """

    reader: LineReader
    lines: int | None
    whitelist: str
    settings: PassSettings

    def best(self, pages: Iterable[Page]) -> PageResult:
        """Return the best of several pages, the rest unread once one has no doubts."""
        results: list[PageResult] = []
        for page in pages:
            results.append(self.read(page))
            if self._finished(results):
                break
        if not results:
            return PageResult(None, (), (nothing_found(None),))
        return max(results, key=_expected)

    def _finished(self, results: Sequence[PageResult]) -> bool:
        """Return whether the last result leaves no doubts, or time is up."""
        last, limit = results[-1], self.settings.convincing
        certain = last.share_read >= limit and all(map(self._certain, last.rows))
        return certain or sum(r.candidates for r in results) > self.settings.most_again

    def _certain(self, row: RowResult) -> bool:
        """Return whether a row has no line, or one about as certain as it can be."""
        if row.line is None:
            return True
        most = (1 - BASE_ERROR_RATE) ** len(row.line.digits)
        return row.line.confidence >= self.settings.certain * most

    def read(self, page: Page) -> PageResult:
        """Return a page as read, its rows in doubt deslanted where that is better."""
        written = page.ink.character_height > 0  # else there are specks at most
        rows = find_rows(page, self.lines) if written else []
        if not rows:
            return PageResult(page, (), (nothing_found(page.ink),))
        read = self.reader.read_rows(rows, self.whitelist)
        doubtful = [row.evidence.row for row in read.rows if not self._certain(row)]
        upright = {row.found[0]: slanted for row in doubtful
                   if (slanted := row.deslanted())}  # fmt: skip
        result = PageResult(page, read.rows, read.warnings, read.candidates)
        if upright and read.candidates <= self.settings.most_again:
            again = self.reader.read_rows(list(upright.values()), self.whitelist)
            result = _with_better(result, again.rows, again.candidates)
        warnings = [*read.warnings]
        if result.lines:
            warnings += _warnings(result.rows, self.lines)
        elif result.rows:
            warnings.append(nothing_found(page.ink))
        return replace(result, warnings=tuple(warnings))


def _with_better(
    result: PageResult, others: Sequence[RowResult], candidates: int
) -> PageResult:
    """Return a page with other results of some of its rows, where these are better."""
    found = {row.evidence.row.found[0]: row for row in others}
    pairs = ((row, found.get(row.evidence.row.found[0], row)) for row in result.rows)
    best = [max(pair, key=expected_correct_digits) for pair in pairs]
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
