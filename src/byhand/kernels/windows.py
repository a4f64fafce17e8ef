"""Convolution with windows of any size and stride, and perhaps ReLU: direct products.

The plain layers Conv2d and ReLU in a row define what these compute. Each of the three
products, of outputs, dw and dx, keeps a block of sums in registers: some neighbouring
outputs (or taps) × a run of filters (or channels). Nothing is copied into patches.

Arrays come flat. Letters: N images, H × W pixels, C channels, F filters, R × S the
window, P × Q outputs.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import literally, njit

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import (
    add,
    load,
    load_rows,
    maximum,
    pick,
    splat,
    splat_rows,
    store,
    store_rows,
)
from byhand.kernels.layout import copy_run
from byhand.kernels.products import add_rows, outer
from byhand.kernels.winograd_relu import framed, unframed


def rounded(count: int, multiple: int) -> int:
    """Return count, rounded up to a multiple."""
    return -(-count // multiple) * multiple


@functools.cache
def forward(rows: int, width: int, relu: bool) -> Any:
    """Return the forward kernel; blocks of `rows` outputs, Q at most, × width filters.

    F is a multiple of width.
    """

    @njit(**OPTIONS)
    def kernel(
        x: Any, w: Any, b: Any, y: Any, shape: Any, stride: Any, pad: Any, edge: Any
    ) -> None:
        """Set y (N, P, Q, F) from x (N, H, W, C), w (R, S, C, F) and b (F,).

        shape is (N, H, W, C, R, S). Scratch: edge (H + 2·pad, W + 2·pad, C).
        """
        count, height, across, channels, n_rows, columns = shape
        filters, run = len(b), columns * channels
        tall, wide = height + 2 * pad, across + 2 * pad
        p_end, q_end = (tall - n_rows) // stride + 1, (wide - columns) // stride + 1
        size, row, step = height * across * channels, wide * channels, stride * channels
        zero = splat_rows(rows, width, x.dtype.type(0))
        edge[:] = 0
        for n in range(count):
            image = x[n * size : (n + 1) * size]
            framed(image, edge, (count, height, across, channels), pad, 0, tall, wide)
            for p in range(p_end):
                out = (n * p_end + p) * q_end
                for begin in range(0, q_end, rows):
                    q = min(begin, q_end - rows)  # the last one again visits some
                    for f in range(0, filters, width):
                        total = load_rows(rows, width, b, f, 0)
                        tap = f
                        for r in range(n_rows):
                            first = (p * stride + r) * row + q * step
                            for i in range(first, first + run):
                                taps = load(width, w, tap)
                                total = outer(total, taps, edge, i, step)
                                tap += filters
                        if relu:
                            total = maximum(total, zero)
                        store_rows(y, (out + q) * filters + f, filters, total)

    return kernel


@njit(**OPTIONS)
def masked(
    width: Any, relu: Any, dy: Any, y: Any, dz: Any, db: Any, first: Any, grid: Any
) -> None:
    """Set dz (P, Q rounded up, F) to one image's dy, where y is above 0 if relu.

    Adds to db (F,). grid is P, Q, Q rounded up and F; the image begins at `first`. What
    is beyond Q becomes 0.
    """
    width = literally(width)
    p_end, q_end, wide, filters = grid
    zero = splat(width, dy.dtype.type(0))
    for f in range(0, filters, width):
        total = load(width, db, f)
        for p in range(p_end):
            here, out = first + p * q_end * filters + f, p * wide * filters + f
            for q in range(wide):
                g = zero
                if q < q_end:
                    g = load(width, dy, here + q * filters)
                    if relu:
                        g = pick(load(width, y, here + q * filters), zero, g, zero)
                    total = add(total, g)
                store(dz, out + q * filters, g)
        store(db, f, total)


@njit(**OPTIONS)
def add_dw(
    taps: Any, width: Any, x: Any, dz: Any, dw: Any, grid: Any, window: Any, steps: Any
) -> None:
    """Add to dw (R, S·C rounded up to a multiple of taps, F) one image's products.

    window is R and S·C rounded up; steps are those from an output to the next in x,
    down and across, and of a row of x.
    """
    taps, width = literally(taps), literally(width)
    p_end, q_end, wide, filters = grid
    n_rows, run = window
    down, step, row = steps
    for r in range(n_rows):
        for t in range(0, run, taps):
            for f in range(0, filters, width):
                here = (r * run + t) * filters + f
                total = load_rows(taps, width, dw, here, filters)
                for p in range(p_end):
                    pixel, i = p * down + r * row + t, p * wide * filters + f
                    for _ in range(q_end):
                        total = outer(total, load(width, dz, i), x, pixel, 1)
                        pixel += step
                        i += filters
                store_rows(dw, here, filters, total)


@njit(**OPTIONS)
def add_dx(
    rows: Any, width: Any, w: Any, dz: Any, dx: Any, grid: Any, window: Any, steps: Any
) -> None:
    """Add to dx what one image's dz has for it; w (R, F, S·C rounded up)."""
    rows, width = literally(rows), literally(width)
    p_end, _, wide, filters = grid
    n_rows, run = window
    down, step, row = steps
    one = dz.dtype.type(1)
    for p in range(p_end):
        for q in range(0, wide, rows):
            out = (p * wide + q) * filters
            for r in range(n_rows):
                for t in range(0, run, width):
                    total = splat_rows(rows, width, dz.dtype.type(0))
                    tap = r * filters * run + t
                    for i in range(out, out + filters):
                        total = outer(total, load(width, w, tap), dz, i, filters)
                        tap += run
                    place = p * down + q * step + r * row + t
                    add_rows(dx, place, step, total, one)


@functools.cache
def backward(taps: int, rows: int, width: int, lanes: int, relu: bool) -> Any:
    """Return the backward kernel.

    Args:
        taps: of a row of a window, whose gradients are summed at once.
        rows: outputs whose dx is summed at once; Q is rounded up to a multiple.
        width: filters at once; F is a multiple.
        lanes: channels of a row of a window at once in dx; 0 where it is not wanted.
        relu: whether there is a ReLU behind.
    """

    @njit(**OPTIONS)
    def kernel(
        dy: Any, y: Any, x: Any, w: Any, dw: Any, db: Any, dx: Any, shape: Any,
        stride: Any, pad: Any, edge: Any, dz: Any, sums: Any, turned: Any,
    ) -> None:  # fmt: skip
        """Set dw (R, S, C, F), db (F,) and dx (N, H, W, C), from dy and y (N, P, Q, F).

        Scratch: edge as forward, with memory behind it for what is rounded up;
        dz (P, Q rounded, F); sums as dw and turned (R, F, S, C), S·C rounded up.
        """
        count, height, across, channels, n_rows, columns = shape
        filters, run = len(db), columns * channels
        tall, wide = height + 2 * pad, across + 2 * pad
        p_end, q_end = (tall - n_rows) // stride + 1, (wide - columns) // stride + 1
        grid = p_end, q_end, (q_end + rows - 1) // rows * rows, filters
        size, row = height * across * channels, wide * channels
        steps = stride * row, stride * channels, row
        wide_sums, wide_taps = len(sums) // (n_rows * filters), 0
        db[:] = 0
        sums[:] = 0
        if lanes:
            wide_taps = len(turned) // (n_rows * filters)
            turn(w, turned, n_rows, run, filters, wide_taps)
        else:
            edge[:] = 0
        frame = (count, height, across, channels)
        for n in range(count):
            image = slice(n * size, (n + 1) * size)
            first = n * p_end * q_end * filters
            masked(width, relu, dy, y, dz, db, first, grid)
            if lanes:
                edge[:] = 0
            framed(x[image], edge, frame, pad, 0, tall, wide)
            add_dw(taps, width, edge, dz, sums, grid, (n_rows, wide_sums), steps)
            if lanes:
                edge[:] = 0
                add_dx(rows, lanes, turned, dz, edge, grid, (n_rows, wide_taps), steps)
                unframed(dx[image], edge, frame, pad, 0, tall, wide)
        for r in range(n_rows):
            length, begin = run * filters, r * wide_sums * filters
            copy_run(dw, r * length, sums, begin, length)

    return kernel


@njit(**OPTIONS)
def turn(w: Any, turned: Any, n_rows: Any, run: Any, filters: Any, wide: Any) -> None:
    """Set turned (R, F, wide) to w (R, run, F), each row filled up with zeros."""
    turned[:] = 0
    for r in range(n_rows):
        for t in range(run):
            for f in range(filters):
                turned[(r * filters + f) * wide + t] = w[(r * run + t) * filters + f]
