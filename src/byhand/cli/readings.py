"""What was read, printed: as lines, as a table, as JSON or as CSV."""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from byhand.cli import output

if TYPE_CHECKING:
    from rich.console import Console

    from byhand.reading.many import Answer

COLUMNS = ("file", "line", "text", "confidence", "error")


class Readings:
    """Takes answers, and prints them at the end.

    Attributes:
        answers: those so far.
        done: files to leave out; there are none.
    """

    def __init__(self, json: bool, csv: bool, console: Console) -> None:
        """Print as JSON, as CSV, or for a reader; warnings go to the console."""
        self.json, self.csv = json, csv
        self.console = console
        self.answers: list[Answer] = []
        self.done: frozenset[str] = frozenset()

    @property
    def count(self) -> int:
        """How many answers there are."""
        return len(self.answers)

    @property
    def failed(self) -> list[str]:
        """What went wrong, a line each."""
        return [answer.error for answer in self.answers if answer.error]

    def add(self, answer: Answer) -> None:
        """Take one answer."""
        self.answers.append(answer)

    def tell(self) -> None:
        """Print all answers; JSON has the warnings in it."""
        if self.json:
            output.print_json([answer.as_dict() for answer in self.answers])
            return
        print_csv(self.answers) if self.csv else print_lines(self.answers)
        for note in chain.from_iterable(map(notes, self.answers)):
            self.console.print(output.printable(note))


def print_csv(answers: Sequence[Answer]) -> None:
    """Print a row for each line of digits; one for a file that has none."""
    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(COLUMNS)
    for answer in answers:
        for number, text, confidence in rows(answer) or [("", "", "")]:
            writer.writerow((answer.file, number, text, confidence, answer.error))


def print_lines(answers: Sequence[Answer]) -> None:
    """Print the lines of one file, or a table of the lines of several."""
    out = output.answers()
    if len(answers) == 1:
        table = output.table("text", "confidence", text=["text"])
        table.show_header = False
        for _, text, confidence in rows(answers[0]):
            table.add_row(text, output.percent(confidence))
    else:
        table = output.table(
            "file", "line", "text", "confidence", text=["file", "text"]
        )
        for cells in _cells(answers):
            table.add_row(*map(output.printable, cells))
    if table.row_count:
        out.print(table)


def _cells(answers: Sequence[Answer]) -> Iterator[tuple[str, str, str, str]]:
    """Yield the rows of the table; files that could not be read have none."""
    for answer in answers:
        for number, text, confidence in rows(answer):
            yield answer.file, str(number), text, output.percent(confidence)
        if answer.reading and not answer.reading.lines:
            yield answer.file, "–", "none", "–"


def rows(answer: Answer) -> list[tuple[Any, ...]]:
    """Return number, text and confidence of each line that was read."""
    lines = answer.reading.lines if answer.reading else ()
    return [(n, line.text, line.confidence) for n, line in enumerate(lines, 1)]


def notes(answer: Answer) -> list[str]:
    """Return what a reader should know of a file besides its lines."""
    if not answer.reading:
        return []
    nothing = [] if answer.reading.lines else ["no digits found"]
    told = [*answer.reading.warnings, *nothing]
    return [f"{answer.file}: {warning}" for warning in told]
