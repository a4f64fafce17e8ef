"""byhand.reading.order: rows are read from top to bottom, column by column."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.reading.order import reading_order
from byhand.types import Box


def row(x: int, y: int, width: int = 100) -> Box:
    return Box(x, y, width, 10)


LEFT = [row(0, y) for y in (20, 50, 80)]
RIGHT = [row(150, y) for y in (30, 60, 90)]
HEADING, FOOT = row(20, 0, 200), row(80, 120)
PAGES = {
    "rows": [row(0, 0), row(30, 20, 50), row(5, 40, 200)],
    "two columns": [*LEFT, *RIGHT],
    "columns, heading and foot": [HEADING, *LEFT, *RIGHT, FOOT],
    "columns below each other": [*LEFT, *RIGHT, row(10, 140, 220),
                                 *(row(x, y) for x in (0, 150) for y in (160, 200))],
    "a date in the corner": [row(150, 0), row(0, 20), row(0, 40)],
    "a table with empty cells": [row(0, 0, 250), row(0, 20), row(150, 40),
                                 row(0, 60), row(0, 80, 250)],
    "a number beside rows": [row(0, 0), row(0, 20), row(150, 30), row(0, 40)],
    "none": [],
}  # fmt: skip


@pytest.mark.parametrize("page", PAGES.values(), ids=PAGES)
def test_rows_are_read_in_this_order(page):
    rng = np.random.default_rng(1)
    for _ in range(5):
        given = [page[n] for n in rng.permutation(len(page))]
        assert [given[n] for n in reading_order(given)] == page
