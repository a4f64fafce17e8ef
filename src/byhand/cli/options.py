"""The options that several commands share, and what the shell completes them with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from inspect import cleandoc
from typing import Annotated, Any

import typer


def recipe_names(incomplete: str) -> list[str]:
    """Return the recipes whose names begin with this text."""
    from byhand.training.recipes import RECIPES

    return [name for name in RECIPES if name.startswith(incomplete)]


def data_names(incomplete: str) -> list[str]:
    """Return the data sets whose names begin with this; the shell completes folders."""
    from byhand.data.datasets import known

    return [name for name in known() if name.startswith(incomplete)]


def add(
    app: typer.Typer,
    command: Callable[..., None],
    examples: Sequence[str],
    name: str | None = None,
) -> None:
    """Add a command to an app, its docstring and examples as its help."""
    app.command(name, help=help_page(command.__doc__, *examples))(command)


def help_page(about: str | None, *examples: str) -> str:
    """Return a command's help: its docstring, then command lines to try.

    Typer keeps line ends except in the first paragraph. Here the lines of a paragraph
    are joined, so that it fills the width of the terminal; the examples are kept.
    """
    paragraphs = cleandoc(about or "").split("\n\n")
    filled = [" ".join(paragraph.split()) for paragraph in paragraphs]
    lines = ["Examples:", *examples]
    return "\n\n".join([*filled, "\n".join(lines)])


Json = Annotated[bool, typer.Option("--json", help="Print the answer as JSON.")]
Quiet = Annotated[
    bool,
    typer.Option("--quiet", "-q", help="Print the answer only: no progress, no hints."),
]
MODEL_HELP = "A model's file, or the word shipped for the model in the package."
ModelArgument = Annotated[
    str | None,
    typer.Argument(
        metavar="MODEL",
        help=MODEL_HELP,
        show_default="shipped",
    ),
]
ModelFile = Annotated[
    str | None,
    typer.Option(
        "--model",
        metavar="FILE",
        help=MODEL_HELP,
        show_default="shipped",
    ),
]
_DATA_HELP = "A data set: its name (see 'byhand data list') or its folder."


def _data(default: str) -> Any:
    """Return the option --data; the default is only shown, not set."""
    return typer.Option(
        "--data",
        metavar="NAME|FOLDER",
        help=_DATA_HELP,
        autocompletion=data_names,
        show_default=default,
    )


Data = Annotated[
    str,
    typer.Option(metavar="NAME|FOLDER", help=_DATA_HELP, autocompletion=data_names),
]
Prepare = Annotated[
    bool,
    typer.Option(
        "--prepare",
        help="Bring each picture of the data to the network's square, as predict does:"
        " of any size, dark ink or bright.",
    ),
]
FirstLabel = Annotated[
    int,
    typer.Option(
        "--first-label",
        min=0,
        metavar="N",
        help="The number of the first class, where labels do not count from 0.",
    ),
]
LabelColumn = Annotated[
    str | None,
    typer.Option(
        "--label-column",
        metavar="NAME|NUMBER",
        help="Which column of a table has the labels, counted from 0; -1 is the last.",
        show_default="found by name or content",
    ),
]
ModelData = Annotated[str | None, _data("what the model was trained on")]
PairData = Annotated[str | None, _data("what A was trained on")]
RunData = Annotated[str | None, _data("mnist")]
