"""Where words go: answers to stdout, progress and complaints to stderr.

Rich already respects NO_COLOR and writes no colour into a pipe; what is added here
keeps lines whole and JSON strict.
"""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

# Columns: no line is broken and no cell is cut; a terminal that is narrower wraps the
# line itself, and another program gets it whole.
ENDLESS = 10_000
_AS_IS: dict[str, Any] = {"highlight": False, "markup": False, "emoji": False}


def answers() -> Console:
    """Return the console of the answers, stdout."""
    from rich.console import Console

    return Console(width=ENDLESS, soft_wrap=True, **_AS_IS)


def notes(quiet: bool = False) -> Console:
    """Return the console of progress and advice, stderr; silent when quiet."""
    from rich.console import Console

    return Console(stderr=True, quiet=quiet, soft_wrap=True, **_AS_IS)


def note_compiling(console: Console) -> None:
    """Say why the first run on a machine takes longer, if this is it."""
    from byhand.kernels.cache import compiled_before, compiled_wanted

    if compiled_wanted() and not compiled_before():
        console.print("compiling the kernels: some seconds, this first time only")


def print_error(message: object) -> None:
    """Print one line of complaint to stderr, whatever --quiet says."""
    print(f"byhand: error: {printable(str(message))}", file=sys.stderr)


def printable(text: str) -> str:
    r"""Return the text with control characters and stray bytes written as \x1b.

    A file's name may hold any of them, and could repaint the terminal.
    """
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def _escaped(character: str) -> str:
    return character.encode("unicode_escape", "surrogatepass").decode()


def table(*columns: str, text: Iterable[str] = ()) -> Table:
    """Return an empty table; the columns named in text are set to the left."""
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
    low, high = ends
    return f"95 % interval {100 * low:.2f} to {100 * high:.2f} %"


def print_json(value: object) -> None:
    """Print the value as JSON; nan and infinity, which JSON has not, become null."""
    print(json.dumps(plain(value), allow_nan=False, indent=2))


def plain(value: Any) -> Any:
    """Return the value in dicts, lists, strings, numbers and None."""
    if hasattr(value, "tolist"):  # an array, or one number out of it
        value = value.tolist()
    if isinstance(value, Mapping):
        return {str(key): plain(item) for key, item in value.items()}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if value is None or isinstance(value, str | int | float):
        return value
    return str(value)  # a path
