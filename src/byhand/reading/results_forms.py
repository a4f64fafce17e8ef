"""How results are written, one after another: as lines of JSON, or as CSV.

A form writes a result and finds the results in a file again, so that a run can go on.
"""

from __future__ import annotations

import csv
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, Protocol

from byhand.errors import ReadError
from byhand.json_values import json_value
from byhand.reading.spreadsheets import as_cell, from_cell

BEGINNING = b'{"file": "'  # of every line of JSON


class Result(Protocol):
    """An answer about a picture, or the error."""

    @property
    def error(self) -> str:
        """What went wrong; "" if nothing did."""

    def as_dict(self) -> dict[str, Any]:
        """Return it as --json prints it; "file" comes first."""

    def as_rows(self) -> list[dict[str, Any]]:
        """Return its rows of CSV, by the names of the columns."""


class Entry(NamedTuple):
    """What a file holds of a result: its name, and whether it is an error."""

    name: str
    failed: bool

    @classmethod
    def of(cls, values: dict[str, Any]) -> Entry:
        """Return the entry of a result as a dict."""
        return cls(name_of(values["file"], values.get("image")), bool(values["error"]))


def name_of(file: str, image: Any = None) -> str:
    """Return the name of a result: the file's; with the number of an image in it."""
    return file if image in (None, "") else f"{file}[{image}]"


class Form(Protocol):
    """Writes results, and finds them again."""

    @property
    def heading(self) -> bytes:
        """What a file begins with."""

    def of(self, path: Path) -> Form:
        """Return the form in which a file was begun, perhaps by an earlier version."""

    def encoded(self, result: Result) -> bytes:
        """Return the line or lines of a result."""

    def entries(self, path: Path) -> Iterator[tuple[bytes, Entry | None]]:
        """Yield the lines of each result and its entry; None for an incomplete one.

        Raises:
            ReadError: the file holds something other than results.
        """


class JsonLines:
    """One line of JSON for each result."""

    heading = b""

    def of(self, path: Path) -> JsonLines:
        """Return the form itself, since JSON names its values."""
        return self

    def encoded(self, result: Result) -> bytes:
        """Return the line of a result."""
        line = json.dumps(json_value(result.as_dict()), allow_nan=False)
        return f"{line}\n".encode()

    def entries(self, path: Path) -> Iterator[tuple[bytes, Entry | None]]:
        """Yield each line and its entry; None for an incomplete last line."""
        with path.open("rb") as file:
            for number, line in enumerate(file, 1):
                entry = _entry(line)
                if entry is None and not _is_incomplete(line):
                    raise ReadError(
                        f"{path}: expected a result of byhand in each line, got"
                        f" {line[:20]!r} in line {number}; try another file"
                    )
                yield line, entry


class JsonRows(JsonLines):
    """A line of JSON for each part of a result, such as the forms of a file.

    Each part has its number and how many there are, so that a result whose last parts
    are missing is known.
    """

    def __init__(self, parts: str, counts: tuple[str, str]) -> None:
        """Take the key of the parts in a result, and those that count them."""
        self.parts, self.counts = parts, counts

    def encoded(self, result: Result) -> bytes:
        """Return the lines of a result, one for each part; at least one."""
        values = result.as_dict()
        rows = values.pop(self.parts, None) or [{}]
        lines = ({"file": values["file"], **row, **values} for row in rows)
        dumped = (json.dumps(json_value(x), allow_nan=False) for x in lines)
        return "".join(f"{line}\n" for line in dumped).encode()

    def entries(self, path: Path) -> Iterator[tuple[bytes, Entry | None]]:
        """Yield the lines of each result and its entry; None for an incomplete one."""
        lines = (line for line, _ in super().entries(path))
        return grouped(((line, _values(line)) for line in lines), self.counts)


def grouped(
    rows: Iterator[tuple[bytes, dict[str, Any] | None]], counts: tuple[str, str]
) -> Iterator[tuple[bytes, Entry | None]]:
    """Yield the rows of each result and its entry; None for an incomplete one."""
    number, total = counts
    for _, some in groupby(rows, lambda row: row[1] and _name(row[1])):
        group = list(some)
        raw = b"".join(line for line, _ in group)
        last = group[-1][1]
        complete = last is not None and last.get(number) == last.get(total)
        yield raw, Entry.of({"error": "", **last}) if last and complete else None


def _values(line: bytes) -> dict[str, Any] | None:
    """Return what a line of JSON says of a file; None if it is no result."""
    try:
        values = json.loads(line)
    except (ValueError, RecursionError):  # not JSON, or not text
        return None
    if not isinstance(values, dict) or not isinstance(values.get("file"), str):
        return None
    return values


def _entry(line: bytes) -> Entry | None:
    """Return the result in a line; None if there is none."""
    values = _values(line)
    return None if values is None else Entry.of({"error": "", **values})


def _is_incomplete(line: bytes) -> bool:
    """Return whether a line is the beginning of a result, or zeros of a power cut."""
    line = line.rstrip(b"\0")
    ours = line.startswith(BEGINNING) or BEGINNING.startswith(line)
    return ours and not line.endswith(b"\n")


class Csv:
    """Rows of CSV, below one that names the columns. Text is in quotes, numbers not.

    A result may have several rows. Then two columns count them, so that a result whose
    last rows are missing is known.
    """

    def __init__(
        self,
        columns: Sequence[str],
        added: Sequence[str] = (),
        counts: tuple[str, str] = ("line", "lines"),
        safe: bool = False,
    ) -> None:
        """Take the columns.

        Args:
            columns: their names.
            added: those of them that earlier versions did not write.
            counts: the columns with the number of a row and with how many there are.
            safe: whether text is written so that no spreadsheet changes it.
        """
        self.columns, self.added = tuple(columns), frozenset(added)
        self.counts, self.safe = counts, safe

    @property
    def heading(self) -> bytes:
        """The row that names the columns."""
        return self.written([self.columns])

    def of(self, path: Path) -> Csv:
        """Return the form of a file: it may be without the columns that were added."""
        kept = [column for column in self.columns if column not in self.added]
        older = Csv(kept, (), self.counts, self.safe)
        with path.open("rb") as file:
            begun = file.readline()
        own = self.heading.startswith(begun)
        return older if not own and older.heading.startswith(begun) else self

    def encoded(self, result: Result) -> bytes:
        """Return the rows of a result."""
        rows = result.as_rows()
        return self.written([[row.get(c, "") for c in self.columns] for row in rows])

    def written(self, rows: Sequence[Sequence[Any]]) -> bytes:
        """Return rows of cells as the file has them."""
        lines = (",".join(map(self._cell, row)) + "\n" for row in rows)
        return "".join(lines).encode(errors="surrogateescape")

    def _cell(self, value: Any) -> str:
        """Return a cell: text in quotes, numbers and empty cells as they are."""
        if not isinstance(value, str):
            return repr(value)
        escaped = (as_cell(value) if self.safe else value).replace('"', '""')
        return f'"{escaped}"' if value else ""

    def entries(self, path: Path) -> Iterator[tuple[bytes, Entry | None]]:
        """Yield the rows of each result and its entry; None for an incomplete one."""
        rows = self.rows(path)
        heading = next(rows, None)
        if heading is None:
            return
        if heading[1] is None and self.heading.startswith(heading[0]):
            return  # cut off in the heading
        if heading[0] != self.heading:
            raise ReadError(
                f"{path}: expected CSV with the columns {', '.join(self.columns)}, got"
                f" {heading[0][:20]!r}; try another file"
            )
        yield from grouped(rows, self.counts)

    def rows(self, path: Path) -> Iterator[tuple[bytes, dict[str, str] | None]]:
        """Yield each row as it lies, and its values; None if it is incomplete."""
        raw: list[bytes] = []

        def lines() -> Iterator[str]:
            with path.open("rb") as file:
                for line in file:
                    raw.append(line)
                    yield line.decode(errors="surrogateescape")

        for cells in csv.reader(lines()):
            line = b"".join(raw)
            raw.clear()
            complete = len(cells) == len(self.columns) and line.endswith(b"\n")
            cells = [*map(from_cell, cells)] if self.safe else cells
            yield (
                line,
                dict(zip(self.columns, cells, strict=True)) if complete else None,
            )


def _name(values: dict[str, Any]) -> str:
    return name_of(values["file"], values.get("image"))
