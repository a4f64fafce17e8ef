"""The options that several commands share, and what the shell completes them with."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, BinaryIO

import typer

if TYPE_CHECKING:
    from byhand.reading.results_file import ResultsFile
    from byhand.reading.results_forms import Form
    from byhand.reading.tasks import FileResult


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


def load_plugins(paths: Sequence[Path] | None) -> None:
    """Run the plug-ins that were given, before anything asks for their parts."""
    if paths:
        from byhand.plugins import load_plugin

        for path in paths:
            load_plugin(path)


def plugin_words() -> list[str]:
    """Return the words that name the plug-ins of this command, for another command."""
    if "byhand.plugins" not in sys.modules:
        return []
    from byhand.plugins import LOADED

    return [word for p in LOADED.values() for word in ("--plugin", str(p.path))]


def plugin_fault(error: Exception) -> Exception | None:
    """Return in a line where a plug-in's code failed; None if none did."""
    if "byhand.plugins" not in sys.modules:
        return None
    from byhand.plugins import fault

    return fault(error)


def check_outputs(json: bool, csv: bool, out: Path | None) -> None:
    """Refuse forms of output that exclude each other."""
    outputs = {"--json": json, "--csv": csv and not out, "--out": out}
    given = [name for name, value in outputs.items() if value]
    if len(given) > 1:
        raise typer.BadParameter(f"{' and '.join(given)} exclude each other; give one")


def open_files(names: Sequence[str]) -> dict[str, BinaryIO]:
    """Return what is on standard input, by its name, if - is among the names."""
    from byhand.reading.inputs import STDIN, read_stdin

    return {STDIN: read_stdin()} if STDIN in names else {}


def results_file(
    out: Path,
    found: Sequence[str | FileResult],
    names: Sequence[str],
    form: Form | None,
) -> ResultsFile:
    """Return the file of results of a run.

    Args:
        out: its path.
        found: the files, and errors that stand for files.
        names: the names as given, which errors have.
        form: how results are written; as lines of JSON unless given.
    """
    from byhand.reading.results_file import ResultsFile

    files = [file if isinstance(file, str) else file.file for file in found]
    return ResultsFile(out, [*files, *names], form)


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
FILES_HELP = (
    "Pictures, folders of pictures, patterns such as *.png; - is standard input."
)
Csv = Annotated[
    bool, typer.Option("--csv", help="Print CSV; with --out, write it to the file.")
]
Out = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE", help="Add results to this file; skip what is done there."
    ),
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
Plugins = Annotated[
    list[Path] | None,
    typer.Option(
        "--plugin",
        metavar="FILE",
        help="A Python file with layers, optimisers or augmentations of your own; it is"
        " run. May be given several times.",
    ),
]
From = Annotated[
    str | None,
    typer.Option(
        "--from",
        metavar="MODEL",
        help="Train this model further: a file, or the word shipped.",
    ),
]
ModelData = Annotated[str | None, _data("what the model was trained on")]
PairData = Annotated[str | None, _data("what A was trained on")]
RunData = Annotated[str | None, _data("mnist")]
