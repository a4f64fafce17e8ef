"""The command line: parse, one library call, print. Nothing else in byhand prints.

Only Typer is imported here. Each command imports what it uses when it runs, so that
``byhand --help`` and the shell's completion answer at once.
"""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import typer

from byhand.cli import (
    compare,
    data,
    evaluate,
    export,
    gradcheck,
    output,
    predict,
    read,
    recipes,
    show,
    train,
)
from byhand.cli.options import add, help_page
from byhand.errors import ByhandError

ABOUT = "Recognise handwritten digits, by code written by hand."
EXAMPLES = (
    "byhand train",
    "byhand predict seven.png",
    "byhand read form.jpg",
    "byhand show mistakes",
    "byhand data list",
)

app = typer.Typer(
    help=help_page(ABOUT, *EXAMPLES),
    no_args_is_help=True,
    rich_markup_mode="rich",
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
add(app, train.train, train.EXAMPLES)
add(app, recipes.recipes, recipes.EXAMPLES)
add(app, evaluate.evaluate, evaluate.EXAMPLES)
add(app, compare.compare, compare.EXAMPLES)
add(app, predict.predict, predict.EXAMPLES)
add(app, read.read, read.EXAMPLES)
app.add_typer(show.app, name="show")
add(app, gradcheck.gradcheck, gradcheck.EXAMPLES)
app.add_typer(data.app, name="data")
add(app, export.export, export.EXAMPLES)


def _show_version(given: bool) -> None:
    if given:
        from byhand import __version__

        print(f"byhand {__version__}")
        raise typer.Exit


@app.callback()
def root(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_show_version,
            is_eager=True,
            help="Show the version and exit.",
        ),
    ] = False,
) -> None:
    """Take the options before any command."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return the exit code.

    0 done; 1 failed, with one line saying why; 2 wrong usage; 130 ended by Ctrl-C.
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # "×" on a terminal that has none
    try:
        code = _run(argv)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has read enough, as head does: no message. At its end, Python
        # writes the rest again; here it goes nowhere.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return code


def _run(argv: Sequence[str] | None) -> int:
    """Run the app; print an error in one line, and return the exit code."""
    try:
        app(argv, prog_name="byhand")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 0
    except ByhandError as error:
        output.print_error(error)
    except OSError as error:
        what = f"{error.filename}: " if error.filename else ""
        output.print_error(f"{what}{error.strerror or error}")
    return 1
