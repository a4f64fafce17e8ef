"""The first dense layer on pixels, compiled: four fifths of them are 0 and are skipped.

The plain layers Pixels, Flatten and Dense in a row define what these compute. Outputs
are taken `lanes` at a time, so that their sums stay in registers.

Arrays come flat. Letters: N images, D pixels an image, M outputs, all `lanes` a block.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import add, at, fma, load, put, splat, store


@njit(**OPTIONS)
def inked_pixels(
    images: Any, words: Any, scale: Any, where: Any, values: Any, ends: Any, size: Any
) -> None:
    """List each image's pixels above 0: their places and their scaled values.

    Args:
        images: (N·D,) uint8.
        words: the same memory, eight pixels a number; empty to look at each pixel.
        scale: what pixels are multiplied by; its type is the values' type.
        where: (N·D,) int32 gets the places, 0 to D - 1, image after image.
        values: (N·D,) gets pixel · scale.
        ends: (N + 1,) int64; image n has entries ends[n] to ends[n + 1].
        size: D.
    """
    found, ends[0] = 0, 0
    for n in range(len(ends) - 1):
        for begin in range(0, size, 8):
            place = n * size + begin
            if len(words) and at(words, place // 8) == 0:
                continue  # most of the paper: eight blank pixels at a glance
            for d in range(begin, min(begin + 8, size)):
                pixel = at(images, n * size + d)
                put(where, found, d)
                put(values, found, pixel * scale)
                found += pixel != 0
        ends[n + 1] = found


@functools.cache
def forward(lanes: int) -> Any:
    """Return the forward kernel for blocks of `lanes` outputs, a multiple of 8."""

    @njit(**OPTIONS)
    def kernel(
        where: Any, values: Any, ends: Any, w: Any, b: Any, y: Any, width: Any
    ) -> None:
        """Set y (N, M) to x @ w + b, from the list of what is not 0 in x.

        w (D, M), b (M,); width is M.
        """
        for block in range(0, width, lanes):
            bias = load(lanes, b, block)
            for n in range(len(ends) - 1):
                first, last = ends[n], ends[n + 1]
                one, two = bias, splat(lanes, y.dtype.type(0))  # two chains of sums
                for k in range(first, last - 1, 2):
                    w1 = load(lanes, w, at(where, k) * width + block)
                    w2 = load(lanes, w, at(where, k + 1) * width + block)
                    one = fma(w1, at(values, k), one)
                    two = fma(w2, at(values, k + 1), two)
                if (last - first) % 2:
                    w1 = load(lanes, w, at(where, last - 1) * width + block)
                    one = fma(w1, at(values, last - 1), one)
                store(y, n * width + block, add(one, two))

    return kernel


@functools.cache
def backward(lanes: int) -> Any:
    """Return the backward kernel for blocks of `lanes` outputs, a multiple of 8."""

    @njit(**OPTIONS)
    def kernel(
        where: Any, values: Any, ends: Any, dy: Any, dw: Any, width: Any
    ) -> None:
        """Set dw (D, M) to x.T @ dy, from the list of what is not 0 in x.

        dy (N, M); width is M.
        """
        dw[:] = 0
        for block in range(0, width, lanes):
            for n in range(len(ends) - 1):
                g = load(lanes, dy, n * width + block)
                for k in range(ends[n], ends[n + 1]):
                    i = at(where, k) * width + block
                    store(dw, i, fma(g, at(values, k), load(lanes, dw, i)))

    return kernel
