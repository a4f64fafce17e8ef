"""Make images and labels of any common type and shape into the project's one kind.

Letters in shapes: N images of H rows and W columns.
"""

from __future__ import annotations

import math

import numpy as np

from byhand.errors import DataError
from byhand.types import Array, Images, Labels

MOST_CLASSES = 65_536  # a larger label is damaged, not a class


def as_images(array: Array, where: str) -> Images:
    """Return images (N, H, W) as uint8; a memory-mapped uint8 array stays mapped.

    Args:
        array: (N, H, W), (N, H, W, 1) or, square, (N, H * W); whole numbers 0-255, or
            fractions 0-1, which are scaled to 0-255.
        where: what to name in errors.
    """
    shape = array.shape
    if array.ndim == 2:
        side = math.isqrt(shape[1])
        shape = (len(array), side, side)
    elif array.ndim == 4 and shape[3] == 1:
        shape = shape[:3]
    if len(shape) != 3 or array.size == 0 or math.prod(shape) != array.size:
        raise DataError(
            f"{where}: expected images of shape (N, H, W), got {array.shape}"
        )
    array = array.reshape(shape)
    if array.dtype.kind not in "biuf":
        raise DataError(f"{where}: expected images of numbers, got {array.dtype}")
    if array.dtype == np.bool_:
        array = np.where(array, np.uint8(255), np.uint8(0))
    elif array.dtype != np.uint8:
        array = _to_bytes(array, where)
    return array if isinstance(array, np.memmap) else np.ascontiguousarray(array)


def _to_bytes(array: Array, where: str) -> Images:
    """Return whole numbers 0-255, or fractions 0-1 scaled, as uint8."""
    low, high = array.min(), array.max()  # nan if any is
    if 0 <= low and high <= 1 and array.dtype.kind == "f":
        scaled: Images = np.rint(array * 255).astype(np.uint8)
        return scaled
    if 0 <= low and high <= 255:
        exact = array.astype(np.uint8)
        if (exact == array).all():
            return exact
    raise DataError(
        f"{where}: expected whole numbers 0 to 255 or fractions 0 to 1, "
        f"got {low} to {high}"
    )


def as_labels(array: Array, where: str) -> Labels:
    """Return labels (N,) as int64, of whole numbers from 0 in any type.

    Args:
        array: (N,) or (N, 1).
        where: what to name in errors.
    """
    if array.ndim == 2 and array.shape[1] == 1:
        array = array[:, 0]
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
