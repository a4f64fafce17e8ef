"""What a person has corrected on a review sheet, written into the table."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from byhand.errors import FormError
from byhand.files import open_regular, replacing
from byhand.forms.table import Row, read_table, shown
from byhand.reading.spreadsheets import from_cell
from byhand.words import meant

COLUMNS = ("file", "page", "field", "text")
MOST = 50_000_000  # bytes of a file of corrections


@dataclass(frozen=True)
class Correction:
    """What a field says, as a person has read it.

    Attributes:
        file: the name of the form's file, as in the table.
        page: of the file, from 1.
        field: the name of the field.
        text: what it says.
        row: of the file of corrections, from 2.
    """

    file: str
    page: int
    field: str
    text: str
    row: int


def apply_corrections(corrections: Path, table: Path) -> int:
    """Write corrections into a table; the old file or the new one is there, no part.

    A corrected field is certain, and not doubtful any more.

    Args:
        corrections: CSV with the columns file, page, field and text, as the review
            sheet saves it.
        table: of `byhand read --form`, as CSV or lines of JSON.

    Returns:
        How many fields were corrected or confirmed.

    Raises:
        FormError: a file cannot be read or is something else; or a correction is of a
            form or a field that the table does not have. Then nothing is written.
    """
    found = read_table(table)
    rows = {(_decodable(row.file), row.page): row for row in found.rows}
    changes = [*_read(corrections)]
    for change in changes:
        _apply(change, rows, corrections, table)
    try:
        with replacing(table) as temporary:
            temporary.write_bytes(found.encoded())
    except OSError as error:
        raise FormError(f"{table}: cannot be written: {error.strerror}") from error
    return len(changes)


def _apply(
    correction: Correction, rows: dict[tuple[str, int], Row], path: Path, table: Path
) -> None:
    """Change a field in its row."""
    where = f"{path}, row {correction.row}"
    row = rows.get((_decodable(correction.file), correction.page))
    if row is None:
        raise FormError(
            f"{where}: expected a form of {table}, got page {correction.page} of"
            f" {shown(correction.file)}; try the table of that review"
        )
    cell = row.fields.get(correction.field)
    if cell is None:
        raise FormError(
            f"{where}: expected a field of the form {row.form or 'none'}, got"
            f" {shown(correction.field)}; {meant(correction.field, [*row.fields])}"
        )
    cell.text, cell.confidence, cell.doubtful = correction.text, 1.0, False


def _decodable(name: str) -> str:
    """Return a name as a browser shows it, where its bytes are no UTF-8."""
    return name.encode(errors="surrogateescape").decode(errors="replace")


def _read(path: Path) -> Iterator[Correction]:
    """Yield the corrections of a file."""
    try:
        with open_regular(path) as file:
            text = file.read(MOST).decode("utf-8-sig", errors="surrogateescape")
    except OSError as error:
        raise FormError(f"{path}: {error.strerror or error}") from error
    try:
        rows = [*csv.reader(text.splitlines(keepends=True), strict=True)]
    except csv.Error as error:
        raise FormError(f"{path}: expected CSV, got {error}") from error
    if not rows or tuple(rows[0]) != COLUMNS:
        raise FormError(
            f"{path}: expected CSV with the columns {', '.join(COLUMNS)}, got"
            f" {shown(','.join(rows[0]) if rows else '')}; try the file that the review"
            " sheet saved"
        )
    for number, cells in enumerate(rows[1:], 2):
        if len(cells) != len(COLUMNS) or not cells[1].isdecimal():
            raise FormError(
                f"{path}, row {number}: expected file, page, field and text, got"
                f" {shown(','.join(cells))}"
            )
        name, page, field, said = map(from_cell, cells)
        yield Correction(name, int(page), field, said, number)
