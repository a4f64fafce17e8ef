"""Straight strokes drawn into images, compiled: only pixels near them are visited."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from byhand.kernels.checks import expect_indices, expect_shape
from byhand.kernels.compiled import OPTIONS
from byhand.types import Array


@njit(**OPTIONS)
def _strokes(out: Any, which: Any, begin: Any, end: Any, width: Any) -> None:
    _, rows, columns = out.shape
    for k in range(len(which)):
        image, half = out[which[k]], width[k] / 2 + 0.5
        y, x = begin[k, 0], begin[k, 1]
        dy, dx = end[k, 0] - y, end[k, 1] - x
        squared = max(dy * dy + dx * dx, 1e-6)
        first_row = max(0, math.ceil(min(y, y + dy) - half))
        last_row = min(rows - 1, math.floor(max(y, y + dy) + half))
        first_column = max(0, math.ceil(min(x, x + dx) - half))
        last_column = min(columns - 1, math.floor(max(x, x + dx) + half))
        for i in range(first_row, last_row + 1):
            for j in range(first_column, last_column + 1):
                part = min(max(((i - y) * dy + (j - x) * dx) / squared, 0.0), 1.0)
                away = math.hypot(i - y - part * dy, j - x - part * dx)
                cover = min(max(half - away, 0.0), 1.0)
                image[i, j] = max(image[i, j], int(255 * cover))


def strokes(out: Array, which: Array, begin: Array, end: Array, width: Array) -> None:
    """Do what `reference.strokes` does."""
    count = len(which)
    expect_indices("which", which, len(out))
    expect_shape("begin", begin, (count, 2))
    expect_shape("end", end, (count, 2))
    expect_shape("width", width, (count,))
    _strokes(out, which, begin, end, width)
