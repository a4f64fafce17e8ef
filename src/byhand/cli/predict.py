"""``byhand predict``: which digit, or class, is in a picture; one or thousands."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, BinaryIO

import typer

from byhand.cli import options, output, progress
from byhand.cli.readings import print_summary

if TYPE_CHECKING:
    from rich.console import Console

    from byhand.cli.predictions import Prediction, Question
    from byhand.model import Model
    from byhand.reading.results_forms import Csv
    from byhand.recognition import Recognition

EXAMPLES = (
    "byhand predict seven.png",
    "byhand predict --model runs/mnist-standard-0/model.safetensors one.jpg two.jpg",
    "byhand predict 'scans/**/*.png' --csv --out answers.csv",
    "byhand predict test.csv --csv",
    "byhand predict --json - < seven.png",
    "byhand predict -- -7.png",
)

FEW = 500  # pictures that plain NumPy answers sooner than kernels are loaded

Files = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE...", help=f"{options.FILES_HELP} One digit in each picture."
    ),
]


def predict(
    files: Files,
    model: options.ModelFile = None,
    plugins: options.Plugins = None,
    json: options.Json = False,
    csv: options.Csv = False,
    out: options.Out = None,
    quiet: options.Quiet = False,
) -> None:
    """Recognise the digit in each picture, with the model's confidence.

    PNG, JPEG, BMP, TIFF, WebP or GIF, and HEIC with the extra heic; of any size, dark
    on light or light on dark. Of a data file (CSV, .npz, .npy, IDX) each row or image
    is answered, labels or not.

    A blank picture is rejected, and so is one that does not look like a digit: the
    answer is none, with the reason and the digit that is likeliest. A picture that
    cannot be opened is an error: the others are still answered, and the exit code is 1.

    With --out each answer is written at once, as a line of JSON, or with --csv as a
    row. A second run with the same file skips what is done there, by the name given,
    and tries again what failed.

    A digit's confidence allows for 3 digits in 100 that are misread in other hands than
    MNIST's, however certain they seem; with --json the network's own probabilities are
    beside it. Of a digit that the picture's edge cuts off there is a warning, and it is
    less sure.
    """
    from byhand.cli.predictions import predictions, questions
    from byhand.model import load
    from byhand.reading.inputs import find_files, without_repeats

    options.load_plugins(plugins)
    options.check_outputs(json, csv, out)
    loaded = load(model)
    console = output.notes(quiet)
    opened = options.open_files(files)
    found = without_repeats(find_files(files)) if out else find_files(files)
    asked = list(questions(found, loaded))
    loaded.compiled = len(asked) > FEW
    if loaded.compiled:
        output.note_compiling(console)
    form = csv_form(loaded) if csv else None
    if out:
        errors = keep_answers(out, asked, loaded, opened, form, console)
    else:
        answered = list(predictions(asked, loaded, (), opened))
        print_answers(answered, json, form)
        print_warnings([] if json else answered, console)
        errors = [found.error for found in answered if found.error]
    for error in errors:
        output.print_error(error)
    if errors:
        raise typer.Exit(1)


def csv_form(model: Model) -> Csv:
    """Return the form of CSV; a column has the name of what the model recognises."""
    from byhand.reading.results_forms import Csv
    from byhand.recognition import kind_of

    answer = (kind_of(model.class_names), "likeliest", "confidence", "reason")
    columns = "file", "image", *answer, "warning", "error"
    return Csv(columns, added=("warning",))


def keep_answers(
    out: Path,
    asked: Sequence[Question],
    model: Model,
    opened: Mapping[str, BinaryIO],
    form: Csv | None,
    console: Console,
) -> list[str]:
    """Write the answers into a file, print what was done, and return the errors."""
    from byhand.cli.predictions import predictions

    names = [question.name for question in asked]
    with options.results_file(out, names, (), form) as kept:
        left = len(names) - len(kept.skipped)
        try:
            with progress.pictures(console, left) as advance:
                for answer in predictions(asked, model, kept.done, opened):
                    kept.add(answer)
                    advance()
        finally:
            print_summary(kept)
    return kept.errors


def print_answers(answers: Sequence[Prediction], json: bool, form: Csv | None) -> None:
    """Print the answers as JSON, as CSV or as a table."""
    if json:
        output.print_json([found.as_dict() for found in answers])
    elif form:
        for part in (form.heading, *map(form.encoded, answers)):
            sys.stdout.write(part.decode(errors="surrogateescape"))
    else:
        _print_table(answers)


def print_warnings(answers: Sequence[Prediction], console: Console) -> None:
    """Print what a user should know of each file, a line each."""
    for found in answers:
        if found.recognition and found.recognition.warning:
            said = f"{found.question.name}: {found.recognition.warning}"
            console.print(output.printable(said))


def _print_table(predictions: Sequence[Prediction]) -> None:
    """Print a row for each file that could be opened."""
    rows = [(p.question.name, p.recognition) for p in predictions if p.recognition]
    if not rows:
        return
    kind = rows[0][1].kind
    reason = ["reason"] if any(found.rejected for _, found in rows) else []
    table = output.table("file", kind, "confidence", *reason, text=["file", "reason"])
    for file, found in rows:
        name, confidence = found.class_name, output.percent(found.confidence)
        cells = (
            (_none(found), "–", found.reason) if name is None else (name, confidence)
        )
        table.add_row(*map(output.printable, (file, *cells)))
    output.answers().print(table)


def _none(found: Recognition) -> str:
    """Return "none", with the likeliest class unless nothing is drawn."""
    return f"none; perhaps {found.likeliest}" if found.likeliest else "none"
