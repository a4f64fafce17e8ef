"""Picture files opened safely, upright by their EXIF, no larger than is wanted."""

from __future__ import annotations

import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO

from PIL import Image, JpegImagePlugin, UnidentifiedImageError

from byhand.errors import PictureError
from byhand.pictures import heic, jpeg, limits, tiff
from byhand.pictures.source import Source, name_of, opened
from byhand.words import shortened

# Only these decoders are let near a file: Pillow's others include one (EPS) that
# starts another program.
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF")

ORIENTATION = 0x0112  # the EXIF tag; 1 is upright, other values are nonsense
TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}

# warnings.catch_warnings changes the filters of the whole process: one at a time.
_quiet = threading.Lock()


@dataclass(frozen=True)
class Sheet:
    """One page of a picture.

    Attributes:
        image: decoded and upright; it may be smaller than the page.
        size: the upright page's width and height in its own pixels.
    """

    image: Image.Image
    size: tuple[int, int]


def open_picture(source: Source, longest: int | None = None) -> Image.Image:
    """Open a picture, decoded and upright; of several pages, the first.

    This and `open_sheets` are the only ways in for files of pictures.

    Args:
        source: the path, the bytes or an open binary file of a PNG, JPEG, BMP, TIFF,
            WebP or GIF picture, in any of Pillow's modes.
        longest: if given, the picture may come smaller, by 2, 4 or 8, with its longer
            side at least this where the file has as much.

    Raises:
        PictureError: no such file, no picture, a damaged one, or one that is beyond
            the limits (`byhand.pictures.limits`).
    """
    return open_sheet(source, longest).image


def open_sheet(source: Source, longest: int | None = None, frame: int = 0) -> Sheet:
    """Open a picture as `open_picture` does, and say what size it has.

    Args:
        source: see open_picture.
        longest: see open_picture.
        frame: which image of a TIFF file.

    Raises:
        PictureError: see open_picture.
    """
    name = name_of(source)
    where = f"{name}: page {frame + 1}" if frame else name
    # Not by its name: Pillow 13 then reads a rotated, uncompressed TIFF wrongly.
    with opened(source) as (file, start), errors_explained(start, where):
        image = _image(file, start, where)
        if frame:
            image.seek(frame)
        return _decoded(image, longest, where)


@contextmanager
def errors_explained(start: bytes, where: str) -> Iterator[None]:
    """Turn whatever is raised inside into PictureError.

    Args:
        start: the first bytes of the file.
        where: the beginning of the error's line.
    """
    try:
        with _quiet, warnings.catch_warnings():
            # Pillow warns of odd metadata, which is harmless, and at half of its limit
            # of size; at the limit it raises.
            warnings.simplefilter("ignore")
            yield
    except PictureError:
        raise
    except Exception as error:  # on damaged bytes Pillow raises almost anything
        raise PictureError(f"{where}: {_explanation(error, start)}") from error


def _explanation(error: Exception, start: bytes) -> str:
    """Return what was expected, what was found, and what to try."""
    if isinstance(error, UnidentifiedImageError):
        return (
            "expected a PNG, JPEG, BMP, TIFF, WebP or GIF picture, got another file or"
            f" a damaged one, starting with {start!r}; try saving it as PNG"
        )
    if isinstance(error, Image.DecompressionBombError):
        return (
            f"expected at most {limits.PIXELS // 10**6} million pixels, got more; try a"
            " smaller copy"
        )
    reason = shortened(str(error).partition("\n")[0]) or type(error).__name__
    return (
        f"expected a whole picture, got a damaged one ({reason}); try copying or"
        " saving it again"
    )


def _image(file: BinaryIO, start: bytes, where: str) -> Image.Image:
    """Return the image in an open file, of which only the header has been read."""
    if tiff.is_tiff(start):
        tiff.check(file, where)
    if heic.is_heic(start):
        return heic.image(file, where)
    if not start.startswith(jpeg.START):
        return Image.open(file, formats=FORMATS)
    jpeg.check_metadata(file, where)
    # Past Image.open, which refuses what is beyond Pillow's limit: decoded at half its
    # size it need not be.
    return JpegImagePlugin.jpeg_factory(file)


def _decoded(image: Image.Image, longest: int | None, where: str) -> Sheet:
    """Return the page of an image not yet decoded."""
    size = w, h = image.size
    scale = limits.jpeg_scale(image, longest)
    limits.check(image, scale, where)
    if scale > 1:
        image.draft(None, (max(w // scale, 1), max(h // scale, 1)))
    reduced = image.size != size
    image.load()  # first, since Pillow rotates TIFF images while it does
    number = orientation(image)
    page = upright(image, number)
    if not reduced:
        size = page.size
    elif number >= 5:  # on its side
        size = h, w
    return Sheet(page, size)


def orientation(image: Image.Image) -> int:
    """Return the EXIF orientation, 1–8; 1, upright, where it makes no sense."""
    try:
        number = image.getexif().get(ORIENTATION, 1)
    except Exception:  # damaged EXIF says nothing about the pixels
        return 1
    return number if number in TRANSPOSES else 1


def upright(image: Image.Image, number: int) -> Image.Image:
    """Return a decoded image upright, given its orientation."""
    if number == 1:
        return image
    result = image.transpose(TRANSPOSES[number])
    # Drop the orientation, or the next reader would apply it again.
    transparency = result.info.get("transparency")
    result.info = {} if transparency is None else {"transparency": transparency}
    return result
