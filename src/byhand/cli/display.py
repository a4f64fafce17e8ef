"""Showing a picture: in a file, in the system's viewer, or drawn in the terminal."""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from byhand.cli import output

if TYPE_CHECKING:
    from matplotlib.figure import Figure
    from rich.console import RenderableType

WIDEST = 100  # columns of a drawing, on a wider terminal or in a file


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
        width = min(shutil.get_terminal_size((WIDEST, 0)).columns, WIDEST)
        output.answers().print(drawing(width), width=width)


def has_viewer() -> bool:
    """Return whether stdout is a terminal in a graphical session."""
    if not sys.stdout.isatty() or "SSH_CONNECTION" in os.environ:
        return False
    if sys.platform in ("win32", "darwin"):
        return True
    session = os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    return bool(session) and shutil.which("xdg-open") is not None


def titled(title: str, left: RenderableType, right: RenderableType) -> RenderableType:
    """Return two drawings side by side below a line of text."""
    from rich.console import Group
    from rich.table import Table
    from rich.text import Text

    row = Table.grid(padding=(0, 2))
    row.add_row(left, right)
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
