"""Any picture, from a file or from memory, as one sheet of grey levels.

Letters: H, W height and width of the sheet in pixels; C colour channels (3 or 4).
"""

from __future__ import annotations

import threading
import warnings
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image, UnidentifiedImageError

from byhand.errors import PictureError

Grey: TypeAlias = npt.NDArray[np.uint8]
Picture: TypeAlias = str | Path | Image.Image | npt.ArrayLike

# Only these decoders are let near a file: Pillow's others include one (EPS) that
# starts another program.
FORMATS = ("PNG", "JPEG", "BMP", "TIFF", "WEBP", "GIF")
FAINT = 0.04  # of the full range: less contrast than this is the paper's grain
TINY = 1e-300  # keeps a division by a range of nothing finite

ORIENTATION = 0x0112  # the EXIF tag; 1 is upright, other values are nonsense
TURNS = {
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


def open_picture(path: str | Path) -> Image.Image:
    """Open a picture file, decoded and turned upright; of an animation, frame one.

    Args:
        path: a PNG, JPEG, BMP, TIFF, WebP or GIF file, in any of Pillow's modes.

    Raises:
        PictureError: no such file, no picture, a damaged one, or one that is too
            large (more than 178 megapixels).
    """
    path = Path(path)
    start = _first_bytes(path)
    try:
        with _quiet, warnings.catch_warnings():
            # Pillow warns of odd metadata, which is harmless, and at half of its limit
            # of size; at the limit it raises.
            warnings.simplefilter("ignore")
            # Not by its name: Pillow 13 then reads a turned, plain TIFF askew.
            with path.open("rb") as file, Image.open(file, formats=FORMATS) as image:
                return _upright(image)
    except UnidentifiedImageError as error:
        raise PictureError(
            f"{path}: expected a PNG, JPEG, BMP, TIFF, WebP or GIF picture, got another"
            f" file or a damaged one, starting with {start!r}; try saving it as PNG"
        ) from error
    except Image.DecompressionBombError as error:
        raise PictureError(
            f"{path}: expected at most 178 million pixels, got more; try a smaller copy"
        ) from error
    except Exception as error:  # on damaged bytes Pillow raises almost anything
        reason = str(error).partition("\n")[0] or type(error).__name__
        raise PictureError(
            f"{path}: expected a whole picture, got a damaged one ({reason});"
            " try copying or saving it again"
        ) from error


def _first_bytes(path: Path) -> bytes:
    """Return the first 16 bytes of a file, or raise PictureError if it has none."""
    got, cure = "an empty file", "copying or saving it again"
    try:
        if path.is_dir():
            got, cure = "a folder", "one of the files in it"
        elif path.exists() and not path.is_file():  # reading a pipe could wait forever
            got, cure = "something that is no file", "an ordinary file"
        else:
            with path.open("rb") as file:
                if start := file.read(16):
                    return start
    except (OSError, ValueError) as error:  # ValueError: a path with a zero byte
        reason = getattr(error, "strerror", None) or str(error)
        got, cure = reason.lower(), "another path"
    raise PictureError(f"{path}: expected a picture file, got {got}; try {cure}")


def _upright(image: Image.Image) -> Image.Image:
    """Return the image decoded and turned as its EXIF orientation says."""
    image.load()  # before asking for the turn: TIFF images turn themselves
    try:
        turn = TURNS.get(image.getexif().get(ORIENTATION, 1))
    except Exception:  # damaged EXIF says nothing about the pixels
        return image
    if turn is None:
        return image
    turned = image.transpose(turn)
    # Drop the note that asked for the turn, or the next reader would turn it again.
    transparency = turned.info.get("transparency")
    turned.info = {} if transparency is None else {"transparency": transparency}
    return turned


def as_image(picture: Picture) -> Image.Image:
    """Return any picture as a Pillow image of at least one pixel, upright.

    Args:
        picture: a path, a Pillow image, or an array (H, W), (H, W, 3) or (H, W, 4)
            of bool, integers (0–255, or any other range: stretched to its own) or
            floats (0–1 or 0–255, or any other range).

    Raises:
        PictureError: see open_picture; an array of another shape or type, an empty
            one, or one with a NaN or an infinity in it.
    """
    if isinstance(picture, str | Path):
        return open_picture(picture)
    if not isinstance(picture, Image.Image):
        return Image.fromarray(_as_bytes(_checked(np.asarray(picture))))
    if 0 in picture.size:
        raise PictureError("picture: expected at least one pixel, got none")
    try:
        return _upright(picture)
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
    factor = max(1, max(image.size) // longest)
    if image.mode[0] in "IF":  # 16 or 32 bits a pixel: I, I;16, I;16B, F
        image = Image.fromarray(_as_bytes(_checked(np.asarray(image))))
    try:
        if image.has_transparency_data:
            return _on_paper(image.convert("RGBA").reduce(factor))
        grey = image.getchannel("L") if image.mode == "LAB" else image.convert("L")
    except ValueError as error:
        raise PictureError(
            f"picture: expected grey or colour, got mode {image.mode!r};"
            " try picture.convert('RGB')"
        ) from error
    return np.asarray(grey.reduce(factor) if factor > 1 else grey)


def _on_paper(image: Image.Image) -> Grey:
    """Return the grey levels (H, W) of an RGBA image laid on paper.

    Ink on nothing is laid on its opposite: black ink on white, white ink on black.
    A picture that brings its own paper (most of it opaque, and not of one tone) is
    laid on more of the same.
    """
    grey = np.asarray(image.convert("RGB").convert("L"), np.float32)
    alpha = np.asarray(image.getchannel("A"), np.float32) / 255
    solid = grey[alpha > 0.5]
    if solid.size == 0:
        return np.zeros(grey.shape, np.uint8)
    if solid.size > grey.size / 2 and solid.std() > 16:  # 16 of 256 levels: one tone
        paper = float(np.median(solid))
    else:
        paper = 255.0 if solid.mean() < 128 else 0.0
    return np.rint(paper + alpha * (grey - paper)).astype(np.uint8)


def _checked(array: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
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


def _as_bytes(array: npt.NDArray[np.generic]) -> Grey:
    """Return an array of any numbers as bytes of the same shape.

    A fourth channel is opacity: its largest value is taken for opaque.
    """
    if array.dtype == np.uint8 and array.max() > 1:
        return array  # type: ignore[return-value]
    values = array.astype(np.float64)
    if array.ndim == 3 and array.shape[2] == 4:
        colour, opacity = values[..., :3], values[..., 3:].clip(0)
        opacity *= 255 / max(opacity.max(), TINY)
        return np.concatenate([_levels(colour), opacity], 2).round().astype(np.uint8)
    return _levels(values).round().astype(np.uint8)


def _levels(values: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Return values of 0–1 or 0–255 as levels 0–255; others over their own range."""
    low, high = float(values.min()), float(values.max())
    if 0 <= low and high <= 1:  # fractions, or False and True
        return values * 255
    if 0 <= low and high <= 255:
        return values
    # Halved, so that the range of even the largest floats is finite.
    half_range = high / 2 - low / 2
    if 0 < low and half_range < FAINT * high / 2:
        low, half_range = 0.0, high / 2  # a blank sheet: do not blow up its grain
    return (values / 2 - low / 2) * (255 / max(half_range, TINY))
