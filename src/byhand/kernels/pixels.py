"""Pixels as numbers for a network, without the margin that it does not see."""

from __future__ import annotations

from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import at, put


@njit(**OPTIONS)
def numbers(x: Any, y: Any, line: Any, shape: Any, margin: Any) -> None:
    """Set y to the middle of x, times line[0], plus line[1].

    x (N, H, W, C), flat, of any type; y (N, H - 2·margin, W - 2·margin, C), flat.
    """
    count, height, width, channels = shape
    scale, offset = line[0], line[1]
    run, out = (width - 2 * margin) * channels, 0
    for n in range(count):
        for i in range(margin, height - margin):
            here = ((n * height + i) * width + margin) * channels
            for k in range(run):
                put(y, out + k, y.dtype.type(at(x, here + k)) * scale + offset)
            out += run
