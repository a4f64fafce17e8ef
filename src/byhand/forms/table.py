"""The table of filled forms: its columns, its file, and its rows read again."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from byhand.errors import FormError
from byhand.forms.fields import Form
from byhand.forms.pages import BETWEEN
from byhand.reading.results_forms import Csv, JsonRows
from byhand.reading.spreadsheets import from_cell
from byhand.words import shortened

COUNTS = ("page", "pages")  # the columns that count the forms of a file
FIRST = ("file", *COUNTS, "form")
DOUBTFUL = "doubtful"
LAST = ("lines", "warnings", "error")
CONFIDENCE = " confidence"  # behind a field's name: the column of its confidence
PARTS = "forms"  # of a result, in JSON


def columns_of(forms: Sequence[Form]) -> tuple[str, ...]:
    """Return the columns of a table of forms: a field of several has one column.

    Raises:
        FormError: a field has the name of another column.
    """
    named = {field.name: form for form in forms for field in form.fields}
    columns = (*FIRST, *named, DOUBTFUL, *(name + CONFIDENCE for name in named), *LAST)
    for name, count in Counter(columns).items():
        if count > 1 or (name in named and BETWEEN.strip() in name):
            form = named.get(name) or named[name.removesuffix(CONFIDENCE)]
            raise FormError(
                f"form {form.name}, field {name}: expected a name that no other column"
                f" has, without {BETWEEN.strip()}; the others are"
                f" {', '.join((*FIRST, DOUBTFUL, *LAST))}; rename it"
            )
    return columns


def csv_form(columns: Sequence[str]) -> Csv:
    """Return how a table is written as CSV, so that no spreadsheet changes it."""
    return Csv(columns, (), COUNTS, safe=True)


def json_form() -> JsonRows:
    """Return how a table is written as lines of JSON, one for each form."""
    return JsonRows(PARTS, COUNTS)


@dataclass
class Cell:
    """A field of a row.

    Attributes:
        text: what was read.
        confidence: how likely it is right, 0 to 1.
        doubtful: whether a person is to check it.
    """

    text: str
    confidence: float
    doubtful: bool


@dataclass
class Row:
    """A form of a table: a row of CSV, or a line of JSON.

    Attributes:
        file: the name of its file.
        page: its number in the file, from 1.
        form: the name of the form; "" where the page fits none.
        fields: what was read, by the names of the fields.
        values: the row as it stands in the file.
    """

    file: str
    page: int
    form: str
    fields: dict[str, Cell]
    values: dict[str, Any]

    def as_csv(self) -> dict[str, Any]:
        """Return the row with its fields as they are now."""
        names = [name for name, cell in self.fields.items() if cell.doubtful]
        cells = {name: cell.text for name, cell in self.fields.items()}
        sure = {n + CONFIDENCE: cell.confidence for n, cell in self.fields.items()}
        numbers = {n: int(self.values[n]) for n in COUNTS if self.values[n]}
        return {**self.values, **numbers, **cells, DOUBTFUL: BETWEEN.join(names),
                **sure}  # fmt: skip

    def as_json(self) -> dict[str, Any]:
        """Return the line with its fields as they are now."""
        if "fields" not in self.values:
            return self.values
        before = self.values["fields"]
        now = {name: {**before[name], **vars(cell)} for name, cell in
               self.fields.items()}  # fmt: skip
        return {**self.values, "fields": now}


@dataclass
class Table:
    """A table of forms.

    Attributes:
        rows: in the order of the file.
        columns: of CSV; empty for lines of JSON.
    """

    rows: list[Row]
    columns: tuple[str, ...] = ()

    def encoded(self) -> bytes:
        """Return the file."""
        if not self.columns:
            lines = (json.dumps(row.as_json(), allow_nan=False) for row in self.rows)
            return "".join(f"{line}\n" for line in lines).encode()
        rows = [row.as_csv() for row in self.rows]
        cells = [[row.get(column, "") for column in self.columns] for row in rows]
        return csv_form(self.columns).written([self.columns, *cells])


def read_table(path: Path) -> Table:
    """Return a table that `byhand read --form` wrote, as CSV or lines of JSON.

    Raises:
        FormError: the file cannot be read, or is no such table.
    """
    try:
        with path.open("rb") as file:
            is_json = file.read(1) == b"{"
        return Table([*_json_rows(path)]) if is_json else _csv_table(path)
    except OSError as error:
        raise FormError(f"{path}: {error.strerror or error}") from error
    except (csv.Error, ValueError, LookupError, TypeError, AttributeError) as error:
        raise _no_table(path) from error


def _no_table(path: Path) -> FormError:
    return FormError(
        f"{path}: expected a table of 'byhand read --form FILE', got something else;"
        " try the file that --out wrote"
    )


def _json_rows(path: Path) -> Iterator[Row]:
    with path.open("rb") as file:
        for line in file:
            values = json.loads(line)
            fields = {
                str(name): Cell(
                    str(cell["text"]), float(cell["confidence"]), cell["doubtful"]
                )
                for name, cell in values.get("fields", {}).items()
            }
            form = values.get("form") or ""
            yield Row(values["file"], values.get("page", 1), form, fields, values)


def _csv_table(path: Path) -> Table:
    heading = next(islice(Csv(FIRST).rows(path), 1), None)
    cells = heading[0].decode(errors="surrogateescape") if heading else ""
    columns = _heading(cells)
    if columns[: len(FIRST)] != FIRST or columns[-len(LAST) :] != LAST:
        raise _no_table(path)
    rows = [
        _csv_row(values, columns, path)
        for _, values in islice(csv_form(columns).rows(path), 1, None)
    ]
    return Table(rows, columns)


def _heading(line: str) -> tuple[str, ...]:
    return tuple(map(from_cell, next(csv.reader([line]), [])))


def _csv_row(values: dict[str, str] | None, columns: Sequence[str], path: Path) -> Row:
    """Return a row; a cell without a confidence is of another form."""
    if values is None:
        raise FormError(
            f"{path}: expected complete rows, got one that is cut off; run"
            " 'byhand read --form' again, which goes on"
        )
    fields = {}
    unsure = values[DOUBTFUL].split(BETWEEN)
    for name in columns:
        sure = values.get(name + CONFIDENCE)
        if sure:
            fields[name] = Cell(values[name], float(sure), name in unsure)
    page = int(values["page"] or 1)
    numbers = {c: float(v) for c, v in values.items() if c.endswith(CONFIDENCE) and v}
    return Row(values["file"], page, values["form"], fields, {**values, **numbers})


def shown(name: str) -> str:
    """Return a name from a file as messages have it."""
    return shortened(repr(name), 60)
