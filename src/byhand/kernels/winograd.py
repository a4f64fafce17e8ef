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

import numpy as np
from numba import literally, njit
from numpy.typing import NDArray

from byhand.kernels.compiled import OPTIONS, first_largest
from byhand.kernels.lanes import add, at, fma, load, maximum, splat, store

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
TWICE = np.kron(G, G)  # (16, 9): G from the left and Gᵀ from the right at once
TOGETHER = 5  # blocks whose sums are in registers at once


def transformed_taps(w: NDArray[Any]) -> NDArray[Any]:
    """Return G g Gᵀ for the taps g of every channel and filter: (16, C, F)."""
    rows, columns, n_in, n_out = w.shape
    taps = w.reshape(rows * columns, n_in * n_out)
    transformed: NDArray[Any] = TWICE.astype(w.dtype) @ taps
    return transformed.reshape(16, n_in, n_out)


@njit(**OPTIONS)
def transform_pixels(
    n_in: Any, x: Any, first: Any, row: Any, p_end: Any, q_end: Any, v: Any, plane: Any
) -> None:
    """Set v (16, T, C) to Bᵀ d B of every block's 4 × 4 pixels d of one image.

    Rows of Bᵀ: d0 - d2, d1 + d2, d2 - d1, d1 - d3; then the same across.
    """
    n_in, minus = literally(n_in), x.dtype.type(-1)
    for t in range(p_end * q_end):
        here = first + 2 * (t // q_end) * row + 2 * (t % q_end) * n_in
        for i in range(4):
            one = 0 if i == 0 else 2 if i == 2 else 1
            two = 1 if i == 2 else 3 if i == 3 else 2
            sign = minus if i != 1 else -minus
            a, b = here + one * row, here + two * row
            d0 = fma(load(n_in, x, b), sign, load(n_in, x, a))
            a, b = a + n_in, b + n_in
            d1 = fma(load(n_in, x, b), sign, load(n_in, x, a))
            a, b = a + n_in, b + n_in
            d2 = fma(load(n_in, x, b), sign, load(n_in, x, a))
            a, b = a + n_in, b + n_in
            d3 = fma(load(n_in, x, b), sign, load(n_in, x, a))
            out = 4 * i * plane + t * n_in
            store(v, out, fma(d2, minus, d0))
            store(v, out + plane, add(d1, d2))
            store(v, out + 2 * plane, fma(d1, minus, d2))
            store(v, out + 3 * plane, fma(d3, minus, d1))


@njit(**OPTIONS)
def products(n_in: Any, n_out: Any, v: Any, u: Any, m: Any, blocks: Any) -> None:
    """Set m[k] (T, F) to v[k] (T, C) @ u[k] (C, F) for each of the 16 k."""
    n_in, n_out = literally(n_in), literally(n_out)
    zero = splat(n_out, v.dtype.type(0))
    for k in range(16):
        for t in range(k * blocks, (k + 1) * blocks, TOGETHER):
            a0 = a1 = a2 = a3 = a4 = zero
            tap = k * n_in * n_out
            for c in range(t * n_in, (t + 1) * n_in):
                taps = load(n_out, u, tap)
                a0 = fma(taps, at(v, c), a0)
                a1 = fma(taps, at(v, c + n_in), a1)
                a2 = fma(taps, at(v, c + 2 * n_in), a2)
                a3 = fma(taps, at(v, c + 3 * n_in), a3)
                a4 = fma(taps, at(v, c + 4 * n_in), a4)
                tap += n_out
            store(m, t * n_out, a0)
            store(m, (t + 1) * n_out, a1)
            store(m, (t + 2) * n_out, a2)
            store(m, (t + 3) * n_out, a3)
            store(m, (t + 4) * n_out, a4)


@njit(**OPTIONS)
def outputs(n_out: Any, m: Any, t: Any, plane: Any, bias: Any) -> Any:
    """Return Aᵀ m A + bias of block t: its four outputs in row-major order.

    m (16, T, F), of which each (T, F) is `plane` numbers. Rows of Aᵀ: m0 + m1 + m2,
    m1 - m2 - m3.
    """
    n_out, one = literally(n_out), m.dtype.type(1)
    y00 = y01 = y10 = y11 = bias
    for i in range(4):
        at_i = 4 * i * plane + t * n_out
        m1 = load(n_out, m, at_i + plane)
        m2 = load(n_out, m, at_i + 2 * plane)
        m3 = load(n_out, m, at_i + 3 * plane)
        left = add(add(load(n_out, m, at_i), m1), m2)
        right = fma(m3, -one, fma(m2, -one, m1))
        up = one if i < 3 else one - one
        down = one - one if i == 0 else one if i == 1 else -one
        y00, y01 = fma(left, up, y00), fma(right, up, y01)
        y10, y11 = fma(left, down, y10), fma(right, down, y11)
    return y00, y01, y10, y11


@functools.cache
def conv_pool(n_in: int, n_out: int, gradients: bool) -> Any:
    """Return the forward kernel for C and F, both multiples of 8."""

    @njit(**OPTIONS)
    def kernel(
        x: Any, u: Any, b: Any, y: Any, places: Any, shape: Any, v: Any, m: Any
    ) -> None:
        """Set y and places as `compiled.conv_pool` does; u is `transformed_taps`.

        v (16, T, C) and m (16, T, F) are scratch, T rounded up to a multiple of
        TOGETHER.
        """
        count, height, width, channels, _, _ = shape
        p_end, q_end = (height - 2) // 2, (width - 2) // 2
        row, blocks = width * channels, p_end * q_end
        rounded = (blocks + TOGETHER - 1) // TOGETHER * TOGETHER
        plane, bias = rounded * n_out, load(n_out, b, 0)
        zero = splat(n_out, y.dtype.type(0))
        for n in range(count):
            transform_pixels(
                n_in, x, n * height * row, row, p_end, q_end, v, rounded * n_in
            )
            products(n_in, n_out, v, u, m, rounded)
            for t in range(blocks):
                y00, y01, y10, y11 = outputs(n_out, m, t, plane, bias)
                here = 2 * (t // q_end) * row + 2 * (t % q_end) * channels
                out = (n * blocks + t) * n_out
                if gradients:
                    y00 = first_largest(
                        n_out, y00, y01, y10, y11, places, out, here, channels, row
                    )
                else:
                    y00 = maximum(maximum(y00, y01), maximum(y10, y11))
                store(y, out, maximum(y00, zero))

    return kernel
