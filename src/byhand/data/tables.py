"""Tables of numbers as text, one image a row: its label and its pixels.

Letters in shapes: N rows of D pixels, C columns.
"""

from __future__ import annotations

import csv
import io
import math
import warnings
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from byhand.data.columns import LABELS, Columns, choose_columns
from byhand.data.formats import Part, Parts
from byhand.errors import DataError
from byhand.files import open_regular
from byhand.types import Array
from byhand.words import shortened

SEPARATORS = ",;\t|"
COUNTED = 10  # columns, at least: 0, 1, 2, ... are their names, and no pixels
LINE = 1 << 24  # bytes: a longer line is no row of a table


class Layout(NamedTuple):
    """How a table is written: what stands between cells, and which line is the first.

    Attributes:
        separator: a character; None for spaces of any number.
        comma: whether decimals are written with a comma.
        names: the first line's cells if they are names, in lower case; else none.
        skip: lines before the numbers.
        words: the columns whose cells in the first row are no numbers.
    """

    separator: str | None
    comma: bool
    names: tuple[str, ...]
    skip: int
    words: tuple[int, ...]
    columns: int


class Rows(NamedTuple):
    """A table's numbers (N, C), the cells of its column of words, and its names."""

    numbers: Array
    words: Array | None
    word_column: int | None
    names: tuple[str, ...]


def read_csv(path: Path, label_column: str | None = None) -> Parts:
    """Read a table with one image a row: its label, and its pixels row by row.

    Cells are separated by commas, semicolons, tabs, bars or spaces. The first line may
    name the columns. Images are taken to be square.

    Args:
        path: the file.
        label_column: the name of the column of labels, or its number from 0 (-1 for
            the last); found if not given, see byhand.data.columns.

    Raises:
        DataError: not a table of numbers, or no square images or no labels in it.
    """
    rows = read_rows(path)
    columns = choose_columns(
        rows.numbers, rows.word_column, rows.names, label_column, path
    )
    if columns.label is None:
        count = len(columns.pixels)
        raise DataError(
            f"{path}: expected rows of a label and a square number of pixels, got "
            f"{count} pixels without a label; 'byhand predict FILE --csv' answers them"
        )
    labels = rows.words if columns.label == rows.word_column else None
    if labels is None:
        labels = rows.numbers[:, columns.label]
    images = _images(rows.numbers, columns)
    part = Part(images, labels, str(path), str(path))
    return Parts(part, None, warnings=columns.warnings)


def read_pixels(path: Path) -> Array:
    """Return the images (N, H, W) of a table, with or without a column of labels."""
    rows = read_rows(path)
    return _images(
        rows.numbers,
        choose_columns(rows.numbers, rows.word_column, rows.names, None, path),
    )


def _images(numbers: Array, columns: Columns) -> Array:
    side = math.isqrt(len(columns.pixels))
    return numbers[:, columns.pixels].reshape(-1, side, side)  # (N, D) -> (N, H, W)


def read_rows(path: Path) -> Rows:
    """Return a table's numbers, and the one column of words that it may have.

    Raises:
        DataError: a file that cannot be read, or cells that are no numbers.
    """
    try:
        layout = _layout(path)
        words = _word_column(path, layout)
        try:
            return _checked_words(_read(path, layout, words), path)
        except (ValueError, DeprecationWarning):
            if words is not None:
                raise
            # A label that is a word, further down; no other column may have words.
            words = _label_of(layout)
            return _checked_words(_read(path, layout, words), path)
    except DataError:
        raise
    except (OSError, ValueError, OverflowError, csv.Error) as error:
        reason = getattr(error, "strerror", None) or " ".join(str(error).split())
        raise DataError(
            f"{path}: expected a table of numbers, got: {shortened(reason)}"
        ) from error


def _label_of(layout: Layout) -> int:
    """Return the column that is named as the labels' is, else the first."""
    return next((i for i, name in enumerate(layout.names) if name in LABELS), 0)


def _layout(path: Path) -> Layout:
    """Return how a table is written, by its first two lines."""
    first, second, skip = _first_lines(path)
    counts = {mark: first.count(mark) for mark in SEPARATORS}
    separator = (
        max(counts, key=lambda mark: counts[mark]) if any(counts.values()) else None
    )
    if counts[";"] and counts[","]:  # 0,5;0,25: decimal commas
        separator = ";"
    comma = separator == ";" and "," in first + second
    cells, below = _cells(first, separator, comma), _cells(second, separator, comma)
    odd = [i for i, cell in enumerate(cells) if not _is_number(cell)]
    odd_below = tuple(i for i, cell in enumerate(below) if not _is_number(cell))
    if not _are_names(cells, odd, odd_below):
        return Layout(separator, comma, (), skip, tuple(odd), len(cells))
    names = tuple(cell.strip().lower() for cell in cells)
    return Layout(separator, comma, names, skip + 1, odd_below, len(cells))


def _are_names(cells: list[str], odd: list[int], odd_below: tuple[int, ...]) -> bool:
    """Return whether the first line names the columns.

    Args:
        cells: the first line's.
        odd: the numbers of those that are no numbers.
        odd_below: the same of the second line.
    """
    if len(odd) == len(cells) and len(odd_below) < len(cells):
        return True
    numbers = [cell for i, cell in enumerate(cells) if i not in set(odd)]
    start = numbers[0] if numbers else ""
    if len(numbers) >= (3 if odd else COUNTED) and start in ("0", "1"):
        counted = [str(int(start) + i) for i in range(len(numbers))]
        if numbers == counted:
            return True
    return len(odd) > len(odd_below) and len(odd) * 2 > len(cells)


def _first_lines(path: Path) -> tuple[str, str, int]:
    """Return the first two lines with something in them, and the lines before."""
    found: list[str] = []
    skip = 0
    with io.TextIOWrapper(open_regular(path), "utf-8-sig") as file:
        while len(found) < 2 and (line := file.readline(LINE)):
            if len(line) == LINE:
                raise DataError(
                    f"{path}: expected rows of a table, got a line of over 16 MB"
                )
            if "\0" in line:
                raise ValueError("a zero byte, as in a binary file")
            if line.strip():
                found.append(line)
            elif not found:
                skip += 1
    return (*found, "", "")[0], (*found, "", "")[1], skip


def _cells(line: str, separator: str | None, comma: bool) -> list[str]:
    if separator is None:
        return line.split()
    cells = next(csv.reader([line.rstrip("\r\n")], delimiter=separator), [])
    return [cell.replace(",", ".") if comma else cell for cell in cells]


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _word_column(path: Path, layout: Layout) -> int | None:
    """Return the one column of words, if there is one; refuse several."""
    if len(layout.words) > 1:
        shown = ", ".join(str(i + 1) for i in layout.words[:5])
        raise DataError(
            f"{path}: expected a table of numbers, and one column of words at most, "
            f"got others than numbers in columns {shown}, line {layout.skip + 1}"
        )
    return layout.words[0] if layout.words else None


def _read(path: Path, layout: Layout, word_column: int | None) -> Rows:
    """Read the numbers of all columns but one, and that one as text."""
    others = [i for i in range(layout.columns) if i != word_column]
    if word_column is None:
        return Rows(_load_table(path, layout, None), None, None, layout.names)
    numbers = _load_table(path, layout, others)
    words = _load(path, layout, [word_column], np.str_)[:, 0]
    full = np.insert(numbers, word_column, 0, axis=1)
    return Rows(full, np.char.strip(words), word_column, layout.names)


def _checked_words(rows: Rows, path: Path) -> Rows:
    """Refuse words among numbers that occur once: a damaged row, and no class."""
    if rows.words is None or not any(map(_is_number, rows.words.tolist())):
        return rows
    found, where, counts = np.unique(rows.words, return_index=True, return_counts=True)
    for word, index, count in zip(found.tolist(), where, counts, strict=True):
        if count == 1 and not _is_number(word):
            raise DataError(
                f"{path}: expected numbers as labels, as in the other rows, got "
                f"{shortened(repr(word), 60)} in row {index + 1}"
            )
    return rows


def _load_table(path: Path, layout: Layout, columns: list[int] | None) -> Array:
    """Return the numbers of a table, (N, C)."""
    try:
        return _load(path, layout, columns, np.int32)  # eight times as fast as floats
    except (ValueError, DeprecationWarning):
        return _load(path, layout, columns, np.float32)


def _load(
    path: Path, layout: Layout, columns: list[int] | None, dtype: npt.DTypeLike
) -> Array:
    with (
        warnings.catch_warnings(),
        io.TextIOWrapper(open_regular(path), "utf-8-sig") as file,
    ):
        warnings.filterwarnings("ignore", "loadtxt: input contained no data")
        # NumPy used to cut 3.5 down to the integer 3, with a warning.
        warnings.simplefilter("error", DeprecationWarning)
        lines = (line.replace(",", ".") for line in file) if layout.comma else file
        table: Array = np.loadtxt(
            lines,
            dtype,
            comments=None,
            delimiter=layout.separator,
            skiprows=layout.skip,
            usecols=columns,
            ndmin=2,
            quotechar='"',
        )
    if not len(table):
        raise DataError(f"{path}: expected a table of numbers, got 0 rows")
    return table
