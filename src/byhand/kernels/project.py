"""A layer as a projection shows it, compiled: a sheet seen by a camera.

Letters: H × W pixels of the layer, P × Q of the result, C channels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.checks import expect_shape, flat
from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import at, put
from byhand.types import Array


@njit(**OPTIONS)
def _places(matrix: Any, shape: Any, y: Any, us: Any, vs: Any) -> None:
    """Set us, vs (Q,) to where a row of the result is read, in 256ths of a pixel.

    Outside the layer, u is -1.
    """
    one, fine = np.float32(1), np.float32(256)
    high, wide = np.float32(shape[0]), np.float32(shape[1])
    a, b, c = matrix[0, 0], matrix[1, 0], matrix[2, 0]
    u0 = matrix[0, 1] * y + matrix[0, 2]
    v0 = matrix[1, 1] * y + matrix[1, 2]
    w0 = matrix[2, 1] * y + matrix[2, 2]
    for q in range(len(us)):
        x = np.float32(q) + np.float32(0.5)
        w = one / (c * x + w0)
        u, v = (a * x + u0) * w, (b * x + v0) * w
        inside = (u >= 0) & (u < wide) & (v >= 0) & (v < high)
        us[q] = np.int32(fine * u) if inside else np.int32(-1)
        vs[q] = np.int32(fine * v) if inside else np.int32(0)


@njit(**OPTIONS)
def _nearest(layer: Any, shape: Any, matrix: Any, out: Any, row_of: int) -> None:
    height, width, channels = shape
    us, vs = np.empty(row_of, np.int32), np.empty(row_of, np.int32)
    for p in range(len(out) // (row_of * channels)):
        _places(matrix, (height, width), np.float32(p) + np.float32(0.5), us, vs)
        for q in range(row_of):
            place = (p * row_of + q) * channels
            here = ((vs[q] >> 8) * width + (us[q] >> 8)) * channels
            for c in range(channels):
                put(out, place + c, at(layer, here + c) if us[q] >= 0 else np.uint8(0))


@njit(**OPTIONS)
def _smooth(layer: Any, shape: Any, matrix: Any, out: Any, row_of: int) -> None:
    """Interpolate in a layer that has a margin of one pixel, a copy of its edge."""
    height, width, channels = shape
    below, full, half = (width + 2) * channels, np.int32(256), np.int32(32768)
    us, vs = np.empty(row_of, np.int32), np.empty(row_of, np.int32)
    for p in range(len(out) // (row_of * channels)):
        _places(matrix, (height, width), np.float32(p) + np.float32(0.5), us, vs)
        for q in range(row_of):
            place = (p * row_of + q) * channels
            if us[q] < 0:
                for c in range(channels):
                    put(out, place + c, np.uint8(0))
                continue
            u, v = us[q] + np.int32(128), vs[q] + np.int32(128)
            right, down = u & np.int32(255), v & np.int32(255)
            left, up = full - right, full - down
            here = ((v >> 8) * (width + 2) + (u >> 8)) * channels
            for c in range(channels):
                k = here + c
                upper = left * at(layer, k) + right * at(layer, k + channels)
                k += below
                lower = left * at(layer, k) + right * at(layer, k + channels)
                total = (up * upper + down * lower + half) >> 16
                put(out, place + c, np.uint8(total))


def projected(layer: Array, matrix: Array, smooth: bool, out: Array) -> None:
    """Do what `reference.projected` does."""
    height, width, channels = layer.shape
    expect_shape("matrix", matrix, (3, 3))
    expect_shape("out", out, (*out.shape[:2], channels))
    if smooth:
        layer = np.pad(layer, ((1, 1), (1, 1), (0, 0)), "edge")
    (_smooth if smooth else _nearest)(
        flat("layer", layer, layer.size, np.uint8),
        (height, width, channels),
        np.ascontiguousarray(matrix, np.float32),
        flat("out", out, out.size, np.uint8, written=True),
        out.shape[1],
    )
