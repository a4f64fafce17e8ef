"""Pictures of what was read, drawn where it was read: copies, and explanations."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from byhand.errors import ByhandError

if TYPE_CHECKING:
    from byhand.reading.many import Also
    from byhand.reading.result import Reading


def drawer(annotate: Path | None, explain: Path | None) -> Also | None:
    """Return what draws a file's reading into these folders; None if there are none.

    Raises:
        MissingExtraError: an explanation is wanted and matplotlib is not installed.
    """
    if explain:
        _explanation()  # before anything is read, for want of a library
    for folder in filter(None, (annotate, explain)):
        folder.mkdir(parents=True, exist_ok=True)
    if not (annotate or explain):
        return None
    return partial(draw, annotate=annotate, explain=explain)


def draw(
    file: str,
    reading: Reading,
    name: str,
    settings: dict[str, Any],
    *,
    annotate: Path | None,
    explain: Path | None,
) -> None:
    """Draw into each folder one picture, NAME.png, of a file and its reading.

    Of a file with several pages, an explanation has one picture a page.

    Raises:
        ByhandError: the picture itself would be overwritten.
    """
    from byhand.files import replacing
    from byhand.reading.annotate import annotated

    if annotate:
        with replacing(_apart(annotate / f"{name}.png", file)) as temporary:
            annotated(file, reading).save(temporary)
    if explain:
        _explanation()(file, _apart(explain / f"{name}.png", file), **settings)


def _apart(path: Path, file: str) -> Path:
    """Return the path; refuse one that is the picture itself."""
    if path.exists() and path.samefile(file):
        raise ByhandError(
            f"{file}: expected another folder to draw into than its own, got"
            f" {path.parent}; try {path.parent / 'seen'}"
        )
    return path


def _explanation() -> Callable[..., Any]:
    """Return the function that draws how a picture was read."""
    from byhand.errors import MissingExtraError

    try:
        drawing = import_module("byhand.plots.explanation")
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"explain: expected {error.name}, found none; try"
            " pip install 'byhand[plots]'"
        ) from error
    found: Callable[..., Any] = drawing.draw_explanation
    return found
