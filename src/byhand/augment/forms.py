"""What pages are printed with before anyone writes on them: rules, combs and boxes.

Letters: H, W height and width of the page in pixels; L lines, each from y, x to y, x.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from byhand.augment.pen import draw
from byhand.types import Floats, Grey

BELOW = 0.25  # heights of a digit from its feet to the lower side of its cell
BOX, TOOTH = 1.6, 0.65  # heights of a digit: how high boxes and a comb's teeth are


@dataclass(frozen=True)
class Layout:
    """Where on a page its rows are, in pixels.

    Attributes:
        size: height and width of the page.
        height: of a digit.
        feet: rows of the page on which the digits stand, one for each row of digits.
        left: column of the page in which the rows begin.
        cell: width of the cell of a digit.
        count: of digits in a row.
    """

    size: tuple[int, int]
    height: float
    feet: tuple[float, ...]
    left: float
    cell: float
    count: int


def printed(form: str, layout: Layout, width: float) -> Grey:
    """Return a form (H, W): bright on its lines, 0 elsewhere.

    Args:
        form: a name in FORMS.
        layout: where the rows are.
        width: of the lines, in pixels.
    """
    lines = FORMS[form](layout)
    page = np.zeros((1, *layout.size), np.uint8)
    draw(page, np.zeros(len(lines), np.int64), lines[:, :2], lines[:, 2:], width)
    grey: Grey = page[0]
    return grey


def _blank(layout: Layout) -> Floats:
    """Return no lines."""
    return np.empty((0, 4))


def _rules(layout: Layout) -> Floats:
    """Return a line (L, 4) under each row, from edge to edge."""
    return np.array([(y, 0, y, layout.size[1]) for y in layout.feet], float)


def _comb(layout: Layout) -> Floats:
    """Return a comb under each row: a line with teeth between the cells."""
    return _cells(layout, TOOTH)


def _boxes(layout: Layout) -> Floats:
    """Return a box around each cell."""
    sides = _cells(layout, BOX)
    below = sides[sides[:, 0] == sides[:, 2]]
    above = below - BOX * layout.height * np.array([1, 0, 1, 0])
    return np.concatenate([sides, above])


def _cells(layout: Layout, high: float) -> Floats:
    """Return the lines below the cells and those between, by their height."""
    left, count = layout.left, layout.count
    sides = left + layout.cell * np.arange(count + 1)
    lines = []
    for foot in layout.feet:
        y = foot + BELOW * layout.height
        lines.append((y, left, y, sides[-1]))
        lines += [(y, x, y - high * layout.height, x) for x in sides]
    return np.array(lines)


FORMS = {"blank": _blank, "rules": _rules, "comb": _comb, "boxes": _boxes}
CELLED = "comb", "boxes"  # the forms that have a cell for each digit
