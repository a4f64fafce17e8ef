"""What opening a picture may cost, as its header says before memory is taken."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from PIL import Image

from byhand.errors import PictureError
from byhand.pictures import jpeg

FILE_BYTES = 200_000_000  # of one file
PAGES = 200  # of one file
SIDE = 100_000  # pixels; the longest formats but PNG, BMP and TIFF end at 65535
PIXELS = 60_000_000  # decoded: a sheet of A4 at 600 dpi has 35 million
JPEG_PIXELS = 200_000_000  # in the file: JPEG can be decoded at half its size or less
RLE_PIXELS = 2_000_000  # Pillow decodes run-length coded BMP slowly, in Python
MEMORY = 400_000_000  # bytes while decoding

SCALES = 1, 2, 4, 8  # by which libjpeg can divide while it decodes
SMALL_MODES = {"1": 1, "L": 1, "P": 1, "I;16": 2, "I;16B": 2, "I;16L": 2}
BITS, ROWS_PER_STRIP, TILE_WIDTH, TILE_HEIGHT = 258, 278, 322, 323  # TIFF's tags


def jpeg_scale(image: Image.Image, longest: int | None) -> int:
    """Return by how much to divide a JPEG while it is decoded: 1, 2, 4 or 8.

    Args:
        image: of any format, not yet decoded; 1 unless it is JPEG.
        longest: the longer side that is wanted; None for as much as there is.
    """
    if not jpeg.is_jpeg(image):
        return 1
    longer = max(image.size)
    enough = longer if longest is None else min(longest, longer)
    least = max(scale for scale in SCALES if math.ceil(longer / scale) >= enough)
    possible = (s for s in SCALES if s >= least and fits(image, s))
    return next(possible, SCALES[-1])


def fits(image: Image.Image, scale: int) -> bool:
    """Return whether an image divided by a scale stays within the limits."""
    return pixels(image, scale) <= PIXELS and memory(image, scale) <= MEMORY


def check(image: Image.Image, scale: int, where: str) -> None:
    """Raise PictureError if decoding an image would cost too much.

    Args:
        image: not yet decoded.
        scale: by which it will be divided meanwhile.
        where: the beginning of the error's line.
    """
    w, h = image.size
    most = JPEG_PIXELS if jpeg.is_jpeg(image) else PIXELS
    most = RLE_PIXELS if codec(image) == "bmp_rle" else most
    if w * h > most or max(w, h) > SIDE:
        raise PictureError(
            f"{where}: expected at most {most // 10**6} million pixels, and {SIDE} on a"
            f" side, got {w} × {h}; try a smaller copy"
        )
    if not fits(image, scale):
        cost = math.ceil(memory(image, scale) / 1e6)
        raise PictureError(
            f"{where}: expected a picture that is decoded in {MEMORY // 10**6} MB of"
            f" memory, got one that takes {cost} MB; try a smaller copy, or another"
            " format"
        )
    if jpeg.is_jpeg(image):
        jpeg.check_scans(image, where)


def pixels(image: Image.Image, scale: int = 1) -> int:
    """Return how many pixels an image has once it is divided by a scale."""
    w, h = (math.ceil(side / scale) for side in image.size)
    return w * h


def memory(image: Image.Image, scale: int = 1) -> int:
    """Return about how many bytes decoding takes."""
    decoded = pixels(image, scale) * SMALL_MODES.get(image.mode, 4)
    if image.format == "WEBP":  # two canvases, the frame as bytes, the image
        return 16 * pixels(image)
    if codec(image) == "libtiff":
        return decoded + strip_bytes(image)
    if jpeg.is_jpeg(image) and jpeg.several_scans(image):
        return decoded + 2 * jpeg.coefficients(image)
    return decoded


def codec(image: Image.Image) -> str:
    """Return what Pillow will decode an image with, or nothing."""
    tiles = getattr(image, "tile", None)
    return str(tiles[0][0]) if tiles else ""


def strip_bytes(image: Image.Image) -> int:
    """Return the bytes of one strip or tile of a TIFF, which are decoded together."""
    tags: Mapping[int, Any] = getattr(image, "tag_v2", {})
    w, h = image.size
    rows = min(int(tags.get(ROWS_PER_STRIP, h)), h)
    if TILE_WIDTH in tags:
        w, rows = int(tags[TILE_WIDTH]), int(tags.get(TILE_HEIGHT, h))
    bits: int = sum(tags.get(BITS, (1,)))
    return w * rows * bits // 8
