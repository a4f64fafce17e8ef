"""The range of an array's numbers, and the scaling of it to grey levels 0 to 255.

Letters in shapes: N images of H rows and W columns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from byhand.errors import DataError
from byhand.types import Array, Images

DIM = 128  # a brightest level below this: the numbers do not go to 255
SIXTEEN_BITS = 65_535
CHUNK = 1 << 22  # numbers that are scaled at once
SAMPLE = 1000  # images of a memory-mapped file that are looked at


class Levels(NamedTuple):
    """Which number is black and which is white, and what a user should know of it."""

    black: float
    white: float
    warning: str | None = None


AS_BYTES = Levels(0, 255)


def find_levels(array: Array, where: str) -> Levels:
    """Return the levels of an array of numbers, by its smallest and largest.

    Fractions 0 to 1 and numbers 0 to 255 are usual. Anything else is scaled by its
    range, with a warning: 0 to 16, 16 or 32 bits, -1 to 1, standardised.

    Raises:
        DataError: not numbers, a NaN or an infinity, or negative whole numbers.
    """
    if array.dtype.kind not in "biuf":
        raise DataError(f"{where}: expected images of numbers, got {array.dtype}")
    if array.dtype == np.bool_:
        return Levels(0, 1)
    low, high = _range(array)
    fractions = array.dtype.kind == "f"
    if not (np.isfinite(low) and np.isfinite(high)) or (low < 0 and not fractions):
        raise DataError(
            f"{where}: expected whole numbers 0 to 255 or fractions 0 to 1, "
            f"got {low:g} to {high:g}"
        )
    return _levels(low, high, fractions)


def _range(array: Array) -> tuple[float, float]:
    """Return the smallest and the largest number; nan if any is.

    Of a memory-mapped file of bytes, only a sample is read where that is enough.
    """
    if isinstance(array, np.memmap) and array.dtype == np.uint8:
        step = max(1, len(array) // SAMPLE)
        if array[0].size > CHUNK or array[::step].max() >= DIM:
            return 0, 255
    return float(array.min()), float(array.max())


def _levels(low: float, high: float, fractions: bool) -> Levels:
    if low >= 0:
        if fractions and high <= 1:
            return Levels(0, 1) if high == 0 or high > 0.5 else _dim(high, 1)
        if high <= 255:
            return AS_BYTES if high == 0 or high >= DIM else _dim(high, 255)
        white = (
            float(SIXTEEN_BITS) if SIXTEEN_BITS // 2 < high <= SIXTEEN_BITS else high
        )
        return Levels(0, white, f"pixels go up to {high:g}: 0 to {white:g} was scaled")
    if -1 <= low and high <= 1:
        return Levels(-1, 1, "pixels are -1 to 1: scaled")
    return Levels(
        low, high, f"pixels are {low:.3g} to {high:.3g}: scaled by their range"
    )


def _dim(high: float, usual: int) -> Levels:
    return Levels(
        0, high, f"the brightest pixel is {high:g} of {usual}: 0 to {high:g} was scaled"
    )


def as_bytes(array: Array, levels: Levels) -> Images:
    """Return numbers (N, H, W) as uint8; bytes of the usual range as they are."""
    if array.dtype == np.uint8 and levels[:2] == AS_BYTES[:2]:
        return array
    black, white = levels.black, levels.white
    result = np.empty(array.shape, np.uint8)
    step = max(1, CHUNK // max(1, array[0].size))
    for first in range(0, len(array), step):
        part = array[first : first + step].astype(np.float64)
        # Halved, so that the range of even the largest floats is finite.
        share = (part / 2 - black / 2) / (white / 2 - black / 2)
        result[first : first + step] = np.rint(share.clip(0, 1) * 255)
    return result
