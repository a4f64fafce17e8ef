"""Winograd's 3 × 3 convolution with ReLU, forwards; and its gradients, ReLU or pooled.

The outputs of `winograd` are linear in the pixels and in the taps, so backward is
the same matrices transposed. With V = Bᵀ d B, U = G g Gᵀ and M = V ⊙ U, summed over
the channels, a block's y = Aᵀ M A gives

    dM = A dy Aᵀ,   dV = dM ⊙ U,   dU = V ⊙ dM,   dd = B dV Bᵀ,   dg = Gᵀ dU G,

dV summed over the filters, dU over blocks and images. docs/mathematics.md derives it.

Arrays come flat. Letters: N images, H × W pixels, C channels, F filters, P × Q blocks
of 2 × 2 outputs, T = P · Q.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import literally, njit

from byhand.kernels.compiled import OPTIONS, relu_backward
from byhand.kernels.lanes import add, at, fma, load, maximum, pick, splat, store
from byhand.kernels.winograd import TOGETHER, outputs, products, transform_pixels

CHANNELS = 4  # rows of dU whose sums are in registers at once


@njit(**OPTIONS)
def framed(image: Any, edge: Any, shape: Any, pad: Any, tall: Any, wide: Any) -> None:
    """Copy the image (H, W, C) into edge (tall, wide, C), `pad` pixels in.

    What is beyond the edge is left out.
    """
    _, height, width, channels = shape
    run = min(width, wide - pad) * channels
    for i in range(min(height, tall - pad)):
        a, b = i * width * channels, ((i + pad) * wide + pad) * channels
        edge[b : b + run] = image[a : a + run]


@njit(**OPTIONS)
def unframed(image: Any, edge: Any, shape: Any, pad: Any, tall: Any, wide: Any) -> None:
    """Set the image to what `framed` would have read; 0 where it would have not."""
    _, height, width, channels = shape
    run = min(width, wide - pad) * channels
    image[:] = 0
    for i in range(min(height, tall - pad)):
        a, b = i * width * channels, ((i + pad) * wide + pad) * channels
        image[a : a + run] = edge[b : b + run]


@functools.cache
def conv_relu(n_in: int, n_out: int) -> Any:
    """Return the forward kernel for C and F, both multiples of 8."""

    @njit(**OPTIONS)
    def kernel(
        x: Any, u: Any, b: Any, y: Any, shape: Any, pad: Any, edge: Any, v: Any, m: Any
    ) -> None:
        """Set y (N, H + 2·pad - 2, W + 2·pad - 2, F), with u from `transformed_taps`.

        x (N, H, W, C). Scratch: edge (2·P + 2, 2·Q + 2, C), v (16, T, C) and
        m (16, T, F), T rounded up to a multiple of TOGETHER.
        """
        count, height, width, _ = shape
        down, across = height + 2 * pad - 2, width + 2 * pad - 2
        p_end, q_end = (down + 1) // 2, (across + 1) // 2
        rounded = (p_end * q_end + TOGETHER - 1) // TOGETHER * TOGETHER
        row, size = across * n_out, height * width * n_in
        tall, wide = 2 * p_end + 2, 2 * q_end + 2
        zero, bias = splat(n_out, y.dtype.type(0)), load(n_out, b, 0)
        edge[:] = 0
        for n in range(count):
            framed(x[n * size : (n + 1) * size], edge, shape, pad, tall, wide)
            transform_pixels(
                n_in, edge, 0, wide * n_in, p_end, q_end, v, rounded * n_in
            )
            products(n_in, n_out, v, u, m, rounded)
            for t in range(p_end * q_end):
                i, j = 2 * (t // q_end), 2 * (t % q_end)
                y00, y01, y10, y11 = outputs(n_out, m, t, rounded * n_out, bias)
                out = (n * down + i) * row + j * n_out
                store(y, out, maximum(y00, zero))
                if j + 1 < across:
                    store(y, out + n_out, maximum(y01, zero))
                if i + 1 < down:
                    store(y, out + row, maximum(y10, zero))
                    if j + 1 < across:
                        store(y, out + row + n_out, maximum(y11, zero))

    return kernel


@njit(**OPTIONS)
def unpooled(
    n_out: Any, dy: Any, y: Any, places: Any, db: Any, dz: Any, grid: Any, row: Any,
    channels: Any, first: Any,
) -> None:  # fmt: skip
    """Set dz (2·P, 2·Q, F) to dy where the block's largest was, if above 0; else 0.

    dy, y and places (N, P, Q, F) are read from `first` on; a row of x is `row` numbers.
    Adds to db (F,).
    """
    n_out, number = literally(n_out), dy.dtype.type
    p_end, q_end = grid
    zero, total = splat(n_out, number(0)), load(n_out, db, 0)
    for t in range(p_end * q_end):
        p, q = t // q_end, t % q_end
        i = first + t * n_out
        g = pick(load(n_out, y, i), zero, load(n_out, dy, i), zero)
        total = add(total, g)
        place = load(n_out, places, i)
        for k in range(4):
            here = (2 * p + k // 2) * row + (2 * q + k % 2) * channels
            # places are integers, a pixel's at least 8 apart
            under, over = splat(n_out, number(here - 1)), splat(n_out, number(here + 1))
            out = ((2 * p + k // 2) * 2 * q_end + 2 * q + k % 2) * n_out
            store(dz, out, pick(place, under, pick(over, place, g, zero), zero))
    store(db, 0, total)


@njit(**OPTIONS)
def transform_gradient(n_out: Any, dz: Any, grid: Any, dm: Any, plane: Any) -> None:
    """Set dm (16, T, F) to A dz Aᵀ of every block of dz (2·P, 2·Q, F).

    Rows of A: g0, g0 + g1, g0 - g1, -g1.
    """
    n_out, one = literally(n_out), dz.dtype.type(1)
    p_end, q_end = grid
    row = 2 * q_end * n_out
    for t in range(p_end * q_end):
        here = 2 * (t // q_end) * row + 2 * (t % q_end) * n_out
        g00, g01 = load(n_out, dz, here), load(n_out, dz, here + n_out)
        g10, g11 = load(n_out, dz, here + row), load(n_out, dz, here + row + n_out)
        zero = splat(n_out, one - one)
        for i in range(4):
            up = one if i < 3 else one - one
            down = one - one if i == 0 else one if i == 1 else -one
            g0 = fma(g10, down, fma(g00, up, zero))
            g1 = fma(g11, down, fma(g01, up, zero))
            out = 4 * i * plane + t * n_out
            store(dm, out, g0)
            store(dm, out + plane, add(g0, g1))
            store(dm, out + 2 * plane, fma(g1, -one, g0))
            store(dm, out + 3 * plane, fma(g1, -one, zero))


@njit(**OPTIONS)
def add_products(
    n_in: Any, n_out: Any, v: Any, dm: Any, du: Any, blocks: Any, rounded: Any
) -> None:
    """Add to du[k] (C, F) v[k].T (C, T) @ dm[k] (T, F), for each of the 16 k."""
    n_in, n_out = literally(n_in), literally(n_out)
    for k in range(16):
        for c in range(0, n_in, CHANNELS):
            i = (k * n_in + c) * n_out
            a0, a1 = load(n_out, du, i), load(n_out, du, i + n_out)
            a2, a3 = load(n_out, du, i + 2 * n_out), load(n_out, du, i + 3 * n_out)
            for t in range(k * rounded, k * rounded + blocks):
                g, pixel = load(n_out, dm, t * n_out), t * n_in + c
                a0 = fma(g, at(v, pixel), a0)
                a1 = fma(g, at(v, pixel + 1), a1)
                a2 = fma(g, at(v, pixel + 2), a2)
                a3 = fma(g, at(v, pixel + 3), a3)
            store(du, i, a0)
            store(du, i + n_out, a1)
            store(du, i + 2 * n_out, a2)
            store(du, i + 3 * n_out, a3)


@njit(**OPTIONS)
def spread_pixels(
    n_in: Any, dv: Any, grid: Any, row: Any, edge: Any, plane: Any
) -> None:
    """Add B dv Bᵀ of every block to its 4 × 4 pixels of edge.

    It is `transform_pixels` backwards.

    dv (16, T, C); a row of edge is `row` numbers. Rows of B: d0, d1 - d2 + d3,
    d1 + d2 - d0, -d3; row i of dv goes to the two rows that it was made of.
    """
    n_in, minus = literally(n_in), dv.dtype.type(-1)
    p_end, q_end = grid
    zero = splat(n_in, minus - minus)
    for t in range(p_end * q_end):
        here = 2 * (t // q_end) * row + 2 * (t % q_end) * n_in
        for i in range(4):
            one = 0 if i == 0 else 2 if i == 2 else 1
            two = 1 if i == 2 else 3 if i == 3 else 2
            sign = minus if i != 1 else -minus
            a, b = here + one * row, here + two * row
            at_i = 4 * i * plane + t * n_in
            d0, d1 = load(n_in, dv, at_i), load(n_in, dv, at_i + plane)
            d2 = load(n_in, dv, at_i + 2 * plane)
            d3 = load(n_in, dv, at_i + 3 * plane)
            e1 = add(fma(d2, minus, d1), d3)
            e2 = fma(d0, minus, add(d1, d2))
            e3 = fma(d3, minus, zero)
            store(edge, a, add(load(n_in, edge, a), d0))
            store(edge, a + n_in, add(load(n_in, edge, a + n_in), e1))
            store(edge, a + 2 * n_in, add(load(n_in, edge, a + 2 * n_in), e2))
            store(edge, a + 3 * n_in, add(load(n_in, edge, a + 3 * n_in), e3))
            store(edge, b, fma(d0, sign, load(n_in, edge, b)))
            store(edge, b + n_in, fma(e1, sign, load(n_in, edge, b + n_in)))
            store(edge, b + 2 * n_in, fma(e2, sign, load(n_in, edge, b + 2 * n_in)))
            store(edge, b + 3 * n_in, fma(e3, sign, load(n_in, edge, b + 3 * n_in)))


@functools.cache
def backward(n_in: int, n_out: int, pooled: bool, need_dx: bool) -> Any:
    """Return the backward kernel for C and F.

    Args:
        n_in: C.
        n_out: F.
        pooled: whether dy, y and places are those of `winograd.conv_pool`.
        need_dx: whether the gradient of x is wanted.
    """

    @njit(**OPTIONS)
    def kernel(
        dy: Any, y: Any, places: Any, x: Any, taps: Any, du: Any, db: Any, dx: Any,
        shape: Any, pad: Any, edge: Any, dz: Any, v: Any, dm: Any,
    ) -> None:  # fmt: skip
        """Add to du (16, C, F) and db (F,), set dx (N, H, W, C).

        taps (16, F, C), transformed. Scratch as the forward kernel's, and
        dz (2·P, 2·Q, F).
        """
        count, height, width, _ = shape
        down, across = height + 2 * pad - 2, width + 2 * pad - 2
        if pooled:
            down, across = down // 2 * 2, across // 2 * 2
        p_end, q_end = grid = (down + 1) // 2, (across + 1) // 2
        blocks = p_end * q_end
        rounded = (blocks + TOGETHER - 1) // TOGETHER * TOGETHER
        tall, wide = 2 * p_end + 2, 2 * q_end + 2
        size, run = height * width * n_in, across * n_out
        for n in range(count):
            if pooled:
                first = n * blocks * n_out
                unpooled(n_out, dy, y, places, db, dz, grid, width * n_in, n_in, first)
            else:
                dz[:] = 0
                for i in range(down):
                    line = dz[i * 2 * q_end * n_out :]
                    relu_backward(n_out, dy, y, db, line, (n * down + i) * run, run)
            transform_gradient(n_out, dz, grid, dm, rounded * n_out)
            image = slice(n * size, (n + 1) * size)
            edge[:] = 0
            framed(x[image], edge, shape, pad, tall, wide)
            transform_pixels(
                n_in, edge, 0, wide * n_in, p_end, q_end, v, rounded * n_in
            )
            add_products(n_in, n_out, v, dm, du, blocks, rounded)
            if need_dx:
                products(n_out, n_in, dm, taps, v, rounded)
                edge[:] = 0
                spread_pixels(n_in, v, grid, wide * n_in, edge, rounded * n_in)
                unframed(dx[image], edge, shape, pad, tall, wide)

    return kernel
