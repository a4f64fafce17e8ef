"""``byhand predict``: which digit, or class, is in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import options, output

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from byhand.model import Model

DIGITS = tuple("0123456789")
EXAMPLES = (
    "byhand predict seven.png",
    "byhand predict --model runs/mlp-0/model.safetensors one.jpg two.jpg",
    "byhand predict --json seven.png",
    "byhand predict -- -7.png",
)


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found in a file: probabilities (K,), or why there are none."""

    file: Path
    probabilities: NDArray[Any] | None
    error: str = ""


def predict(
    files: Annotated[
        list[Path], typer.Argument(metavar="FILE", help="Pictures, one digit each.")
    ],
    model: options.ModelFile = None,
    json: options.Json = False,
    quiet: options.Quiet = False,
) -> None:
    """Say which digit is in each picture, and how sure the model is.

    PNG, JPEG, BMP, TIFF, WebP or GIF, of any size; dark on light or light on dark. A
    picture that cannot be read is complained of, the others are answered all the
    same, and the exit code is 1.
    """
    from byhand.model import load

    loaded = load(model)
    answers = [answer(loaded, file) for file in files]
    if json:
        output.print_json([as_json(found, loaded.class_names) for found in answers])
    else:
        _print_answers(answers, loaded.class_names)
    failed = [found.error for found in answers if found.error]
    for error in failed:
        output.complain(error)
    if failed:
        raise typer.Exit(1)


def answer(model: Model, file: Path) -> Answer:
    """Return what the model sees in a file, or what is wrong with it."""
    from byhand.errors import PictureError
    from byhand.image.prepare import prepare

    try:
        image = prepare(file, size=model.image_shape)
    except PictureError as error:
        return Answer(file, None, str(error))
    if not image.any():
        what = kind(model.class_names)
        return Answer(file, None, f"{file}: expected a {what}, found nothing drawn")
    return Answer(file, model.predict_proba(image[None])[0])


def kind(class_names: tuple[str, ...]) -> str:
    """Return what a model tells apart: "digit" if these are the ten, else "class"."""
    return "digit" if class_names == DIGITS else "class"


def as_json(found: Answer, class_names: tuple[str, ...]) -> dict[str, Any]:
    """Return one answer; a model of the ten digits answers with whole numbers."""
    if found.probabilities is None:
        return {"file": found.file, "error": found.error}
    number, what = int(found.probabilities.argmax()), kind(class_names)
    return {
        "file": found.file,
        what: number if what == "digit" else class_names[number],
        "confidence": found.probabilities[number],
        "probabilities": found.probabilities,
    }


def _print_answers(answers: list[Answer], class_names: tuple[str, ...]) -> None:
    """Print a table of the files that could be read."""
    rows = output.table("file", kind(class_names), "confidence", text=["file"])
    for found in answers:
        if found.probabilities is None:
            continue
        number = int(found.probabilities.argmax())
        rows.add_row(
            output.printable(str(found.file)),
            output.printable(class_names[number]),
            output.percent(found.probabilities[number]),
        )
    if rows.row_count:
        output.answers().print(rows)
