"""``byhand predict``: which digit, or class, is in a picture."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from byhand.cli import options, output

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from byhand.model import Model

DIGITS = tuple("0123456789")
EXAMPLES = (
    "byhand predict seven.png",
    "byhand predict --model runs/standard-0/model.safetensors one.jpg two.jpg",
    "byhand predict --json seven.png",
    "byhand predict -- -7.png",
)


@dataclass(frozen=True, eq=False)
class Answer:
    """What was found in a file: probabilities (K,), or why there are none.

    A reason says why it is none of the classes, whatever their probabilities.
    """

    file: Path
    probabilities: NDArray[Any] | None
    reason: str = ""
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

    PNG, JPEG, BMP, TIFF, WebP or GIF, of any size; dark on light or light on dark.

    Where nothing is drawn, or what a calibrated model takes for no digit, the answer is
    none, with the reason. A picture that cannot be read is complained of, the others
    are answered all the same, and the exit code is 1.
    """
    from byhand.model import load

    loaded = load(model)
    output.tell_of_compiling(output.notes(quiet))
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
    from byhand.ink.prepare import prepare

    try:
        image = prepare(file, size=model.image_shape)
    except PictureError as error:
        return Answer(file, None, error=str(error))
    probabilities = model.predict_proba(image[None])[0]  # (1, H, W) -> (K,)
    return Answer(file, probabilities, refusal(model, image))


def refusal(model: Model, image: NDArray[np.uint8]) -> str:
    """Return why an image (H, W) shows none of the classes; "" if it may show one."""
    if not image.any():
        return "nothing drawn"
    # the threshold was fitted on digits; of other classes it has not been tried
    if kind(model.class_names) == "digit" and not model.is_digit(image[None])[0]:
        return "does not look like a digit"
    return ""


def kind(class_names: tuple[str, ...]) -> str:
    """Return what a model tells apart: "digit" if these are the ten, else "class"."""
    return "digit" if class_names == DIGITS else "class"


def as_json(found: Answer, class_names: tuple[str, ...]) -> dict[str, Any]:
    """Return one answer; a model of the ten digits answers with whole numbers.

    For a picture of none of the classes that is None, followed by the reason.
    """
    if found.probabilities is None:
        return {"file": found.file, "error": found.error}
    number, what = int(found.probabilities.argmax()), kind(class_names)
    read = number if what == "digit" else class_names[number]
    reason = {"reason": found.reason} if found.reason else {}
    return {
        "file": found.file,
        what: None if reason else read,
        **reason,
        "confidence": found.probabilities[number],
        "probabilities": found.probabilities,
    }


def _print_answers(answers: list[Answer], class_names: tuple[str, ...]) -> None:
    """Print a table of the files that could be read."""
    why = ["reason"] if any(found.reason for found in answers) else []
    columns = ("file", kind(class_names), "confidence", *why)
    rows = output.table(*columns, text=["file", "reason"])
    for found in answers:
        if found.probabilities is None:
            continue
        file, number = str(found.file), int(found.probabilities.argmax())
        read, sure = class_names[number], output.percent(found.probabilities[number])
        cells = ("none", "–", found.reason) if found.reason else (read, sure)
        rows.add_row(*map(output.printable, (file, *cells)))
    if rows.row_count:
        output.answers().print(rows)
