"""Average pooling, of blocks and of all pixels of an image, compiled.

Arrays come flat. Letters: N images, H × W pixels, C channels, P × Q blocks.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import add, load, splat, store
from byhand.kernels.products import fma


@functools.cache
def forward(width: int) -> Any:
    """Return the forward kernel; it takes `width` channels at a time, one if 0."""

    @njit(**OPTIONS)
    def kernel(x: Any, y: Any, shape: Any, sides: Any) -> None:
        """Set y (N, P, Q, C) to the means of blocks of x (N, H, W, C).

        A block has these sides, down and across. What fills none is left out.
        """
        count, height, across, channels = shape
        rows, run = sides[0], sides[1] * channels
        p_end, q_end, row = height // rows, across // sides[1], across * channels
        number = x.dtype.type
        zero, share = number(0), number(1) / number(rows * sides[1])
        for line in range(count * p_end):
            top = (line // p_end * height + line % p_end * rows) * row
            for q in range(q_end):
                first, out = top + q * run, (line * q_end + q) * channels
                for c in range(0, channels, width or 1):
                    total = splat(width, zero) if width else zero
                    for begin in range(first + c, first + c + rows * row, row):
                        for i in range(begin, begin + run, channels):
                            if width:
                                total = add(total, load(width, x, i))
                            else:
                                total += x[i]
                    if width:
                        store(y, out + c, fma(total, share, splat(width, zero)))
                    else:
                        y[out + c] = total * share

    return kernel


@functools.cache
def backward(width: int) -> Any:
    """Return the backward kernel; it takes `width` channels at a time, one if 0."""

    @njit(**OPTIONS)
    def kernel(dy: Any, dx: Any, shape: Any, sides: Any) -> None:
        """Set dx (N, H, W, C): each pixel of a block gets an equal share of its dy."""
        count, height, across, channels = shape
        rows, run = sides[0], sides[1] * channels
        p_end, q_end, row = height // rows, across // sides[1], across * channels
        number = dy.dtype.type
        zero, share = number(0), number(1) / number(rows * sides[1])
        if p_end * rows < height or q_end * sides[1] < across:
            dx[:] = zero
        for line in range(count * p_end):
            top = (line // p_end * height + line % p_end * rows) * row
            for q in range(q_end):
                first, out = top + q * run, (line * q_end + q) * channels
                for c in range(0, channels, width or 1):
                    if width:
                        part = fma(load(width, dy, out + c), share, splat(width, zero))
                    else:
                        part = dy[out + c] * share
                    for begin in range(first + c, first + c + rows * row, row):
                        for i in range(begin, begin + run, channels):
                            if width:
                                store(dx, i, part)
                            else:
                                dx[i] = part

    return kernel
