"""Upsampling, pixel shuffle and sums of images, compiled.

Arrays come flat. Letters: N images, H × W pixels in, S times as many out in each
direction, C channels.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import add, at, load, put, store


@njit(**OPTIONS)
def plus(x: Any, other: Any, y: Any) -> None:
    """Set y to x + other, flat."""
    for i in range(len(y)):
        put(y, i, at(x, i) + at(other, i))


@functools.cache
def upsample(width: int, joined: bool) -> Any:
    """Return the forward kernel, with the sum of a second input or without.

    It takes `width` channels at a time, one if 0.
    """

    @njit(**OPTIONS)
    def kernel(x: Any, other: Any, y: Any, shape: Any, size: Any) -> None:
        """Set y (N, S·H, S·W, C) to the nearest of x (N, H, W, C), plus other."""
        count, height, across, channels = shape
        row = size * across * channels
        for line in range(count * height):
            for q in range(across):
                i = (line * across + q) * channels
                for c in range(0, channels, width or 1):
                    first = line * size * row + q * size * channels + c
                    for down in range(size):
                        for right in range(size):
                            out = first + down * row + right * channels
                            if width:
                                pixel = load(width, x, i + c)
                                if joined:
                                    pixel = add(pixel, load(width, other, out))
                                store(y, out, pixel)
                            elif joined:
                                y[out] = x[i + c] + other[out]
                            else:
                                y[out] = x[i + c]

    return kernel


@functools.cache
def block_sums(width: int) -> Any:
    """Return upsampling's backward kernel; `width` as of `upsample`."""

    @njit(**OPTIONS)
    def kernel(dy: Any, dx: Any, shape: Any, size: Any) -> None:
        """Set dx (N, H, W, C) to the sums of blocks of dy (N, S·H, S·W, C)."""
        count, height, across, channels = shape
        row = size * across * channels
        for line in range(count * height):
            for q in range(across):
                i = (line * across + q) * channels
                for c in range(0, channels, width or 1):
                    first = line * size * row + q * size * channels + c
                    if width:
                        total = load(width, dy, first)
                        for k in range(1, size * size):
                            other = first + k // size * row + k % size * channels
                            total = add(total, load(width, dy, other))
                        store(dx, i + c, total)
                    else:
                        dx[i + c] = dy[first]
                        for k in range(1, size * size):
                            dx[i + c] += dy[
                                first + k // size * row + k % size * channels
                            ]

    return kernel


@njit(**OPTIONS)
def shuffle(x: Any, y: Any, shape: Any, size: Any) -> None:
    """Set y (N, S·H, S·W, K) from x (N·H·W, S·S·K): a run of S·K numbers a time.

    shape is (N, H, W, S·S·K).
    """
    count, height, across, channels = shape
    run = channels // size
    for line in range(count * height):
        for down in range(size):
            out = (line * size + down) * across * run
            for q in range(across):
                for k in range(run):
                    y[out + k] = x[line * across + q, down * run + k]
                out += run


@njit(**OPTIONS)
def unshuffle(dy: Any, dx: Any, shape: Any, size: Any) -> None:
    """Set dx (N·H·W, S·S·K) from dy (N, S·H, S·W, K): `shuffle` in reverse."""
    count, height, across, channels = shape
    run = channels // size
    for line in range(count * height):
        for down in range(size):
            out = (line * size + down) * across * run
            for q in range(across):
                for k in range(run):
                    dx[line * across + q, down * run + k] = dy[out + k]
                out += run
