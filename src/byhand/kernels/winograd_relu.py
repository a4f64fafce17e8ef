"""Winograd's 3 × 3 convolution, perhaps with ReLU, forwards, without pooling.

Arrays come flat. Letters: N images, H × W pixels, C channels, F filters, P × Q blocks
of 2 × 2 outputs, T of them transformed at once.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.blocks import part, product
from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import load, maximum, splat, store
from byhand.kernels.layout import copy_run
from byhand.kernels.winograd import outputs, products, transform_pixels


@njit(**OPTIONS)
def framed(
    image: Any, edge: Any, shape: Any, pad: Any, top: Any, tall: Any, wide: Any
) -> None:
    """Copy rows of the padded image (H, W, C) from `top` on into edge (tall, wide, C).

    Rows beyond the image become 0, columns stay, and what is beyond `wide` is left out.
    """
    _, height, width, channels = shape
    run, row = min(width, wide - pad) * channels, wide * channels
    for i in range(tall):
        line, here = top + i - pad, i * row
        if 0 <= line < height:
            a, b = line * width * channels, here + pad * channels
            copy_run(edge, b, image, a, run)
        else:
            edge[here : here + row] = 0


@njit(**OPTIONS)
def unframed(
    image: Any, edge: Any, shape: Any, pad: Any, top: Any, tall: Any, wide: Any
) -> None:
    """Set the pixels that `framed` would have read to what is in edge."""
    _, height, width, channels = shape
    run = min(width, wide - pad) * channels
    for i in range(tall):
        line = top + i - pad
        if 0 <= line < height:
            a, b = line * width * channels, (i * wide + pad) * channels
            copy_run(image, a, edge, b, run)


@functools.cache
def conv_relu(n_in: int, n_out: int, blocks: int, relu: bool) -> Any:
    """Return the forward kernel, with ReLU or without.

    For C and F, both multiples of 8, and T = `blocks`.
    """
    return _conv_relu(n_in, n_out, *product(n_out, blocks), relu)


@functools.cache
def _conv_relu(n_in: int, n_out: int, rows: int, at_once: int, relu: bool) -> Any:
    pixels, some = part(n_in, 6), part(n_out, 10)

    @njit(**OPTIONS)
    def kernel(
        x: Any, u: Any, b: Any, y: Any, shape: Any, pad: Any, high: Any, edge: Any,
        v: Any, m: Any,
    ) -> None:  # fmt: skip
        """Set y (N, H + 2·pad - 2, W + 2·pad - 2, F), with u from `taps.combine`.

        x (N, H, W, C). `high` rows of blocks are taken at once, T of them in all.
        Scratch: edge (2·high + 2, 2·Q + 2, C), v (16, T, C) and m (16, T, F), the last
        two with SPARE_ROWS more rows.
        """
        count, height, width, _ = shape
        down, across = height + 2 * pad - 2, width + 2 * pad - 2
        p_end, q_end = (down + 1) // 2, (across + 1) // 2
        row, size = across * n_out, height * width * n_in
        wide = 2 * q_end + 2
        least = splat(some, y.dtype.type(0 if relu else -np.inf))
        edge[:] = 0
        for n in range(count):
            image = x[n * size : (n + 1) * size]
            for top in range(0, p_end, high):
                grid = min(high, p_end - top), q_end
                blocks = grid[0] * q_end
                apart = blocks | 1
                framed(image, edge, shape, pad, 2 * top, 2 * grid[0] + 2, wide)
                transform_pixels(n_in, pixels, edge, 0, wide * n_in, grid, v, apart)
                products(n_in, n_out, rows, at_once, v, u, m, blocks, apart)
                for t in range(blocks):
                    i, j = 2 * (top + t // q_end), 2 * (t % q_end)
                    for f in range(0, n_out, some):
                        y00, y01, y10, y11 = outputs(
                            some, m, t * n_out + f, apart * n_out, load(some, b, f)
                        )
                        out = (n * down + i) * row + j * n_out + f
                        store(y, out, maximum(y00, least))
                        if j + 1 < across:
                            store(y, out + n_out, maximum(y01, least))
                        if i + 1 < down:
                            store(y, out + row, maximum(y10, least))
                            if j + 1 < across:
                                store(y, out + row + n_out, maximum(y11, least))

    return kernel
