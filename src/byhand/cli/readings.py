"""What was read, printed: as lines, as a table, as JSON or as CSV."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from byhand.cli import output

if TYPE_CHECKING:
    from rich.console import Console

    from byhand.reading.results_file import ResultsFile
    from byhand.reading.results_forms import Csv
    from byhand.reading.tasks import FileResult


class Readings:
    """Collects results, to be printed at the end.

    Attributes:
        marks: whether lines are printed with their marks.
        results: those so far.
        done: files to skip; there are none.
    """

    def __init__(self, marks: bool = False) -> None:
        self.marks = marks
        self.results: list[FileResult] = []
        self.done: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        """How many results there are."""
        return len(self.results)

    @property
    def errors(self) -> list[str]:
        """The errors among them, one line each."""
        return [result.error for result in self.results if result.error]

    def add(self, result: FileResult) -> None:
        """Take one result."""
        self.results.append(result)

    def print(self, json: bool, csv: bool, console: Console) -> None:
        """Print the results; warnings go to the console, with JSON into the answer."""
        if json:
            output.print_json([result.as_dict() for result in self.results])
            return
        self.print_csv() if csv else self.print_lines()
        for warning in chain.from_iterable(map(warnings, self.results)):
            console.print(output.printable(warning))

    def print_csv(self) -> None:
        """Print a row for each line of digits; one for a file that has none."""
        from byhand.reading.results_forms import Csv
        from byhand.reading.tasks import COLUMNS

        print_csv(self.results, Csv(COLUMNS))

    def print_lines(self) -> None:
        """Print the lines."""
        print_lines(self.results, self.marks)


def print_summary(kept: ResultsFile) -> None:
    """Print in a line what was added to a file of results."""
    failed = len(kept.errors)
    parts = [f"{kept.count - failed} read", f"{failed} failed"]
    parts += [f"{len(kept.skipped)} done before"] if kept.skipped else []
    output.answers().print(output.printable(f"{kept.path}: {', '.join(parts)}"))


def print_csv(results: Sequence[FileResult], form: Csv) -> None:
    """Print the rows of results."""
    for part in (form.heading, *map(form.encoded, results)):
        sys.stdout.write(part.decode(errors="surrogateescape"))


def print_lines(results: Sequence[FileResult], marks: bool = False) -> None:
    """Print the lines of one file, or a table of the lines of several.

    Args:
        results: of the files.
        marks: whether lines have their marks, or digits alone.
    """
    if len(results) == 1:
        table = output.table("text", "confidence", text=["text"])
        table.show_header = False
        for _, text, confidence in rows(results[0], marks):
            table.add_row(text, output.percent(confidence))
    else:
        table = output.table(
            "file", "line", "text", "confidence", text=["file", "text"]
        )
        for cells in _cells(results, marks):
            table.add_row(*map(output.printable, cells))
    if table.row_count:
        output.answers().print(table)


def _cells(
    results: Sequence[FileResult], marks: bool
) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of the table; files that could not be read have none."""
    for result in results:
        for number, text, confidence in rows(result, marks):
            yield result.file, str(number), text, output.percent(confidence)
        if result.reading and not result.reading.lines:
            yield result.file, "–", "none", "–"


def rows(result: FileResult, marks: bool) -> list[tuple[Any, ...]]:
    """Return number, text and confidence of each line that was read."""
    lines = result.reading.lines if result.reading else ()
    return [
        (n, line.marked if marks else line.text, line.confidence)
        for n, line in enumerate(lines, 1)
    ]


def warnings(result: FileResult) -> list[str]:
    """Return the warnings about a file, one line each."""
    if not result.reading:
        return []
    from byhand.reading.nothing_found import NO_DIGITS

    found = list(result.reading.warnings)
    said = any(warning.startswith(NO_DIGITS) for warning in found)
    if not result.reading.lines and not said:
        found.append("no digits found")
    return [f"{result.file}: {warning}" for warning in found]
