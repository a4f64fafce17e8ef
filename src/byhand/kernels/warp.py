"""Images bent, compiled: every pixel of the result is read at a place of its own."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.checks import expect_indices, expect_shape, flat
from byhand.kernels.compiled import OPTIONS
from byhand.kernels.counted import normal
from byhand.kernels.lanes import at, put
from byhand.types import Array


@njit(**OPTIONS)
def smooth_fields(key: Any, down: Any, across: Any, line: Any, out: Any) -> None:
    """Set out (K, H, W) to `reference.elastic`'s; line (W,) is scratch."""
    count, height, width = out.shape
    down_knots, across_knots = down.shape[1], len(across)
    key0, key1, number = key[0], key[1], 0
    for k in range(count):
        out[k] = np.float32(0)
        for y in range(down_knots):
            line[:] = np.float32(0)
            for x in range(across_knots):
                a = normal(key0, key1, number)
                number += 1
                for j in range(width):
                    line[j] += a * across[x, j]
            for i in range(height):
                factor = down[i, y]
                for j in range(width):
                    out[k, i, j] += factor * line[j]


@njit(**OPTIONS)
def warp(
    images: Any, indices: Any, matrices: Any, fields: Any, out: Any, shape: Any
) -> None:
    """Set out to `reference.warped`'s; arrays flat, shape (M, H, W).

    An index outside 0 to M - 1 is taken for the nearest inside.
    """
    total, height, width = shape
    size, row, number = height * width, width + 3, np.float32
    # with a margin of 0, one wide above and left, two below and right, nobody need ask
    # whether a place is inside
    image = np.zeros((height + 3) * row, number)
    one, half = number(1), number(0.5)
    bottom, end = number(height + 1), number(width + 1)
    i_middle, j_middle = number(height - 1) * half, number(width - 1) * half
    bent = len(fields) > 0
    for n in range(len(indices)):
        first, m = min(max(indices[n], 0), total - 1) * size, 6 * n
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
    warp(
        flat("images", images, total * size, np.uint8),
        indices,
        flat("matrices", matrices, 6 * count, np.float32),
        flat("fields", fields, 2 * count * size if len(fields) else 0, np.float32),
        flat("out", out, count * size, np.uint8, written=True),
        (total, height, width),
    )


def elastic(key: Array, down: Array, across: Array, out: Array) -> None:
    """Do what `reference.elastic` does."""
    expect_shape("down", down, (out.shape[1], down.shape[1]))
    expect_shape("across", across, (len(across), out.shape[2]))
    flat("out", out, out.size, np.float32, written=True)
    line = np.empty(out.shape[2], np.float32)
    smooth_fields(key, down, across, line, out)
