"""Make images and labels of any common type and shape into the project's one kind.

Letters in shapes: N images of H rows and W columns, C colour channels.
"""

from __future__ import annotations

import math

import numpy as np

from byhand.data.levels import Levels, as_bytes, find_levels
from byhand.errors import DataError
from byhand.types import Array, Images, Labels

MOST_CLASSES = 4096  # a larger label is damaged, or no class
LUMINANCE = (0.299, 0.587, 0.114)  # ITU-R BT.601, as in Pillow


def as_images(array: Array, where: str, levels: Levels | None = None) -> Images:
    """Return images (N, H, W) or (N, H, W, 3) as uint8; mapped bytes stay mapped.

    Args:
        array: (N, H, W), (N, H, W, 1), (N, H, W, 3), the channels first, or, square,
            (N, H * W); of any real type.
        where: what to name in errors.
        levels: which numbers are black and white; found in the array if not given.
    """
    shaped = as_shaped(array, where)
    return contiguous(as_bytes(shaped, levels or find_levels(shaped, where)))


def contiguous(array: Array) -> Array:
    """Return an array in C order; a memory-mapped one as it is."""
    return array if isinstance(array, np.memmap) else np.ascontiguousarray(array)


def as_shaped(array: Array, where: str) -> Array:
    """Return images as (N, H, W), or (N, H, W, 3) in colour, of the same numbers.

    Raises:
        DataError: an array of another shape, an empty one, or one of no numbers.
    """
    shape = array.shape
    if array.ndim == 2 and array.size and math.isqrt(shape[1]) ** 2 == shape[1]:
        array = array.reshape(len(array), math.isqrt(shape[1]), -1)
    if array.ndim == 4 and array.shape[1] in (1, 3) and array.shape[3] not in (1, 3):
        array = np.moveaxis(array, 1, 3)  # (N, C, H, W) -> (N, H, W, C)
    if array.ndim == 4 and array.shape[3] == 1:
        array = array[..., 0]
    if array.size == 0 or not (array.ndim == 3 or is_colour(array)):
        raise DataError(
            f"{where}: expected images of shape (N, H, W), got {shape}; (N, H, W, 3) "
            "and, of square images, (N, H·W) are read too"
        )
    if array.dtype.kind not in "biuf":
        raise DataError(f"{where}: expected images of numbers, got {array.dtype}")
    return array


def is_colour(images: Array) -> bool:
    """Return whether images have three channels, (N, H, W, 3)."""
    return images.ndim == 4 and images.shape[3] == 3


def luminance(images: Images) -> Images:
    """Return colours (N, H, W, 3) as grey levels (N, H, W); others as they are."""
    if not is_colour(images):
        return images
    weights = np.array(LUMINANCE, np.float32)
    grey: Images = np.rint(images @ weights).astype(np.uint8)
    return grey


def as_labels(array: Array, where: str) -> Labels:
    """Return labels (N,) as int64, of whole numbers from 0 in any type.

    Args:
        array: (N,), (N, 1) or (1, N); or (N, K) with a single 1 in each row (one-hot).
        where: what to name in errors.
    """
    array = _flat(array)
    if array.ndim != 1 or array.size == 0 or array.dtype.kind not in "biuf":
        raise DataError(
            f"{where}: expected labels of shape (N,), class numbers, "
            f"got {array.dtype} {array.shape}"
        )
    low, high = array.min(), array.max()  # nan if any is
    if not (low >= 0 and high < MOST_CLASSES):
        raise DataError(
            f"{where}: expected labels 0 to {MOST_CLASSES - 1}, got {low} to {high}"
        )
    labels = array.astype(np.int64)
    if (labels != array).any():
        odd = array[labels != array][0]
        raise DataError(f"{where}: expected whole numbers as labels, got {odd}")
    return labels


def _flat(array: Array) -> Array:
    """Return labels (N, 1), (1, N) or one-hot (N, K) as (N,)."""
    if array.ndim != 2 or array.size == 0 or array.dtype.kind not in "biufOU":
        return array
    if 1 in array.shape:
        return array.ravel()  # (N, 1) or (1, N) -> (N,)
    if array.dtype.kind in "biuf" and ((array == 0) | (array == 1)).all():
        if (array.sum(axis=1) == 1).all():
            numbers: Array = array.argmax(axis=1)
            return numbers
    return array


def label_names(array: Array, where: str) -> Array | None:
    """Return labels that are words as an array of text; None if they are numbers."""
    array = _flat(array)
    if array.dtype.kind == "S":
        words: Array = np.array([_text(label) for label in array.ravel().tolist()])
        return words.reshape(array.shape)
    if array.dtype.kind == "U":
        return array
    if array.dtype.kind != "O" or not array.size or array.ndim != 1:
        return None
    if all(isinstance(label, str | bytes) for label in array):
        return np.array([_text(label) for label in array])
    return None


def _text(label: str | bytes) -> str:
    return label.decode("utf-8", "replace") if isinstance(label, bytes) else label


def plain(values: object, where: str) -> Array:
    """Return what a user gave as an array, or raise DataError.

    Raises:
        DataError: None, a list of unequal parts, or objects that are no numbers.
    """
    if values is None:
        raise DataError(f"{where}: expected an array, got None")
    try:
        array = np.asarray(values)
    except Exception as error:  # ragged lists, and whatever __array__ may raise
        reason = " ".join(str(error).split())[:200]
        raise DataError(
            f"{where}: expected an array of numbers, got: {reason}"
        ) from error
    if array.dtype.kind == "O" and array.size:
        array = _unboxed(array)
    return array


def _unboxed(array: Array) -> Array:
    """Return numbers or words that were kept as objects as an array of their type."""
    try:
        better = np.array(array.tolist())
    except Exception:  # left as it is, and refused by the next check
        return array
    return better if better.shape == array.shape else array
