"""The fields of a blank form, found on its picture: boxes, combs, writing lines, ticks.

The lengths of settings are in millimetres; cells are in pixels of an upright copy.
Letters: N lines, each x and y of its two ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

from byhand.errors import FormError
from byhand.forms.cells import (
    A4,
    BLANK,
    PRINT,
    Cell,
    closed_cells,
    combs,
    drawn,
    framed,
    of_size,
    overlap,
    toothed_cells,
    used,
)
from byhand.forms.fields import Field, Form
from byhand.forms.homography import mapped
from byhand.forms.rules import RuledPage, ruled_page
from byhand.pictures.convert import grey_levels
from byhand.pictures.opening import open_picture
from byhand.types import Box, Floats, Grey, Mask

LONGEST = 2000  # pixels of the longer side of the copy on which fields are sought


def make_fields(blank: str | Path) -> Form:
    """Return a form with the fields that are on the picture of the blank form.

    Boxes, combs (rows of cells, which give a length), lines to write on, and small
    squares to be ticked, named f1, f2 and so on in reading order, to be renamed.

    Raises:
        PictureError: the picture cannot be opened.
        FormError: no field was found.
    """
    path = Path(blank)
    image = open_picture(path)
    picture = grey_levels(image, max(image.size))
    page = ruled_page(picture, LONGEST)
    cells = found_cells(page, _darkness(picture, page))
    if not cells:
        raise FormError(
            f"{path}: expected boxes, combs or lines to write on, found none; try a"
            " picture with more contrast, or write the file by hand"
        )
    back = np.linalg.inv(page.matrix)
    fields = [_field(n, cell, back, page.size) for n, cell in enumerate(cells, 1)]
    return Form(path.stem, tuple(fields), page.size, path)


def _field(number: int, cell: Cell, back: Floats, size: tuple[int, int]) -> Field:
    """Return a cell as a field of the blank form."""
    corners = np.array([[cell.left, cell.top], [cell.right, cell.bottom]])
    middle = mapped(back, corners.mean(axis=0, keepdims=True))[0]
    scale = np.sqrt(np.linalg.det(back[:2, :2]))
    half = np.array([cell.width, cell.height]) / 2 * scale
    left, top = np.maximum(np.floor(middle - half), 0).astype(int)
    right, bottom = np.minimum(np.ceil(middle + half) + 1, size).astype(int)
    box = Box.of_edges(int(left), int(top), int(right), int(bottom))
    return Field(f"f{number}", box, cell.kind, length=cell.digits or None)


def _darkness(picture: Grey, page: RuledPage) -> Floats:
    """Return by how much the copy of a page is darker than its paper, as a share."""
    back = np.linalg.inv(page.matrix)
    upright = Image.fromarray(picture).transform(
        page.copy,
        Image.Transform.PERSPECTIVE,
        tuple((back / back[2, 2]).ravel()[:8]),
        Image.Resampling.BILINEAR,
        fillcolor=255,
    )
    grey = np.asarray(upright)
    paper = ndimage.percentile_filter(grey[::8, ::8], 80, 7)
    level = np.kron(paper, np.ones((8, 8)))[: grey.shape[0], : grey.shape[1]]
    return np.asarray(1 - grey / np.maximum(level, 1))


def found_cells(page: RuledPage, dark: Floats) -> list[Cell]:
    """Return the cells of a form in reading order, on its copy."""
    unit = max(page.copy) / A4  # pixels of a millimetre
    lines = drawn(page, unit)
    every = closed_cells(lines, unit)
    closed = [cell for cell in every if cell.height < BLANK.highest * unit]
    teeth = toothed_cells(page, unit, closed)
    printed = dark > PRINT
    cells = [c for c in closed if framed(c, dark)] + teeth
    cells = [c for c in cells if not used(c, printed, unit)]
    rows = [row for row in combs(cells) if of_size(row, printed, unit)]
    rows += _writing_lines(page, printed, every + teeth, unit)
    return _in_order(rows)


def _writing_lines(
    page: RuledPage, printed: Mask, taken: Sequence[Cell], unit: float
) -> list[Cell]:
    """Return the rooms above lines to write on: long ones with nothing above them."""
    found = []
    ends = np.concatenate([page.across[:, 0::2], page.down[:, 0::2]])
    broad = float(np.ptp(ends)) if len(ends) else 0.0
    for x0, y0, x1, y1 in page.across:
        foot = (y0 + y1) / 2
        cell = Cell(float(x0), float(foot - BLANK.room * unit), float(x1), float(foot))
        right = BLANK.line * unit <= cell.width < BLANK.rule * broad
        if not right or any(_beside(cell, other, unit) for other in taken):
            continue
        rows = slice(max(round(cell.top), 0), round(foot - 0.8 * unit))
        above = printed[rows, round(x0) : round(x1)]
        on = printed[round(foot) - 2 : round(foot) + 3, round(x0) : round(x1)]
        if above.size and above.mean() < BLANK.clear and on.any(axis=0).mean() > 0.9:
            found.append(cell)
    return found


def _beside(cell: Cell, other: Cell, unit: float) -> bool:
    """Return whether the line below a room is an edge of a cell, or near one."""
    reach = BLANK.joint * unit
    apart = other.right < cell.left + reach or other.left > cell.right - reach
    above = min(abs(cell.bottom - other.bottom), abs(cell.bottom - other.top))
    small = other.height < BLANK.highest * unit  # not a frame around many
    return not apart and (above < reach or (small and overlap(cell, other) > 0.3))


def _in_order(cells: Sequence[Cell]) -> list[Cell]:
    """Return cells as they are read: row by row, each from the left to the right."""
    rows: list[list[Cell]] = []
    for cell in sorted(cells, key=lambda cell: cell.top + cell.bottom):
        middle = (cell.top + cell.bottom) / 2
        if rows and rows[-1][0].top < middle < rows[-1][0].bottom:
            rows[-1].append(cell)
        else:
            rows.append([cell])
    return [cell for row in rows for cell in sorted(row, key=lambda cell: cell.left)]
