"""A 3 × 3 convolution with its bias, ReLU and pooling, in 16 products instead of 36.

A block of 2 × 2 outputs sees 4 × 4 pixels d. With the window's taps g,

    y = Aᵀ [ (G g Gᵀ) ⊙ (Bᵀ d B) ] A,

where ⊙ multiplies number by number: 16 products, which directly are 4 · 9. The block
is just what the pooling takes. docs/mathematics.md derives the three matrices.

Source: Winograd 1980; Lavin and Gray 2016, arXiv:1509.09308, eq. 8, F(2 × 2, 3 × 3).

Arrays come flat. Letters: N images, H × W pixels, C channels, F filters, P × Q blocks,
T = P · Q of them an image.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import literally, njit

from byhand.kernels.blocks import MOST_ROWS, part, product
from byhand.kernels.compiled import OPTIONS, pooled
from byhand.kernels.lanes import (
    add,
    load,
    splat_rows,
    store,
    store_rows,
    subtract,
)
from byhand.kernels.products import fma, outer

SPARE_ROWS = MOST_ROWS  # that the last rows of a product may write behind the others


@njit(**OPTIONS)
def transform_pixels(
    n_in: Any, some: Any, x: Any, first: Any, row: Any, grid: Any, v: Any, apart: Any
) -> None:
    """Set v (16, apart, C) to Bᵀ d B of every block's 4 × 4 pixels d of one image.

    Rows of Bᵀ: d0 - d2, d1 + d2, d2 - d1, d1 - d3; then the same across. A row of x is
    `row` numbers; `some` channels are taken at once.
    """
    n_in, some, minus = literally(n_in), literally(some), x.dtype.type(-1)
    p_end, q_end = grid
    plane = apart * n_in
    for t in range(p_end * q_end):
        here = first + 2 * (t // q_end) * row + 2 * (t % q_end) * n_in
        for c in range(0, n_in, some):
            for i in range(4):
                one = 0 if i == 0 else 2 if i == 2 else 1
                two = 1 if i == 2 else 3 if i == 3 else 2
                sign = minus if i != 1 else -minus
                a, b = here + one * row + c, here + two * row + c
                d0 = fma(load(some, x, b), sign, load(some, x, a))
                a, b = a + n_in, b + n_in
                d1 = fma(load(some, x, b), sign, load(some, x, a))
                a, b = a + n_in, b + n_in
                d2 = fma(load(some, x, b), sign, load(some, x, a))
                a, b = a + n_in, b + n_in
                d3 = fma(load(some, x, b), sign, load(some, x, a))
                out = 4 * i * plane + t * n_in + c
                store(v, out, subtract(d0, d2))
                store(v, out + plane, add(d1, d2))
                store(v, out + 2 * plane, subtract(d2, d1))
                store(v, out + 3 * plane, subtract(d1, d3))


@njit(**OPTIONS)
def products(
    n_in: Any, n_out: Any, rows: Any, some: Any, v: Any, u: Any, m: Any, blocks: Any,
    apart: Any,
) -> None:  # fmt: skip
    """Set m[k] (T, F) to v[k] (T, C) @ u[k] (C, F) for each of the 16 k, T = blocks.

    `rows` blocks and `some` filters are summed at once. The last such rows of a k may
    go beyond it: what they write there is overwritten, or behind the last k means
    nothing.
    """
    n_in, n_out = literally(n_in), literally(n_out)
    rows, some = literally(rows), literally(some)
    zero = splat_rows(rows, some, v.dtype.type(0))
    for k in range(16):
        for f in range(0, n_out, some):
            for t in range(k * apart, k * apart + blocks, rows):
                sums, tap = zero, k * n_in * n_out + f
                for c in range(t * n_in, (t + 1) * n_in):
                    sums = outer(sums, load(some, u, tap), v, c, n_in)
                    tap += n_out
                store_rows(m, t * n_out + f, n_out, sums)


@njit(**OPTIONS)
def outputs(some: Any, m: Any, i: Any, plane: Any, bias: Any) -> Any:
    """Return Aᵀ m A + bias of a block: its four outputs in row-major order.

    m (16, T, F), of which each (T, F) is `plane` numbers; the block's `some` filters
    begin at i. Rows of Aᵀ: m0 + m1 + m2, m1 - m2 - m3.
    """
    some = literally(some)
    left, right = halves(some, m, i, plane)
    y00, y01 = add(bias, left), add(bias, right)
    left, right = halves(some, m, i + 4 * plane, plane)
    y00, y01 = add(y00, left), add(y01, right)
    y10, y11 = add(bias, left), add(bias, right)
    left, right = halves(some, m, i + 8 * plane, plane)
    y00, y01 = add(y00, left), add(y01, right)
    y10, y11 = subtract(y10, left), subtract(y11, right)
    left, right = halves(some, m, i + 12 * plane, plane)
    return y00, y01, subtract(y10, left), subtract(y11, right)


@njit(**OPTIONS)
def halves(some: Any, m: Any, i: Any, plane: Any) -> Any:
    """Return m0 + m1 + m2 and m1 - m2 - m3 of the four planes from i on."""
    some = literally(some)
    m1, m2 = load(some, m, i + plane), load(some, m, i + 2 * plane)
    left = add(add(load(some, m, i), m1), m2)
    return left, subtract(subtract(m1, m2), load(some, m, i + 3 * plane))


@functools.cache
def conv_pool(n_in: int, n_out: int, blocks: int, gradients: bool) -> Any:
    """Return the forward kernel for C and F, both multiples of 8, and T = `blocks`."""
    rows, at_once = product(n_out, blocks)
    pixels, some = part(n_in, 6), part(n_out, 10)

    @njit(**OPTIONS)
    def kernel(
        x: Any, u: Any, b: Any, y: Any, places: Any, shape: Any, v: Any, m: Any
    ) -> None:
        """Set y and places as `compiled.conv_pool` does; u is `taps.combine`.

        v (16, T, C) and m (16, T, F) are scratch, with SPARE_ROWS more rows each.
        """
        count, height, width, channels, _, _ = shape
        p_end, q_end = grid = (height - 2) // 2, (width - 2) // 2
        row, blocks = width * channels, p_end * q_end
        apart = blocks | 1
        for n in range(count):
            transform_pixels(n_in, pixels, x, n * height * row, row, grid, v, apart)
            products(n_in, n_out, rows, at_once, v, u, m, blocks, apart)
            for t in range(blocks):
                here = 2 * (t // q_end) * row + 2 * (t % q_end) * channels
                for f in range(0, n_out, some):
                    bias = load(some, b, f)
                    y00, y01, y10, y11 = outputs(
                        some, m, t * n_out + f, apart * n_out, bias
                    )
                    out = (n * blocks + t) * n_out + f
                    pooled(
                        some, gradients, y00, y01, y10, y11, places, y, out, here,
                        channels, row,
                    )  # fmt: skip

    return kernel
