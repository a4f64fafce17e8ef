"""A page as it was given, as digits' ink, and as ink in rows, beside each other.

All is placed in inches: x to the right and y down from a figure's upper left corner.

Letters: H, W height and width of a page in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from matplotlib.patches import Rectangle
from matplotlib.patheffects import withStroke
from PIL import Image

from byhand.pictures.sheets import Sheet
from byhand.plots import style
from byhand.plots.style import Axes
from byhand.reading.annotate import ANNOTATION, in_colour
from byhand.reading.fragments import extent
from byhand.reading.page import Page
from byhand.reading.page_reader import PageResult
from byhand.reading.result import Line
from byhand.reading.rows import Row

BETWEEN = 0.2  # inches between pictures
HEAD = 0.42  # of the heading above one
BESIDE, BELOW = 6.5, 1.35  # the greatest heights, with three side by side or one a line
WORTH = 2.0  # times larger: then one a line
DOTS = 220  # pixels an inch that are drawn at the most
READABLE, LARGEST = 4, 10  # points: what would be smaller is not written

Colours = npt.NDArray[np.uint8]


def draw(
    ax: Axes, left: float, top: float, width: float, sheet: Sheet, result: PageResult
) -> float:
    """Draw a page's three pictures; return where they end.

    They stand side by side, or below each other where that makes them much larger, as
    with a long line of writing.
    """
    pictures = _pictures(sheet, result)
    shape = pictures[0][0].shape
    wide = (width - 2 * BETWEEN) / 3
    larger = _scale(shape, width, BELOW) / _scale(shape, wide, BESIDE)
    columns = 1 if larger > WORTH else 3
    room = (wide, BESIDE) if columns == 3 else (width, BELOW)
    end = top
    for number, (picture, heading, key) in enumerate(pictures):
        x = left + (wide + BETWEEN) * number if columns == 3 else left
        y = top if columns == 3 else end
        scale = _scale(picture.shape, *room)
        _heading(ax, x, y, heading, key)
        _show(ax, x, y + HEAD, picture, scale)
        if number == 0:
            one = scale * picture.shape[1] / sheet.size[0]  # inches of a pixel
            _boxes(ax, x, y + HEAD, result.lines, one)
        elif number == 2:
            _bands(ax, x, y + HEAD, result, scale)
        end = max(end, y + HEAD + picture.shape[0] * scale + BETWEEN)
    return end


def _pictures(sheet: Sheet, result: PageResult) -> list[tuple[Colours, str, str]]:
    """Return the pictures of a page (H, W, 3), with a heading and a key each."""
    pixels = " × ".join(map(str, sheet.size))
    given = np.asarray(in_colour(sheet.image))
    pictures = [(given, "1  As it was given", f"{pixels} pixels")]
    if result.page is not None:
        grey = 255 - np.repeat(result.page.ink.grey[:, :, None], 3, axis=2)
        pictures.append((grey, "2  The digits' ink", "the darker, the surer"))
        ink = _inked(result)
        pictures.append((ink, "3  Ink and rows", _key(result, ink)))
    return pictures


def _scale(shape: Sequence[int], width: float, height: float) -> float:
    """Return how many inches a pixel of a picture has that fits into a space."""
    return min(width / shape[1], height / shape[0])


def _heading(ax: Axes, x: float, y: float, heading: str, key: str) -> None:
    """Write what a picture shows, and below it what its colours mean."""
    style.write(ax, x, y + 0.1, heading, style.INK, 9.5, weight="bold")
    style.write(ax, x, y + 0.28, key, style.QUIET, 8)


def _show(ax: Axes, x: float, y: float, picture: Colours, scale: float) -> None:
    """Draw a picture (H, W, 3) at a place, in a thin frame."""
    h, w = picture.shape[0] * scale, picture.shape[1] * scale
    most = max(1, round(w * DOTS)), max(1, round(h * DOTS))
    if picture.shape[1] > most[0]:
        smaller = Image.fromarray(picture).resize(most, Image.Resampling.BOX)
        picture = np.asarray(smaller)
    ax.imshow(picture, extent=(x, x + w, y + h, y), aspect="auto", zorder=1)
    frame = Rectangle((x, y), w, h, fill=False, color=style.LINE, lw=0.8, zorder=1)
    ax.add_patch(frame)


def _boxes(ax: Axes, x: float, y: float, lines: Sequence[Line], one: float) -> None:
    """Draw a box round each digit, and what it was read as, above it."""
    for digit in (digit for line in lines for digit in line.digits):
        left, top, w, h = (one * side for side in digit.box)
        colour = colour_of(digit.confidence)
        box = Rectangle((x + left, y + top), w, h, fill=False, color=colour, lw=0.9)
        ax.add_patch(box)
        size = min(72 * h * 0.6, LARGEST)  # points
        if size >= READABLE:
            style.write(
                ax, x + left + w / 2, y + top - 0.02, str(digit.digit), colour, size,
                ha="center", va="bottom", weight="bold",
                path_effects=[withStroke(linewidth=2, foreground="white")],
            )  # fmt: skip


def colour_of(confidence: float) -> str:
    """Return the colour of a digit: another one if it is doubtful."""
    return style.BLUE if confidence >= ANNOTATION.doubtful else style.VERMILION


def _inked(result: PageResult) -> Colours:
    """Return the ink in rows dark and other ink pale: (H, W, 3)."""
    assert result.page is not None
    picture = np.full((*result.page.ink.mask.shape, 3), 255, np.uint8)
    picture[result.page.ink.mask] = style.rgb(style.PALE)
    for row in result.rows:
        for fragment in row.evidence.row.found:
            part = picture[
                fragment.top : fragment.bottom, fragment.left : fragment.right
            ]
            part[fragment.mask] = style.rgb(style.INK)
    return picture


def _key(result: PageResult, ink: Colours) -> str:
    """Return what the colours of the ink mean, as far as they occur."""
    assert result.page is not None
    words = ["rows in blue"] if result.rows else []
    if (ink == style.rgb(style.PALE)).all(axis=2).any():
        words.append("other ink grey" if words else "ink grey")
    return ", ".join(words)


def _bands(ax: Axes, x: float, y: float, result: PageResult, scale: float) -> None:
    """Draw a band along each row, with its number where there are several."""
    page = result.page
    assert page is not None
    for number, read in enumerate(result.rows, start=1):
        row = read.evidence.row
        ends, middles = _course(row, page)
        half = row.height / 2
        xs = [x + scale * end for end in ends]
        upper = [y + scale * (middle - half) for middle in middles]
        lower = [y + scale * (middle + half) for middle in middles]
        ax.fill_between(xs, upper, lower, color=style.SKY, alpha=0.3, lw=0, zorder=2)
        ax.plot(xs, [y + scale * middle for middle in middles], color=style.BLUE, lw=1)
        if len(result.rows) > 1:
            style.write(
                ax, xs[0] - 0.03, y + scale * middles[0], str(number), style.BLUE, 7.5,
                ha="right", weight="bold",
                path_effects=[withStroke(linewidth=2, foreground="white")],
            )  # fmt: skip


def _course(row: Row, page: Page) -> tuple[list[float], list[float]]:
    """Return the columns at which a row begins and ends, and its middle at these."""
    box = extent(row.fragments)
    middle = float(np.mean([p.top + p.height / 2 for p in row.fragments]))
    left, right = box.x - row.height / 4, box.right + row.height / 4
    ends = np.array([[left, right], [middle, middle], [1, 1]])
    x, y, _ = np.linalg.inv(page.to_picture) @ row.page.to_picture @ ends  # (3, 2)
    return list(x.clip(0, page.ink.mask.shape[1])), list(y)
