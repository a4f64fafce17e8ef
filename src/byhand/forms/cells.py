"""Cells of a form to write in: closed by lines, or between teeth on a line.

Lengths are in millimetres of a page whose longer side is that of A4; cells are in
pixels of an upright copy. Letters: N lines, each x and y of its two ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from byhand.forms.fields import DIGITS, TICK
from byhand.forms.rules import RuledPage
from byhand.types import Floats, Mask

A4 = 297.0  # its longer side
PRINT, RULED = 0.25, 0.08  # darker than the paper: print; a line at least


@dataclass(frozen=True)
class BlankSettings:
    """What is a field; lengths in millimetres."""

    smallest: float = 2.2  # side of a cell
    tick: float = 8.5  # side of a square to be ticked, at most
    square: float = 1.35  # its longer side divided by the other, at most
    highest: float = 20.0  # cell for digits; what is higher is for something else
    wide: float = 1.6  # cells of a comb are less wide than this times their height
    alike: float = 0.25  # by which the sides of the cells of a comb may differ
    apart: float = 0.7  # of a cell, between two parts of a comb
    joint: float = 1.0  # gap between two lines that meet
    filled: float = 0.8  # of a cell's rectangle is within its lines
    solid: float = 0.9  # of the line around a cell is ink, at least
    corner: float = 0.25  # as dark as its sides is the square of 5 pixels at a corner
    narrowest: float = 3.2  # cell for a digit
    lowest: float = 3.8  # the same
    alone: tuple[float, float] = (0.5, 1.1)  # around a square to be ticked is paper
    ring: float = 0.06  # of that is ink, at most
    inside: float = 0.4  # between the middle of a frame's line and what is in it
    label: float = 0.4  # of a cell's height may be a label
    printed: float = 0.02  # of the rest is ink, where it is no field
    line: float = 12.0  # of a line to write on, at least
    rule: float = 0.7  # of the page's width: a line that long divides the form
    room: float = 6.5  # above such a line
    clearance: float = 0.8  # between the line and that room
    clear: float = 0.004  # of that room is ink, at most


BLANK = BlankSettings()


class Cell(NamedTuple):
    """A rectangle to write in, in pixels of the copy; `digits` 0 if unknown."""

    left: float
    top: float
    right: float
    bottom: float
    digits: int = 0
    kind: str = DIGITS

    @property
    def width(self) -> float:
        """From the middle of the line on the left to that on the right."""
        return self.right - self.left

    @property
    def height(self) -> float:
        """From the middle of the line above to that below."""
        return self.bottom - self.top


def drawn(page: RuledPage, unit: float) -> Mask:
    """Return the lines drawn a little longer, so that they meet."""
    image = Image.new("L", page.copy, 0)
    pen = ImageDraw.Draw(image)
    reach = BLANK.joint / 2 * unit
    for lines, longer in ((page.across, (reach, 0.0)), (page.down, (0.0, reach))):
        for line in lines:
            if np.hypot(*(line[2:] - line[:2])) >= BLANK.smallest * unit * 0.8:
                pen.line([*(line[:2] - longer), *(line[2:] + longer)], 255, 2)
    return np.asarray(image) > 0


def closed_cells(lines: Mask, unit: float) -> list[Cell]:
    """Return the rectangles that lines close off: of paper, all around them a line."""
    labels, _ = ndimage.label(~lines)
    found = []
    for number, place in enumerate(ndimage.find_objects(labels), start=1):
        rows, columns = place
        height, width = rows.stop - rows.start, columns.stop - columns.start
        outside = rows.start == 0 or rows.stop == len(lines)
        if outside or min(height, width) < BLANK.smallest * unit:
            continue
        share = float((labels[place] == number).mean())
        if share >= BLANK.filled:
            left, top = columns.start - 1.0, rows.start - 1.0
            found.append(_squared(Cell(left, top, columns.stop, rows.stop), unit))
    return found


def _squared(cell: Cell, unit: float) -> Cell:
    """Return a cell, as a box to be ticked where it is a small square."""
    longer, shorter = max(cell.width, cell.height), min(cell.width, cell.height)
    small = longer <= BLANK.tick * unit and longer <= BLANK.square * shorter
    return cell._replace(kind=TICK) if small else cell


def toothed_cells(page: RuledPage, unit: float, closed: Sequence[Cell]) -> list[Cell]:
    """Return the cells between teeth: short lines down that stand on a line across."""
    found = []
    reach = BLANK.joint * unit
    for x0, y0, x1, y1 in page.across:
        foot = (y0 + y1) / 2
        down = page.down
        on = np.abs(down[:, 3] - foot) < reach
        on &= (down[:, 2] > x0 - reach) & (down[:, 2] < x1 + reach)
        on &= down[:, 3] - down[:, 1] < BLANK.highest * unit
        teeth = down[on][np.argsort(down[on][:, 2])]
        for left, right in pairwise(teeth):
            width = right[2] - left[2]
            top = min(float(min(left[1], right[1])), foot - 1.2 * width)
            cell = Cell(float(left[2]), top, float(right[2]), float(foot))
            narrow = BLANK.smallest * unit <= width <= BLANK.highest * unit
            if narrow and not any(overlap(cell, other) > 0.3 for other in closed):
                found.append(cell)
    return found


def overlap(cell: Cell, other: Cell) -> float:
    """Return how much of the smaller of two cells lies on the other."""
    wide = min(cell.right, other.right) - max(cell.left, other.left)
    high = min(cell.bottom, other.bottom) - max(cell.top, other.top)
    area = min(cell.width * cell.height, other.width * other.height)
    return max(wide, 0) * max(high, 0) / max(area, 1)


def framed(cell: Cell, dark: Floats) -> bool:
    """Return whether the lines on both sides of a cell and below it have no gaps.

    Its corners are no round ones, as those in letters are.
    """
    left, top, right, bottom = (round(edge) for edge in cell[:4])
    rows, columns = slice(top + 2, bottom - 1), slice(left + 2, right - 1)
    beside = [dark[rows, max(x - 2, 0) : x + 3].max(axis=1) for x in (left, right)]
    below = dark[bottom - 2 : bottom + 3, columns].max(axis=0)
    sides = np.concatenate([*beside, below])
    if not sides.size or (sides > RULED).mean() < BLANK.solid:
        return False
    corners = [
        dark[max(y - 2, 0) : y + 3, max(x - 2, 0) : x + 3].mean()
        for x in (left, right)
        for y in (top, bottom)
    ]
    return bool(min(corners) > BLANK.corner * np.median(sides))


def of_size(cell: Cell, printed: Mask, unit: float) -> bool:
    """Return whether a cell has room for a digit, or is a square that stands alone."""
    if cell.kind == DIGITS:
        narrow = cell.width < BLANK.narrowest * unit * max(cell.digits, 1)
        return not narrow and cell.height > BLANK.lowest * unit
    left, top, right, bottom = cell[:4]
    near, far = BLANK.alone[0] * unit, BLANK.alone[1] * unit
    ink = 0
    for reach, sign in ((far, 1), (near, -1)):
        rows = slice(max(round(top - reach), 0), round(bottom + reach) + 1)
        columns = slice(max(round(left - reach), 0), round(right + reach) + 1)
        ink += sign * int(printed[rows, columns].sum())
    return ink < BLANK.ring * (far - near) * 2 * (cell.width + cell.height)


def used(cell: Cell, printed: Mask, unit: float) -> bool:
    """Return whether something is printed in a cell, other than a label at its top."""
    margin = BLANK.inside * unit
    label = 0.0 if cell.kind == TICK else BLANK.label * cell.height
    top = cell.top + max(label, margin)
    rows = slice(round(top), round(cell.bottom - margin))
    part = printed[rows, round(cell.left + margin) : round(cell.right - margin)]
    return bool(part.size and part.mean() > BLANK.printed)


def combs(cells: Sequence[Cell]) -> list[Cell]:
    """Return cells with those that are side by side in a comb as one."""
    rows: list[list[Cell]] = []
    for cell in sorted(cells, key=lambda cell: cell.left):
        for row in rows:
            if _continues(row[-1], cell):
                row.append(cell)
                break
        else:
            rows.append([cell])
    return [_joined(row) for row in rows]


def _continues(last: Cell, cell: Cell) -> bool:
    """Return whether a cell is the next of a comb after the last."""
    alike = BLANK.alike * min(last.width, cell.width)
    level = BLANK.alike * min(last.height, cell.height)
    return (
        -alike < cell.left - last.right < BLANK.apart * cell.width
        and abs(cell.width - last.width) < alike
        and abs(cell.top - last.top) < level
        and abs(cell.bottom - last.bottom) < level
        and max(cell.width, last.width) < BLANK.wide * cell.height
    )


def _joined(row: Sequence[Cell]) -> Cell:
    """Return the cells of a comb as one."""
    if len(row) == 1:
        return row[0]
    top, bottom = min(c.top for c in row), max(c.bottom for c in row)
    return Cell(row[0].left, top, row[-1].right, bottom, len(row))
