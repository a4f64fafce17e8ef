"""Pictures of what was read, drawn where it was read: copies, and explanations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from byhand.errors import ByhandError, MissingExtraError
from byhand.files import clear_leftovers, replacing

if TYPE_CHECKING:
    from PIL.Image import Image

    from byhand.reading.result import Reading
    from byhand.reading.tasks import AfterRead


def drawer(annotate: Path | None, explain: Path | None) -> AfterRead | None:
    """Return what draws the reading of a file into these folders; None without any.

    What is returned can be pickled, so that other processes draw too.

    Raises:
        MissingExtraError: `explain` is given and matplotlib is not installed.
    """
    if explain:
        _draw_explanation()  # before anything is read: the library may be missing
    # absolute, as another process may have another working folder
    annotate, explain = (path and path.absolute() for path in (annotate, explain))
    for folder in filter(None, (annotate, explain)):
        folder.mkdir(parents=True, exist_ok=True)
        clear_leftovers(folder)
    if not (annotate or explain):
        return None
    return partial(draw, annotate=annotate, explain=explain)


def draw(
    file: str | BinaryIO,
    reading: Reading,
    name: str,
    settings: dict[str, Any],
    *,
    annotate: Path | None,
    explain: Path | None,
) -> None:
    """Draw one picture, NAME.png, of a file and its reading into each folder.

    Of a file with several pages, there is an explanation of each page.

    Raises:
        ByhandError: the picture itself would be overwritten.
    """
    if annotate:
        with replacing(_not_itself(annotate / f"{name}.png", file)) as temporary:
            _copy(file, reading).save(temporary)
    if explain:
        path = _not_itself(explain / f"{name}.png", file)
        _draw_explanation()(file, path, **settings)


def _copy(file: str | BinaryIO, reading: Reading) -> Image:
    """Return a copy of a picture with what was read drawn on it."""
    from byhand.forms.drawn import annotated_forms
    from byhand.forms.pages import FormsReading
    from byhand.reading.annotate import annotated

    if isinstance(reading, FormsReading):
        return annotated_forms(file, reading)
    return annotated(file, reading)


def _not_itself(path: Path, file: str | BinaryIO) -> Path:
    """Return the path; raise if it is the picture that is read."""
    if isinstance(file, str) and path.exists() and path.samefile(file):
        raise ByhandError(
            f"{file}: expected another folder to draw into than its own, got"
            f" {path.parent}; try {path.parent / 'seen'}"
        )
    return path


def _draw_explanation() -> Callable[..., Any]:
    """Return the function that draws how a picture was read; it needs matplotlib."""
    try:
        module = import_module("byhand.plots.explanation")
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"explain: expected {error.name}, found none; try"
            " pip install 'byhand[plots]'"
        ) from error
    function: Callable[..., Any] = module.draw_explanation
    return function
