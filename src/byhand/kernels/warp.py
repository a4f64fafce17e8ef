"""Images bent, compiled: every pixel of the result is read at a place of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.checks import expect_indices, flat
from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import at, put
from byhand.types import Array


@njit(**OPTIONS)
def _warp(
    images: Any, indices: Any, matrices: Any, fields: Any, out: Any, shape: Any
) -> None:
    height, width = shape
    size, row, number = height * width, width + 3, np.float32
    # with a margin of 0, one wide above and left, two below and right, nobody need ask
    # whether a place is inside
    image = np.zeros((height + 3) * row, number)
    one, half = number(1), number(0.5)
    bottom, end = number(height + 1), number(width + 1)
    i_middle, j_middle = number(height - 1) * half, number(width - 1) * half
    bent = len(fields) > 0
    for n in range(len(indices)):
        first, m = indices[n] * size, 6 * n
        for i in range(height):
            for j in range(width):
                pixel = at(images, first + i * width + j)
                put(image, (i + 1) * row + j + 1, number(pixel))
        down_y, across_y, y0 = at(matrices, m), at(matrices, m + 1), at(matrices, m + 2)
        down_x, across_x = at(matrices, m + 3), at(matrices, m + 4)
        x0 = at(matrices, m + 5) + one + j_middle - across_x * j_middle
        y0 += one + i_middle - across_y * j_middle
        for i in range(height):
            down = number(i) - i_middle
            y1, x1 = down_y * down + y0, down_x * down + x0
            for j in range(width):
                y, x = across_y * number(j) + y1, across_x * number(j) + x1
                place = i * width + j
                if bent:
                    y += at(fields, 2 * n * size + place)
                    x += at(fields, (2 * n + 1) * size + place)
                # in this order the largest of 0 and nan is 0
                y, x = min(max(number(0), y), bottom), min(max(number(0), x), end)
                top, left = np.int32(y), np.int32(x)
                v, u = y - number(top), x - number(left)
                here = top * row + left
                above = at(image, here) + u * (at(image, here + 1) - at(image, here))
                here += row
                below = at(image, here) + u * (at(image, here + 1) - at(image, here))
                put(out, n * size + place, np.uint8(above + v * (below - above) + half))


def warped(
    images: Array, indices: Array, matrices: Array, fields: Array, out: Array
) -> None:
    """Do what `reference.warped` does."""
    total, height, width = images.shape
    count, size = len(indices), height * width
    expect_indices("indices", indices, total)
    _warp(
        flat("images", images, total * size, np.uint8),
        indices,
        flat("matrices", matrices, 6 * count, np.float32),
        flat("fields", fields, 2 * count * size if len(fields) else 0, np.float32),
        flat("out", out, count * size, np.uint8, written=True),
        (height, width),
    )
