"""Showing a picture: in a file, in the system's viewer, or drawn in the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from byhand.cli import output

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

    from byhand.types import Array, Grey

WIDEST = 200  # columns of a drawing on a wider terminal
USUAL = 100  # columns of a drawing in a file
FEWEST_FOR_BARS = 20  # characters beside an image; with fewer the bars go below it


def show(
    figure: Callable[[], Figure],
    drawing: Callable[[int], RenderableType],
    out: Path | None,
) -> None:
    """Save the figure, or open it in a viewer, or else print the drawing.

    Args:
        figure: makes the picture; called only if it is saved or opened.
        drawing: draws the same in characters, for a console of a number of columns.
        out: where to save; None to show it.
    """
    if out:
        from byhand import plots

        plots.save(figure(), out)
        output.answers().print(output.printable(str(out)))
    elif not (has_viewer() and _opened(figure)):
        width = min(columns(USUAL), WIDEST)
        output.answers().print(drawing(width), width=width, soft_wrap=False)


def columns(otherwise: int) -> int:
    """Return the terminal's columns, or what COLUMNS says; else another number."""
    if sys.stdout.isatty() or os.environ.get("COLUMNS"):
        return shutil.get_terminal_size((otherwise, 0)).columns
    return otherwise


def check(out: Path | None) -> None:
    """Raise the error of a picture that cannot be saved, before anything is computed.

    Raises:
        MissingExtraError: there is no matplotlib.
        ByhandError: the name has another ending than a picture's.
    """
    if out:
        from byhand.plots import style

        style.check_suffix(out)


def has_viewer() -> bool:
    """Return whether stdout is a terminal in a graphical session."""
    if not sys.stdout.isatty() or "SSH_CONNECTION" in os.environ:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    session = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(session) and shutil.which("xdg-open") is not None


def with_bars(
    title: str, image: Grey, probabilities: Array, names: Sequence[str], width: int
) -> RenderableType:
    """Return an image and a bar for each class's probability, below a line of text.

    They are side by side where there is room.
    """
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    from byhand import terminal

    heading = Text("probability of each class")
    room = terminal.bars_width(names, width - image.shape[1] - 2)
    if room < FEWEST_FOR_BARS:
        bars = terminal.bars(probabilities, names, terminal.bars_width(names, width))
        return Group(Text(title), terminal.image(image, width), heading, bars)
    row = Table.grid(padding=(0, 2))
    bars = terminal.bars(probabilities, names, room)
    row.add_row(terminal.image(image, width), Group(heading, bars))
    return Group(Text(title), row)


def _opened(figure: Callable[[], Figure]) -> bool:
    """Open the figure in the system's viewer; False where there is no matplotlib."""
    from byhand.errors import MissingExtraError

    try:
        from byhand import plots
    except MissingExtraError:
        return False
    # The file stays: the viewer may read it after this program has ended.
    folder = Path(tempfile.mkdtemp(prefix="byhand-"))
    picture = plots.save(figure(), folder / "picture.png")
    output.notes().print(f"opening {picture}")
    return typer.launch(str(picture)) == 0
