"""A convolution on pixels with ReLU and pooling, in which blank pixels cost nothing.

Four fifths of the pixels of a digit are 0, and so are their products. Forwards, a block
of 2 × 2 outputs goes through the pixels of its window that are not 0, found as bits of
one integer; a block that sees none is max(b, 0). Backwards, blank blocks add nothing.

The plain layers Conv2d, ReLU and MaxPool2d in a row define what these compute. Arrays
come flat. Letters as in `compiled`.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import literally, njit

from byhand.kernels.bits import lowest, marks, places, word
from byhand.kernels.blocks import part, vectors
from byhand.kernels.compiled import OPTIONS, pooled
from byhand.kernels.lanes import (
    add,
    at,
    load,
    load_rows,
    pick,
    put,
    splat,
    store,
    store_rows,
)
from byhand.kernels.layout import copy_run
from byhand.kernels.products import fma, sum_rows
from byhand.kernels.target import TARGET

MOST_BITS = 63  # pixels that a block of outputs may see
ROOM = 8  # bytes that are read behind the last bits


def pixels_seen(rows: int, columns: int, channels: int) -> int:
    """Return how many bits a block needs: rows as long as taps with zeros beside."""
    return (rows + 1) * (columns + 2) * channels


@njit(**OPTIONS)
def mark(x: Any, first: Any, size: Any, bits: Any) -> None:
    """Set bits to which numbers of one image, from x[first] on, are not 0."""
    for i in range(0, size - 7, 8):
        put(bits, i // 8, marks(x, first + i))
    rest = 0
    for i in range(size // 8 * 8, size):
        rest |= int(at(x, first + i) != 0) << (i % 8)
    put(bits, size // 8, rest)


@njit(**OPTIONS)
def surround(w: Any, taps: Any, shape: Any, n_out: Any) -> None:
    """Set taps (R + 2, S + 2, C, F) to w (R, S, C, F) with zeros around it."""
    _, _, _, channels, rows, columns = shape
    run, step = columns * channels * n_out, (columns + 2) * channels * n_out
    taps[:] = 0
    for r in range(rows):
        start = (r + 1) * step + channels * n_out
        copy_run(taps, start, w, r * run, run)


@njit(**OPTIONS)
def seen(bits: Any, here: Any, row: Any, rows: Any, step: Any, ones: Any) -> Any:
    """Return which pixels a block of outputs sees: bit r · step + i, as in taps.

    Its window begins at number `here` of the image; a row of it is as long as `ones`.
    """
    found = 0
    for r in range(rows + 1):
        i = here + r * row
        found |= ((word(bits, i // 8) >> (i % 8)) & ones) << (r * step)
    return found


@njit(**OPTIONS)
def through_ink(
    some: Any, x: Any, first: Any, found: Any, steps: Any, taps: Any, f: Any,
    n_out: Any, right: Any, down: Any, bias: Any,
) -> Any:  # fmt: skip
    """Return a block's four outputs, of `some` filters from f on, in row-major order.

    The block's pixels begin at x[first]; those whose bits are in `found` are not 0.
    """
    some = literally(some)
    y00 = y01 = y10 = y11 = bias
    while found != 0:
        pixel = lowest(found)
        found &= found - 1
        value = at(x, first + at(steps, pixel))
        tap = pixel * n_out + f
        y00 = fma(load(some, taps, tap + down + right), value, y00)
        y01 = fma(load(some, taps, tap + down), value, y01)
        y10 = fma(load(some, taps, tap + right), value, y10)
        y11 = fma(load(some, taps, tap), value, y11)
    return y00, y01, y10, y11


@functools.cache
def conv_pool(n_out: int, gradients: bool) -> Any:
    """Return the forward kernel for F = n_out filters, a multiple of 8.

    Args:
        n_out: F.
        gradients: note where each largest output came from, and which blocks are seen.
    """
    some = part(n_out, 5, spare=1)

    @njit(**OPTIONS)
    def kernel(
        x: Any, w: Any, b: Any, y: Any, origins: Any, shape: Any, windows: Any,
        counts: Any, bits: Any, steps: Any, taps: Any,
    ) -> None:  # fmt: skip
        """Set y to the largest of each block of outputs, or 0.

        x (N, H, W, C), w (R, S, C, F), b (F,), y (N, P, Q, F). origins, shaped as y,
        gets where that largest one's window begins, from the image's first number.
        windows (N, P·Q) and counts (N,) get the blocks that are not blank. Scratch:
        bits (H·W·C / 8 + ROOM,) uint8, steps (MOST_BITS,) int32 and
        taps (R + 2, S + 2, C, F).
        """
        count, height, width, channels, rows, columns = shape
        p_end, q_end = (height - rows + 1) // 2, (width - columns + 1) // 2
        blocks, row = p_end * q_end, width * channels
        step, ones = (columns + 2) * channels, (1 << ((columns + 1) * channels)) - 1
        surround(w, taps, shape, n_out)
        for k in range((rows + 1) * step):
            put(steps, k, k // step * row + k % step)
        right, down = channels * n_out, step * n_out
        for n in range(count):
            first, visited = n * height * row, 0
            mark(x, first, height * row, bits)
            for k in range(blocks):
                here = 2 * (k // q_end) * row + 2 * (k % q_end) * channels
                found = seen(bits, here, row, rows, step, ones)
                put(windows, n * blocks + visited, k)
                visited += found != 0
                for f in range(0, n_out, some):
                    out = (n * blocks + k) * n_out + f
                    y00, y01, y10, y11 = through_ink(
                        some, x, first + here, found, steps, taps, f, n_out, right,
                        down, load(some, b, f),
                    )  # fmt: skip
                    pooled(
                        some, gradients, y00, y01, y10, y11, origins, y, out, here,
                        channels, row,
                    )  # fmt: skip
            counts[n] = visited

    return kernel


@njit(**OPTIONS)
def carried(
    some: Any, n_out: Any, dy: Any, y: Any, origins: Any, db: Any, dz: Any, where: Any,
    first: Any, size: Any,
) -> None:  # fmt: skip
    """Set dz (size,) to dy where y is above 0, else 0, and where to the origins.

    They are read from `first` on, in rows of n_out = F. Adds dz's column sums to db.
    """
    n_out, some = literally(n_out), literally(some)
    zero = splat(some, dy.dtype.type(0))
    for f in range(0, n_out, some):
        total = load(some, db, f)
        for i in range(f, size, n_out):
            j = first + i
            g = pick(load(some, y, j), zero, load(some, dy, j), zero)
            total = add(total, g)
            store(dz, i, g)
            places(where, i, load(some, origins, j))
        store(db, f, total)


@functools.cache
def conv_pool_backward(n_out: int, n_rows: int, run: int) -> Any:
    """Return the backward kernel for F filters and windows of R rows.

    Args:
        n_out: F.
        n_rows: R.
        run: S · C, the numbers in a row of a window, rounded up to a multiple of 8.
    """
    some = part(n_out, 4)
    # two sums in turn: one alone would wait for itself
    pairs = 2 * n_rows * vectors(run) + 3 <= TARGET.registers

    @njit(**OPTIONS)
    def kernel(
        dy: Any, y: Any, origins: Any, x: Any, dz: Any, dw: Any, db: Any, shape: Any,
        windows: Any, counts: Any, where: Any,
    ) -> None:  # fmt: skip
        """Add to dw and db.

        dy, y, origins (N, P, Q, F); x (N, H, W, C), readable `run` numbers past its
        end; dw (F, R, run), transposed. Scratch: dz (P·Q·F,) and where (P·Q·F,) int32.
        """
        count, height, width, channels, rows, columns = shape
        blocks = ((height - rows + 1) // 2) * ((width - columns + 1) // 2)
        row, taps = width * channels, n_rows * run
        for n in range(count):
            first, size = n * height * row, blocks * n_out
            carried(some, n_out, dy, y, origins, db, dz, where, n * size, size)
            start, end = n * blocks, n * blocks + counts[n]
            for f in range(0, n_out, 2 if pairs else 1):
                one = load_rows(n_rows, run, dw, f * taps, run)
                if pairs:
                    two = load_rows(n_rows, run, dw, (f + 1) * taps, run)
                for k in range(start, end):
                    i = at(windows, k) * n_out + f
                    one = sum_rows(one, x, first + at(where, i), row, at(dz, i))
                    if pairs:
                        i += 1
                        two = sum_rows(two, x, first + at(where, i), row, at(dz, i))
                store_rows(dw, f * taps, run, one)
                if pairs:
                    store_rows(dw, (f + 1) * taps, run, two)

    return kernel
