"""The first dense layer on pixels, compiled: four fifths of them are 0 and are skipped.

The plain layers Pixels, Flatten, Dense, and a ReLU if there is one, in a row define
what these compute. Outputs are taken `lanes` at a time, so that their sums stay in
registers.

Arrays come flat. Letters: N images, D pixels an image, M outputs, all `lanes` a block.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import njit

from byhand.kernels.blocks import vectors
from byhand.kernels.compiled import OPTIONS
from byhand.kernels.compress import listed
from byhand.kernels.lanes import add, at, load, maximum, pick, put, splat, store
from byhand.kernels.products import add_rows, sum_rows
from byhand.kernels.target import TARGET


@njit(**OPTIONS)
def inked_pixels(
    images: Any, scale: Any, where: Any, values: Any, ends: Any, size: Any, stepped: Any
) -> None:
    """List each image's pixels that are not 0: their places and their scaled values.

    Args:
        images: (N·D,).
        scale: (1,) what pixels are multiplied by, of the values' type.
        where: (N·D + STEP,) int32 gets the places, 0 to D - 1, image after image.
        values: (N·D + STEP,) gets pixel · scale.
        ends: (N + 1,) int64; image n has entries ends[n] to ends[n + 1].
        size: D.
        stepped: of each D, how many are taken STEP at a time; 0 unless they are uint8.
    """
    factor, found, ends[0] = scale[0], 0, 0
    for n in range(len(ends) - 1):
        if stepped:
            found = listed(images, n * size, stepped, where, values, found, factor)
        for d in range(stepped, size):
            pixel = at(images, n * size + d)
            put(where, found, d)
            put(values, found, pixel * factor)
            found += pixel != 0
        ends[n + 1] = found


@njit(**OPTIONS)
def take(
    where: Any, values: Any, ends: Any, chosen: Any, some_where: Any, some_values: Any,
    some_ends: Any,
) -> None:  # fmt: skip
    """List the pixels of the chosen (J,) images alone, one list after another.

    They are different images, so that the new lists have room.
    """
    found, some_ends[0] = 0, 0
    for j in range(len(chosen)):
        n = min(max(chosen[j], 0), len(ends) - 2)
        for k in range(ends[n], min(ends[n + 1], ends[n] + len(some_where) - found)):
            some_where[found], some_values[found] = where[k], values[k]
            found += 1
        some_ends[j + 1] = found


@functools.cache
def forward(lanes: int, relu: bool) -> Any:
    """Return the forward kernel for blocks of `lanes` outputs, a multiple of 8.

    Args:
        lanes: outputs a block.
        relu: whether a ReLU follows.
    """
    # two sums in turn where they fit: few registers of one would wait for each other
    pairs = 2 * vectors(lanes) + 2 <= TARGET.registers

    @njit(**OPTIONS)
    def kernel(
        where: Any, values: Any, ends: Any, w: Any, b: Any, y: Any, width: Any
    ) -> None:
        """Set y (N, M) to x @ w + b, or what of it is above 0, from what x has not 0.

        w (D, M), b (M,); width is M.
        """
        zero = splat(lanes, y.dtype.type(0))
        for block in range(0, width, lanes):
            bias = load(lanes, b, block)
            for n in range(len(ends) - 1):
                first, last = ends[n], ends[n + 1]
                total, two = bias, zero
                if pairs:
                    for k in range(first, last - 1, 2):
                        i = at(where, k) * width + block
                        total = sum_rows(total, w, i, 0, at(values, k))
                        i = at(where, k + 1) * width + block
                        two = sum_rows(two, w, i, 0, at(values, k + 1))
                    first = last - (last - first) % 2
                for k in range(first, last):
                    i = at(where, k) * width + block
                    total = sum_rows(total, w, i, 0, at(values, k))
                if pairs:
                    total = add(total, two)
                if relu:
                    total = maximum(total, zero)
                store(y, n * width + block, total)

    return kernel


@functools.cache
def backward(lanes: int, relu: bool) -> Any:
    """Return the backward kernel; arguments as of `forward`."""

    @njit(**OPTIONS)
    def kernel(
        where: Any, values: Any, ends: Any, y: Any, dy: Any, dw: Any, db: Any,
        width: Any,
    ) -> None:  # fmt: skip
        """Set dw (D, M) to x.T @ dz and db (M,) to the sum of dz's rows.

        dz is dy (N, M), with ReLU only where y (N, M) is above 0; width is M.
        """
        dw[:] = 0
        zero = splat(lanes, dy.dtype.type(0))
        for block in range(0, width, lanes):
            total = zero
            for n in range(len(ends) - 1):
                g = load(lanes, dy, n * width + block)
                if relu:
                    g = pick(load(lanes, y, n * width + block), zero, g, zero)
                total = add(total, g)
                for k in range(ends[n], ends[n + 1]):
                    i = at(where, k) * width + block
                    add_rows(dw, i, 0, g, at(values, k))
            store(db, block, total)

    return kernel
