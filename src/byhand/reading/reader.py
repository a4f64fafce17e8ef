"""Reading a picture: the page, its rows, the pieces of each, the best way through."""

from __future__ import annotations

from byhand.image.picture import Picture
from byhand.model import Model
from byhand.reading.answer import Reading


def read(
    picture: Picture,
    *,
    model: Model | None = None,
    lines: int | None = None,
    whitelist: str = "0123456789",
    min_confidence: float = 0.0,
) -> Reading:
    """Read the digits in a picture of handwriting.

    Args:
        picture: a path, a Pillow image, or an array, as `byhand.prepare` takes; of a
            file with several pages (TIFF, and PDF with the extra `pdf`), all are read.
        model: who recognises single digits; the one in the package unless given.
        lines: how many rows of digits there are on a page, if that is known.
        whitelist: the digits that can occur.
        min_confidence: lines less likely to be right are left out, with a warning.

    Raises:
        PictureError: the picture cannot be opened, or is none.
        ReadError: settings that make no sense.
    """
    return Reading(())
