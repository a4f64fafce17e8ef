"""Which column of a table has the labels, and which the pixels.

Letters in shapes: N rows, C columns.
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import NamedTuple

import numpy as np

from byhand.errors import DataError
from byhand.types import Array
from byhand.words import shortened

# Names of columns, in lower case.
LABELS = frozenset(
    "label labels class classes target targets digit y category answer klass".split()
)
INDICES = frozenset(["", "index", "id", "imageid", "unnamed: 0", "row", "no", "nr"])
ENOUGH = 20  # rows, to find labels in the middle of a table
MOST = 1000  # a column of labels has whole numbers below this


class Columns(NamedTuple):
    """The numbers of a table's columns: label is None if there are pixels alone."""

    label: int | None
    pixels: list[int]
    warnings: tuple[str, ...] = ()


def choose_columns(
    numbers: Array,
    words: int | None,
    names: tuple[str, ...],
    asked: str | None,
    path: Path,
) -> Columns:
    """Return the columns of labels and of pixels.

    The labels' column is, in this order: the one that was asked for; the one whose name
    says so; the one of words; the first if it looks like labels; the last; the only
    other one that does.

    Args:
        numbers: (N, C).
        words: the column of words, if there is one.
        names: of the columns, in lower case; none if they have none.
        asked: a name, or a number from 0.
        path: what to name in errors.
    """
    every = list(range(numbers.shape[1]))
    if asked is not None:
        label = _asked(asked, names, len(every), path)
        return _with_pixels(label, every, numbers, names, path)
    named = [i for i, name in enumerate(names) if name in LABELS]
    if words is not None:
        if named and words not in named:
            raise DataError(
                f"{path}: expected a table of numbers, got: words in column "
                f"{shortened(repr(names[words]), 40)} beside {names[named[0]]!r}"
            )
        return _with_pixels(words, every, numbers, names, path)
    if named:
        return _with_pixels(named[0], every, numbers, names, path)
    if len(every) > 1 and is_square(len(every)):
        return Columns(None, every)
    inside = every
    if names or not is_square(len(every) - 1):
        inside = _without_index(every, numbers, names)
    label = _found(numbers, inside)
    columns = _with_pixels(label, every, numbers, names, path)
    if label == inside[0]:
        return columns
    last = "the last column" if label == every[-1] else "a middle column"
    said = f"labels were taken from {last}, {label}; --label-column chooses another"
    return columns._replace(warnings=(*columns.warnings, said))


def is_square(count: int) -> bool:
    """Return whether this number of pixels is a square image."""
    return count > 0 and math.isqrt(count) ** 2 == count


def _asked(asked: str, names: tuple[str, ...], count: int, path: Path) -> int:
    """Return the number of the column with this name or number."""
    if asked.strip().lower() in names:
        return names.index(asked.strip().lower())
    try:
        number = int(asked)
    except ValueError:
        number = count
    if not -count <= number < count:
        shown = ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
        raise DataError(
            f"{path}: expected --label-column as a number from 0 to {count - 1}"
            f"{' or one of ' + shown if names else ''}, got {shortened(asked, 40)!r}"
        )
    return number % count


def _with_pixels(
    label: int,
    every: list[int],
    numbers: Array,
    names: tuple[str, ...],
    path: Path,
) -> Columns:
    """Return the columns, without one that numbers the rows; refuse no square."""
    pixels = [i for i in every if i != label]
    said = []
    if not is_square(len(pixels)):
        fewer = _without_index(pixels, numbers, names)
        if is_square(len(fewer)):
            pixels = fewer
            said.append("the first column numbers the rows: left out")
    if not is_square(len(pixels)):
        rows, columns = numbers.shape
        raise DataError(
            f"{path}: expected rows of a label and a square number of pixels, "
            f"got {rows} rows of {columns} numbers"
        )
    return Columns(label, pixels, tuple(said))


def _without_index(
    columns: list[int], numbers: Array, names: tuple[str, ...]
) -> list[int]:
    """Return columns without the first if it numbers the rows, 0, 1, 2 or 1, 2, 3."""
    if not columns:
        return columns
    first = columns[0]
    counted = len(numbers) > 2 and bool((np.diff(numbers[:, first]) == 1).all())
    named = bool(names) and names[first] in INDICES
    return columns[1:] if counted or named else columns


def _found(numbers: Array, columns: list[int]) -> int:
    """Return the column that looks most like labels, the first in doubt."""
    first, last = columns[0], columns[-1]
    ranks = {i: _rank(numbers[:, i]) for i in (first, last)}
    if ranks[first] != ranks[last]:
        return min(ranks, key=lambda i: ranks[i])
    if ranks[first] == NO_LABELS and len(numbers) >= ENOUGH:
        others = [i for i in columns if _rank(numbers[:, i]) == LIKE_LABELS]
        return others[0] if len(others) == 1 else first
    return first


LIKE_LABELS, NO_LABELS = (0, 0), (2, 0)


def _rank(column: Array) -> tuple[int, int]:
    """Return how little a column looks like labels: the smaller, the more.

    Labels are whole numbers, at least two of them, without gaps, and none of them has
    most rows; a pixel at the edge of an image is nearly always 0.
    """
    low, high = float(column.min()), float(column.max())
    if not (0 <= low < high < MOST) or (column != np.floor(column)).any():
        return NO_LABELS
    counts = np.bincount(column.astype(np.int64) - int(low))
    commonest = int(counts.max() * 10 // len(column))  # tenths of the rows
    return int((counts == 0).any()), commonest // 6
