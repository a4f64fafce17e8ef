"""How a page was read, step by step, on one picture with words.

All is placed in inches: x to the right and y down from a figure's upper left corner.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from byhand.ink.pyramid import PYRAMID
from byhand.model import Model, load
from byhand.pictures.convert import Picture
from byhand.pictures.sheets import Sheet, open_sheets
from byhand.plots import explained_page, explained_row, style
from byhand.plots.style import Axes, Figure
from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.explain import describe_page, describe_row
from byhand.reading.line_reader import RowResult
from byhand.reading.page_reader import PageResult, read_page
from byhand.reading.reader import reader_for
from byhand.words import counted

WIDTH, MARGIN = 11.0, 0.3  # inches
PICTURES = 6.7  # of a row's pictures; its words stand beside them
MIDDLE = 0.35  # between these
ROWS = 12  # more are not drawn
SENTENCES = 9  # of one row; more are not written
LETTER, BOLD = 0.0088, 0.0098  # inches a digit is wide for each point of its size
LINE = 0.17  # of text
TOGETHER = r" (?=%)|(?<=\ba) (?=\d)|(?<=\ban) (?=\d)"  # spaces at which no line ends


def draw_explanation(
    picture: Picture,
    path: str | Path,
    *,
    model: Model | None = None,
    lines: int | None = None,
    min_confidence: float = 0.0,
    **known: Any,
) -> list[Path]:
    """Draw how each page of a picture is read; return the files written.

    Args:
        picture: a path, a Pillow image or an array, as `byhand.read` takes it.
        path: a name for the file; that of page 2 of several ends in "-page-2".
        model: as `byhand.read` takes it, like all that follows.
        lines: see byhand.read.
        min_confidence: see byhand.read.
        known: digits, pattern, whitelist and checksum: see byhand.read.

    Raises:
        PictureError: the picture cannot be opened, or is none.
        ByhandError: a file cannot be written, or not in the form its name asks for.
    """
    path, reader = Path(path), reader_for(model or load())
    constraint = Constraint.of(**known)
    sheets = open_sheets(picture, PYRAMID.longest)
    name = Path(picture).name if isinstance(picture, str | Path) else "The picture"
    written = []
    for number, sheet in enumerate(sheets, start=1):
        to, title = path, name
        if len(sheets) > 1:
            to = path.with_name(f"{path.stem}-page-{number}{path.suffix}")
            title = f"{name}, page {number}"
        result = read_page(sheet, reader, lines, constraint)
        figure = explained(sheet, result, title, constraint, min_confidence)
        written.append(style.save(figure, to))
    return written


def explained(
    sheet: Sheet,
    result: PageResult,
    name: str,
    constraint: Constraint = ANYTHING,
    min_confidence: float = 0.0,
) -> Figure:
    """Return a page as given, as even paper, as ink; each row's fragments and images.

    Args:
        sheet: the page.
        result: the page as it was read.
        name: of the page, for the title.
        constraint: as it was read with.
        min_confidence: rows less sure than this are not in the answer.
    """
    figure = Figure((WIDTH, 1), dpi=150, facecolor="white")
    ax = figure.add_axes((0, 0, 1, 1))
    ax.set_axis_off()
    y = _title(ax, f"{name}: {_summary(result)}")
    said = describe_page(result, constraint)
    y = _write_all(ax, MARGIN, y, WIDTH - 2 * MARGIN, said)
    y = explained_page.draw(ax, MARGIN, y + 0.1, WIDTH - 2 * MARGIN, sheet, result)
    y = _rows(ax, y, result, min_confidence) + MARGIN / 2
    figure.set_size_inches(WIDTH, y)  # the paper is cut off below what is on it
    ax.set(xlim=(0, WIDTH), ylim=(y, 0))
    return figure


def _rows(ax: Axes, y: float, result: PageResult, min_confidence: float) -> float:
    """Draw a page's rows, each with its words; return where they end."""
    if result.rows:
        y = _key(ax, y)
    for number, row in enumerate(result.rows[:ROWS], start=1):
        title = f"Row {number}" if len(result.rows) > 1 else "The row"
        if row.line:
            title = f"{title}: {row.line.text}"
        y = _row(ax, y, title, row, describe_row(row, min_confidence))
    if len(result.rows) > ROWS:
        text = f"Only the first {ROWS} of {len(result.rows)} rows are drawn."
        y = _write_all(ax, MARGIN, y, WIDTH, [text])
    return y


def _summary(result: PageResult) -> str:
    """Return what was read, in a few words."""
    lines = result.lines
    if not lines:
        return "no digits found"
    if len(lines) == 1:
        return f"{lines[0].text}, {style.percent(lines[0].confidence)} sure"
    digits = sum(len(line.digits) for line in lines)
    return f"{counted(digits, 'digit')} in {counted(len(lines), 'row')}"


def _title(ax: Axes, title: str) -> float:
    """Write the title, smaller if it is long; return where it ends."""
    known = (c if c.isprintable() and ord(c) < 0x530 else "?" for c in title)
    size = min(14.0, (WIDTH - 2 * MARGIN) / (len(title) * BOLD))
    text = "".join(known)
    how = {"weight": "bold", "parse_math": False}
    style.write(ax, MARGIN, 0.32, text, style.INK, size, **how)
    return 0.55


def _key(ax: Axes, y: float) -> float:
    """Write what is drawn of each row, and in which colours; return where it ends."""
    heads = (
        ("4  Fragments and cuts", "connected ink, cut up: fragments in two blues by"
         " turns, grey if rejected; cuts tried dotted, cuts made red"),
        ("5  What the network saw", "each image with what it was read as, and how sure"
         " that is; below it what else it may be; red: less than 90 %"),
    )  # fmt: skip
    for heading, key in heads:
        style.write(ax, MARGIN, y + 0.1, heading, style.INK, 9.5, weight="bold")
        style.write(ax, MARGIN + 2.15, y + 0.1, key, style.QUIET, 8)
        y += 0.2
    return y + 0.1


def _row(
    ax: Axes,
    y: float,
    title: str,
    row: RowResult,
    sentences: Sequence[str],
) -> float:
    """Draw a row with its words beside it; return where it ends."""
    ax.plot([MARGIN, WIDTH - MARGIN], [y, y], color=style.LINE, lw=0.8)
    size = min(10, PICTURES / (len(title) * BOLD))
    style.write(ax, MARGIN, y + 0.18, title, style.INK, size, weight="bold")
    top = y + 0.38
    beside = MARGIN + PICTURES + MIDDLE
    if len(sentences) > SENTENCES:
        left = len(sentences) - SENTENCES + 1
        sentences = [*sentences[: SENTENCES - 1], f"And {left} things more."]
    words = _write_all(ax, beside, y + 0.1, WIDTH - MARGIN - beside, sentences)
    pictures = explained_row.draw(ax, MARGIN, top, PICTURES, row)
    return max(words, pictures) + 0.15


def _write_all(
    ax: Axes, x: float, y: float, width: float, sentences: Sequence[str]
) -> float:
    """Write sentences below each other, in lines of a width; return where they end."""
    size = 8.5
    for sentence in sentences:
        style.write(ax, x, y + LINE / 2, "•", style.QUIET, size)
        kept = re.sub(TOGETHER, "\u00a0", sentence)
        for line in textwrap.wrap(kept, int((width - 0.12) / (size * LETTER))):
            style.write(ax, x + 0.12, y + LINE / 2, line, style.INK, size)
            y += LINE
        y += 0.04
    return y
