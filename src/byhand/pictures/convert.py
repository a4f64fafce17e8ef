"""Any picture, from a file or from memory, as grey levels.

Letters: H, W height and width of the sheet in pixels; C colour channels (3 or 4).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image

from byhand.errors import PictureError
from byhand.pictures.opening import open_picture, orientation, upright
from byhand.pictures.source import Source, is_source
from byhand.types import Array, Floats, Grey, Images

Picture: TypeAlias = Source | Image.Image | npt.ArrayLike

NOTHING = (
    "an array, got None, which is what cv2.imread returns for a missing file; try"
    " another path"
)
FAINT = 0.04  # of the full range: less contrast than this is the paper's noise
BAND = 2**20  # pixels that are converted at once
TINY = 1e-300  # keeps a division by a range of nothing finite


def as_image(picture: Picture) -> Image.Image:
    """Return any picture as a Pillow image of at least one pixel, upright.

    Args:
        picture: a path, bytes or an open binary file of a picture, a Pillow image,
            or an array (H, W), (H, W, 3) or (H, W, 4) of bool, integers (0–255, or
            any other range: stretched to its own) or floats (0–1 or 0–255, or any
            other range).

    Raises:
        PictureError: see open_picture; an array of another shape or type, an empty
            one, or one with a NaN or an infinity in it.
    """
    if is_source(picture):
        return open_picture(picture)
    if picture is None:
        raise PictureError(f"picture: expected a path, bytes, an image or {NOTHING}")
    if not isinstance(picture, Image.Image):
        return Image.fromarray(_as_bytes(_checked(np.asarray(picture))))
    if 0 in picture.size:
        raise PictureError("picture: expected at least one pixel, got none")
    try:
        picture.load()  # first, since Pillow rotates TIFF images while it does
        return upright(picture, orientation(picture))
    except Exception as error:  # its file was not decoded until now, and is damaged
        raise PictureError(
            f"picture: expected an image that can be decoded, got {error};"
            " try opening it again"
        ) from error


def grey_levels(image: Image.Image, longest: int) -> Grey:
    """Return an upright image as grey levels, shrunk by averaging.

    Args:
        image: of any of Pillow's modes.
        longest: the longer side is divided by a whole number, so that it becomes at
            least this (unless it is smaller already) and less than twice this.

    Returns:
        uint8 (H, W): luminance; where the image is transparent, the paper that makes
        its ink visible.

    Raises:
        PictureError: a mode that has no luminance, or a NaN or an infinity.
    """
    return _levels_of(image, longest, "L")


def colour_levels(image: Image.Image, longest: int) -> Images:
    """Return an upright image as red, green and blue, shrunk as `grey_levels` does.

    Returns:
        uint8 (H, W, 3), laid on paper where the image is transparent.

    Raises:
        PictureError: see grey_levels.
    """
    return _levels_of(image, longest, "RGB")


def _levels_of(image: Image.Image, longest: int, mode: str) -> Array:
    """Return the levels of an image in a mode, "L" or "RGB"."""
    factor = max(1, max(image.size) // longest)
    if image.mode[0] in "IF":  # 16 or 32 bits a pixel: I, I;16, I;16B, F
        image = Image.fromarray(_deep_levels(image))
    try:
        if image.has_transparency_data:
            bands = (b.convert("RGBA").reduce(factor) for b in _bands(image, factor))
            return _on_paper(np.concatenate([np.asarray(b) for b in bands]), mode)
        if image.mode == "LAB":
            levels = image.getchannel("L").convert(mode)
        else:
            levels = image.convert(mode)
    except ValueError as error:
        raise PictureError(
            f"picture: expected grey or colour, got mode {image.mode!r};"
            " try picture.convert('RGB')"
        ) from error
    return np.asarray(levels.reduce(factor) if factor > 1 else levels)


def _on_paper(rgba: Grey, mode: str) -> Array:
    """Return the levels, in a mode, of an image (H, W, 4) laid on paper.

    Ink on nothing is laid on its opposite: black ink on white, white ink on black.
    A picture that brings its own paper (most of it opaque, and not of one tone) is
    laid on more of the same.
    """
    image = Image.fromarray(rgba)
    grey = np.asarray(image.convert("RGB").convert("L"), np.float32)
    alpha = np.asarray(image.getchannel("A"), np.float32) / 255
    solid = grey[alpha > 0.5]
    if solid.size == 0:
        return np.zeros(grey.shape, np.uint8)
    if solid.size > grey.size / 2 and solid.std() > 16:  # 16 of 256 levels: one tone
        paper = float(np.median(solid))
    else:
        paper = 255.0 if solid.mean() < 128 else 0.0
    if mode == "RGB":
        grey, alpha = rgba[..., :3].astype(np.float32), alpha[..., np.newaxis]
    return np.rint(paper + alpha * (grey - paper)).astype(np.uint8)


def _checked(array: Array) -> Array:
    """Return the array, or raise PictureError if it is no picture."""
    channels = array.shape[2:]
    if array.ndim not in (2, 3) or (channels and channels[0] not in (3, 4)):
        raise PictureError(
            "picture: expected an array of shape (H, W), (H, W, 3) or (H, W, 4),"
            f" got {array.shape}"
        )
    if array.dtype.kind not in "buif":
        raise PictureError(
            f"picture: expected an array of numbers, got dtype {array.dtype}"
        )
    if array.size == 0:
        raise PictureError(
            f"picture: expected at least one pixel, got shape {array.shape}"
        )
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise PictureError(
            "picture: expected finite numbers, got a NaN or an infinity;"
            " try numpy.nan_to_num(picture)"
        )
    return array


def _as_bytes(array: Array) -> Grey:
    """Return an array of any numbers as bytes of the same shape.

    A fourth channel is opacity: its largest value is taken for opaque.
    """
    if array.dtype == np.uint8 and array.max() > 1:
        return array
    colour, opacity = array, array[:0]
    if array.ndim == 3 and array.shape[2] == 4:
        colour, opacity = array[..., :3], array[..., 3:]
    low, high = float(colour.min()), float(colour.max())
    result = np.empty(array.shape, np.uint8)
    rows = max(1, BAND // array[0].size)
    for top in range(0, len(array), rows):
        part = slice(top, top + rows)
        levels = _levels(colour[part].astype(np.float64), low, high)
        result[part, ..., : levels.shape[-1]] = levels.round()
        if opacity.size:
            share = opacity[part].astype(np.float64).clip(0)
            share *= 255 / max(float(opacity.max()), TINY)
            result[part, ..., 3:] = share.round()
    return result


def _deep_levels(image: Image.Image) -> Grey:
    """Return the levels (H, W) of an image of 16 or 32 bits a pixel."""
    low, high = math.inf, -math.inf
    for band in _bands(image, 1):
        part = _checked(np.asarray(band))
        low, high = min(low, float(part.min())), max(high, float(part.max()))
    levels = []
    for band in _bands(image, 1):
        part = _levels(np.asarray(band, np.float64), low, high)
        levels.append(part.round().astype(np.uint8))
    return np.concatenate(levels)


def _bands(image: Image.Image, factor: int) -> Iterator[Image.Image]:
    """Yield an image in bands, of rows that the factor divides, from top to bottom.

    A large image is converted in parts, so that it is never there several times.
    """
    rows = max(1, BAND // (image.width * factor)) * factor
    for top in range(0, image.height, rows):
        yield image.crop((0, top, image.width, min(top + rows, image.height)))


def _levels(values: Floats, low: float, high: float) -> Floats:
    """Return values of 0–1 or 0–255 as levels 0–255; others over the whole range."""
    if 0 <= low and high <= 1:  # fractions, or False and True
        return values * 255
    if 0 <= low and high <= 255:
        return values
    # Halved, so that the range of even the largest floats is finite.
    half_range = high / 2 - low / 2
    if 0 < low and half_range < FAINT * high / 2:
        low, half_range = 0.0, high / 2  # a blank sheet: do not amplify its noise
    return (values / 2 - low / 2) * (255 / max(half_range, TINY))
