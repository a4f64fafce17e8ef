"""Printing: answers to stdout, progress and errors to stderr.

Rich already respects NO_COLOR and writes no colour into a pipe. Here lines are kept
unbroken, and JSON strict.
"""

from __future__ import annotations

import math
import sys
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from byhand.words import shortened

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import Console
    from rich.table import Table

# Columns: no line is broken and no cell is cut; a narrower terminal wraps the line
# itself, and another program gets all of it.
ENDLESS = 10_000
LONGEST = 385  # characters of an error, without the words before it
_AS_IS: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}


def answers() -> Console:
    """Return the console of the answers, stdout."""
    from rich.console import Console

    return Console(width=ENDLESS, soft_wrap=True, **_AS_IS)


def notes(quiet: bool = False) -> Console:
    """Return the console of progress and hints, stderr; silent when quiet."""
    from rich.console import Console

    return Console(stderr=True, quiet=quiet, soft_wrap=True, **_AS_IS)


def note_compiling(console: Console) -> None:
    """On the first run on a machine, print why it takes longer."""
    from byhand.kernels.cache import compiled_before, compiled_wanted

    if compiled_wanted() and not compiled_before():
        console.print("compiling the kernels: some seconds, this first time only")


def note_older_kernels(console: Console) -> None:
    """Print a line if the environment makes matrix products slower."""
    from byhand.nn.blas import older_kernels

    if line := older_kernels():
        console.print(printable(line))


def note_pictures(console: Console, paths: Iterable[Path]) -> None:
    """Print the path of each picture that was saved."""
    for path in paths:
        console.print(f"picture  {printable(str(path))}")


def print_error(message: object) -> None:
    """Print an error in one line to stderr, also with --quiet.

    Of a very long one, as of a file with a very long path, the middle is left out.
    """
    line = shortened(printable(str(message)), LONGEST)
    with suppress(OSError, ValueError):  # stderr is closed, or on a full disk
        print(f"byhand: error: {line}", file=sys.stderr)


@contextmanager
def warnings_in_a_line() -> Iterator[None]:
    """Show warnings of the library as one line each, without a place in its source."""

    def line(message: Warning | str, *_: object, **__: object) -> str:
        return f"byhand: warning: {shortened(printable(str(message)), LONGEST)}\n"

    before = warnings.formatwarning
    warnings.formatwarning = line
    try:
        yield
    finally:
        warnings.formatwarning = before


def printable(text: str) -> str:
    r"""Return the text with control characters and stray bytes written as \x1b.

    The name of a file may hold any of them, and could control the terminal.
    """
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode()


def table(*columns: str, text: Iterable[str] = ()) -> Table:
    """Return an empty table; the columns named in text are aligned left."""
    from rich.table import Table

    left = set(text)
    empty = Table(box=None, pad_edge=False, header_style="bold")
    for column in columns:
        empty.add_column(
            column, justify="left" if column in left else "right", no_wrap=True
        )
    return empty


def percent(fraction: float, digits: int = 2) -> str:
    """Return a fraction as "98.21 %", or "–" for nan."""
    return "–" if math.isnan(fraction) else f"{100 * fraction:.{digits}f} %"


def interval(ends: tuple[float, float]) -> str:
    """Return a 95 % interval of fractions as "95 % interval 97.93 to 98.45 %"."""
    return f"95 % interval {percent_range(ends)}"


def percent_range(ends: tuple[float, float]) -> str:
    """Return two fractions as "97.93 to 98.45 %"."""
    low, high = ends
    return f"{100 * low:.2f} to {100 * high:.2f} %"


def print_json(value: object) -> None:
    """Print the value as JSON; nan and infinity, which JSON has not, become null."""
    import json

    from byhand.json_values import json_value

    print(json.dumps(json_value(value), allow_nan=False, indent=2))
