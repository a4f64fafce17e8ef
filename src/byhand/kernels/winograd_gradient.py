"""The gradients of Winograd's 3 × 3 convolution with ReLU, pooled or not.

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

from byhand.kernels.blocks import part, product
from byhand.kernels.compiled import OPTIONS, relu_backward
from byhand.kernels.lanes import (
    add,
    load,
    load_rows,
    pick,
    splat,
    store,
    store_rows,
    subtract,
)
from byhand.kernels.layout import copy_run
from byhand.kernels.products import fma, outer
from byhand.kernels.winograd import products, transform_pixels
from byhand.kernels.winograd_relu import framed, unframed


@njit(**OPTIONS)
def unpooled(
    n_out: Any, some: Any, dy: Any, y: Any, places: Any, db: Any, dz: Any, grid: Any,
    row: Any, channels: Any, first: Any,
) -> None:  # fmt: skip
    """Set dz (2·P, 2·Q, F) to dy where the block's largest was, if above 0; else 0.

    dy, y and places (N, P, Q, F) are read from `first` on; a row of x is `row` numbers.
    Adds to db (F,). `some` filters are taken at once.
    """
    n_out, some, number = literally(n_out), literally(some), dy.dtype.type
    p_end, q_end = grid
    zero = splat(some, number(0))
    for f in range(0, n_out, some):
        total = load(some, db, f)
        for t in range(p_end * q_end):
            p, q = t // q_end, t % q_end
            i = first + t * n_out + f
            g = pick(load(some, y, i), zero, load(some, dy, i), zero)
            total = add(total, g)
            place = load(some, places, i)
            for k in range(4):
                here = (2 * p + k // 2) * row + (2 * q + k % 2) * channels
                # places are integers, a pixel's at least 8 apart
                under = splat(some, number(here - 1))
                over = splat(some, number(here + 1))
                out = ((2 * p + k // 2) * 2 * q_end + 2 * q + k % 2) * n_out + f
                store(dz, out, pick(place, under, pick(over, place, g, zero), zero))
        store(db, f, total)


@njit(**OPTIONS)
def copied(dy: Any, db: Any, dz: Any) -> None:
    """Copy dy to the beginning of dz; add its rows to db (F,)."""
    for i in range(0, len(dy), len(db)):
        for f in range(len(db)):
            dz[i + f] = dy[i + f]
            db[f] += dy[i + f]


@njit(**OPTIONS)
def transform_gradient(
    n_out: Any, some: Any, dz: Any, grid: Any, dm: Any, apart: Any
) -> None:
    """Set dm (16, apart, F) to A dz Aᵀ of every block of dz (2·P, 2·Q, F).

    Rows of A: g0, g0 + g1, g0 - g1, -g1. `some` filters are taken at once.
    """
    n_out, some, number = literally(n_out), literally(some), dz.dtype.type
    p_end, q_end = grid
    row, plane = 2 * q_end * n_out, apart * n_out
    zero = splat(some, number(0))
    for t in range(p_end * q_end):
        here = 2 * (t // q_end) * row + 2 * (t % q_end) * n_out
        for f in range(0, n_out, some):
            i, out = here + f, t * n_out + f
            g00, g01 = load(some, dz, i), load(some, dz, i + n_out)
            g10, g11 = load(some, dz, i + row), load(some, dz, i + row + n_out)
            spread_gradient(dm, out, plane, g00, g01, zero)
            out += 4 * plane
            spread_gradient(dm, out, plane, add(g00, g10), add(g01, g11), zero)
            out += 4 * plane
            g0, g1 = subtract(g00, g10), subtract(g01, g11)
            spread_gradient(dm, out, plane, g0, g1, zero)
            out += 4 * plane
            g0, g1 = subtract(zero, g10), subtract(zero, g11)
            spread_gradient(dm, out, plane, g0, g1, zero)


@njit(**OPTIONS)
def spread_gradient(dm: Any, out: Any, plane: Any, g0: Any, g1: Any, zero: Any) -> None:
    """Set four planes of dm to g0, g0 + g1, g0 - g1 and -g1."""
    store(dm, out, g0)
    store(dm, out + plane, add(g0, g1))
    store(dm, out + 2 * plane, subtract(g0, g1))
    store(dm, out + 3 * plane, subtract(zero, g1))


@njit(**OPTIONS)
def add_products(
    n_in: Any, n_out: Any, rows: Any, last: Any, some: Any, v: Any, dm: Any, du: Any,
    blocks: Any, apart: Any,
) -> None:  # fmt: skip
    """Add to du[k] (C, F) v[k].T (C, T) @ dm[k] (T, F), for each of the 16 k.

    `rows` channels are summed at once, at the end `last`, and `some` filters.
    """
    n_in, n_out = literally(n_in), literally(n_out)
    for k in range(16):
        at = k, k * apart, k * apart + blocks
        for f in range(0, n_out, some):
            for c in range(0, n_in - last, rows):
                add_product(n_in, n_out, rows, some, v, dm, du, at, c, f)
            c = n_in - last
            add_product(n_in, n_out, last, some, v, dm, du, at, c, f)


@njit(**OPTIONS)
def add_product(
    n_in: Any, n_out: Any, rows: Any, some: Any, v: Any, dm: Any, du: Any, at: Any,
    c: Any, f: Any,
) -> None:  # fmt: skip
    """Add one block of sums to du[k]: from channel c and filter f on.

    at is k and its first row in v and dm, and the one behind its last.
    """
    k, begin, end = at
    rows, some, i = literally(rows), literally(some), (k * n_in + c) * n_out + f
    sums = load_rows(rows, some, du, i, n_out)
    pixel = begin * n_in + c
    for t in range(begin, end):
        sums = outer(sums, load(some, dm, t * n_out + f), v, pixel, 1)
        pixel += n_in
    store_rows(du, i, n_out, sums)


@njit(**OPTIONS)
def spread_pixels(
    n_in: Any, some: Any, dv: Any, grid: Any, row: Any, edge: Any, apart: Any
) -> None:
    """Add B dv Bᵀ of every block to its 4 × 4 pixels of edge.

    It is `transform_pixels` backwards.

    dv (16, apart, C); a row of edge is `row` numbers. Rows of B: d0, d1 - d2 + d3,
    d1 + d2 - d0, -d3; row i of dv goes to the two rows that it was made of.
    """
    n_in, some, minus = literally(n_in), literally(some), dv.dtype.type(-1)
    p_end, q_end = grid
    plane = apart * n_in
    for t in range(p_end * q_end):
        here = 2 * (t // q_end) * row + 2 * (t % q_end) * n_in
        for c in range(0, n_in, some):
            for i in range(4):
                one = 0 if i == 0 else 2 if i == 2 else 1
                two = 1 if i == 2 else 3 if i == 3 else 2
                sign = minus if i != 1 else -minus
                at_i = 4 * i * plane + t * n_in + c
                d0, d1 = load(some, dv, at_i), load(some, dv, at_i + plane)
                d2 = load(some, dv, at_i + 2 * plane)
                d3 = load(some, dv, at_i + 3 * plane)
                e1 = add(subtract(d1, d2), d3)
                e2 = subtract(add(d1, d2), d0)
                a, b = here + one * row + c, here + two * row + c
                store(edge, a, add(load(some, edge, a), d0))
                store(edge, b, fma(d0, sign, load(some, edge, b)))
                a, b = a + n_in, b + n_in
                store(edge, a, add(load(some, edge, a), e1))
                store(edge, b, fma(e1, sign, load(some, edge, b)))
                a, b = a + n_in, b + n_in
                store(edge, a, add(load(some, edge, a), e2))
                store(edge, b, fma(e2, sign, load(some, edge, b)))
                a, b = a + n_in, b + n_in
                store(edge, a, subtract(load(some, edge, a), d3))
                store(edge, b, fma(d3, -sign, load(some, edge, b)))


@functools.cache
def backward(
    n_in: int, n_out: int, blocks: int, pooled: bool, relu: bool, need_dx: bool
) -> Any:
    """Return the backward kernel for C and F.

    Args:
        n_in: C.
        n_out: F.
        blocks: T.
        pooled: whether dy, y and places are those of `winograd.conv_pool`.
        relu: whether there is a ReLU behind; where it is pooled there is.
        need_dx: whether the gradient of x is wanted.
    """
    return _backward(n_in, n_out, *product(n_in, blocks), pooled, relu, need_dx)


@functools.cache
def _backward(
    n_in: int, n_out: int, rows: int, at_once: int, pooled: bool, relu: bool,
    need_dx: bool,
) -> Any:  # fmt: skip
    channels, filters = product(n_out, n_in)  # of dU
    last = n_in - (n_in - 1) // channels * channels
    pixels, some, gradients = part(n_in, 6), part(n_out, 7), part(n_out, 7)

    @njit(**OPTIONS)
    def kernel(
        dy: Any, y: Any, places: Any, x: Any, taps: Any, du: Any, db: Any, dx: Any,
        shape: Any, pad: Any, high: Any, edge: Any, dz: Any, v: Any, dm: Any,
        dedge: Any,
    ) -> None:  # fmt: skip
        """Add to du (16, C, F) and db (F,), set dx (N, H, W, C).

        taps (16, F, C), transformed. `high` rows of blocks are taken at once, all if
        pooled. Scratch as the forward kernel's, dz (2·high, 2·Q, F), dedge as edge.
        """
        count, height, width, _ = shape
        down, across = height + 2 * pad - 2, width + 2 * pad - 2
        if pooled:
            down, across = down // 2 * 2, across // 2 * 2
            dx[:] = 0
        p_end, q_end = (down + 1) // 2, (across + 1) // 2
        wide = 2 * q_end + 2
        size, run, row = height * width * n_in, across * n_out, wide * n_in
        edge[:] = 0
        dedge[:] = 0
        for n in range(count):
            image = slice(n * size, (n + 1) * size)
            for top in range(0, p_end, high):
                grid = min(high, p_end - top), q_end
                blocks = grid[0] * q_end
                apart = blocks | 1
                if pooled:
                    first, x_row = n * blocks * n_out, width * n_in
                    unpooled(
                        n_out, some, dy, y, places, db, dz, grid, x_row, n_in, first
                    )
                else:
                    if across % 2 or 2 * (top + grid[0]) > down:
                        dz[:] = 0
                    for i in range(2 * top, min(2 * (top + grid[0]), down)):
                        line = dz[(i - 2 * top) * 2 * q_end * n_out :]
                        first = (n * down + i) * run
                        if relu:
                            relu_backward(n_out, some, dy, y, db, line, first, run)
                        else:
                            copied(dy[first : first + run], db, line)
                transform_gradient(n_out, gradients, dz, grid, dm, apart)
                framed(x[image], edge, shape, pad, 2 * top, 2 * grid[0] + 2, wide)
                transform_pixels(n_in, pixels, edge, 0, row, grid, v, apart)
                add_products(
                    n_in, n_out, channels, last, filters, v, dm, du, blocks, apart
                )
                if need_dx:
                    products(n_out, n_in, rows, at_once, dm, taps, v, blocks, apart)
                    spread_pixels(n_in, pixels, v, grid, row, dedge, apart)
                    below = 2 * grid[0] * row  # two rows that the next adds to
                    tall = 2 * grid[0] + 2 * (top + grid[0] == p_end)
                    unframed(dx[image], dedge, shape, pad, 2 * top, tall, wide)
                    copy_run(dedge, 0, dedge, below, 2 * row)
                    dedge[2 * row :] = 0
                    if top + grid[0] == p_end:
                        dedge[: 2 * row] = 0

    return kernel
