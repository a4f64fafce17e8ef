"""``byhand predict``: which digit, or class, is in a picture."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NamedTuple

import typer

from byhand.cli import options, output

if TYPE_CHECKING:
    from byhand.model import Model
    from byhand.recognition import Recognition

EXAMPLES = (
    "byhand predict seven.png",
    "byhand predict --model runs/mnist-standard-0/model.safetensors one.jpg two.jpg",
    "byhand predict --json seven.png",
    "byhand predict -- -7.png",
)


class Prediction(NamedTuple):
    """What was recognised in a file, or the error if it could not be opened."""

    file: Path
    recognition: Recognition | None
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return it as --json prints it."""
        if self.recognition is None:
            return {"file": self.file, "error": self.error}
        return {"file": self.file, **self.recognition.as_dict()}


def predict(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Pictures, one digit each.")
    ],
    model: options.ModelFile = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Recognise the digit in each picture, with the model's confidence.

    PNG, JPEG, BMP, TIFF, WebP or GIF, and HEIC with the extra heic; of any size, dark
    on light or light on dark.

    A blank picture is rejected, and so is one that does not look like a digit: the
    answer is none, with the reason. A picture that cannot be opened is an error: the
    others are still answered, and the exit code is 1.
    """
    from byhand.model import load

    loaded = load(model)
    output.note_compiling(output.notes(quiet))
    predictions = [prediction(file, loaded) for file in files]
    if json:
        output.print_json([found.as_dict() for found in predictions])
    else:
        _print_table(predictions)
    errors = [found.error for found in predictions if found.error]
    for error in errors:
        output.print_error(error)
    if errors:
        raise typer.Exit(1)


def prediction(file: Path, model: Model) -> Prediction:
    """Return what the model recognises in a file, or why it cannot be opened."""
    from byhand.errors import PictureError
    from byhand.recognition import recognise

    try:
        return Prediction(file, recognise(file, model))
    except PictureError as error:
        return Prediction(file, None, str(error))


def _print_table(predictions: Sequence[Prediction]) -> None:
    """Print a row for each file that could be opened."""
    rows = [(p.file, p.recognition) for p in predictions if p.recognition]
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
        table.add_row(*map(output.printable, (str(file), *cells)))
    output.answers().print(table)


def _none(found: Recognition) -> str:
    """Return "none", with the likeliest class unless nothing is drawn."""
    return f"none; perhaps {found.likeliest}" if found.likeliest else "none"
