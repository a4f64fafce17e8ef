"""The order in which rows are read: from top to bottom, column by column.

Columns are groups of two or more rows, one group left of the other and at the same
height. They are read one after the other. A row below or above part of every other row,
as a heading is, parts what is above it from what is below; so do a table's rows, which
reach over all its columns. All else is read from top to bottom.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from byhand.types import Box


def reading_order(boxes: Sequence[Box]) -> list[int]:
    """Return the numbers of rows, of which these are the boxes, in reading order."""
    return _ordered(boxes, sorted(range(len(boxes)), key=lambda n: _middle(boxes[n])))


def _middle(box: Box) -> float:
    return box.y + box.height / 2


def _ordered(boxes: Sequence[Box], rows: list[int]) -> list[int]:
    """Return rows, which come from top to bottom, in reading order."""
    if columns := _columns(boxes, rows):
        return [n for column in columns for n in _ordered(boxes, column)]
    ordered: list[int] = []
    band: list[int] = []
    for n in rows:
        if not all(_overlap(boxes[n], boxes[m]) for m in rows):
            band.append(n)
        else:  # it parts what is above from what is below
            ordered += [*_ordered(boxes, band), n]
            band = []
    return ordered + (_ordered(boxes, band) if ordered else band)


def _overlap(a: Box, b: Box) -> bool:
    return a.x < b.right and b.x < a.right


def _columns(boxes: Sequence[Box], rows: list[int]) -> list[list[int]]:
    """Return the columns that rows make, from left to right; none if there is one."""
    columns: list[list[int]] = []
    right = float("-inf")
    for n in sorted(rows, key=lambda n: boxes[n].x):
        if boxes[n].x >= right:
            columns.append([])
        columns[-1].append(n)
        right = max(right, boxes[n].right)
    ends = [Box.around(boxes[n] for n in column) for column in columns]
    level = all(a.y < b.bottom and b.y < a.bottom for a, b in pairwise(ends))
    if len(columns) < 2 or min(map(len, columns)) < 2 or not level:
        return []
    return [sorted(column, key=rows.index) for column in columns]
