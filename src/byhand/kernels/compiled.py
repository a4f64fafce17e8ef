"""The heavy inner loops, compiled: convolution, bias, ReLU and pooling in one pass.

The plain layers Conv2d, ReLU and MaxPool2d in a row define what these compute. Two
facts are exploited. A pooled network needs only the largest of each 2 × 2 block of
outputs, so the four are never written. And backwards only that one carries gradient, if
it is above 0: about an eighth of all outputs; the rest is not even visited.

Arrays come flat. Letters: N images, H × W pixels, C channels, F filters, R × S the
window, P × Q blocks: the pixels after pooling.
"""

from __future__ import annotations

import functools
from typing import Any

from numba import literally, njit

from byhand.kernels.cache import compiled_wanted
from byhand.kernels.lanes import (
    add,
    at,
    fma,
    load,
    load_rows,
    maximum,
    pick,
    put,
    splat,
    store,
    store_rows,
)

compiled_wanted()  # sets the cache's folder, which must be known to what follows
REGISTERS = 480  # numbers that 30 of the 32 registers of AVX-512 hold
OPTIONS = {"nogil": True, "error_model": "numpy", "cache": True}


@njit(**OPTIONS)
def inked(x: Any, first: Any, shape: Any, windows: Any, band: Any) -> Any:
    """List the blocks of one image that see a pixel above 0; return how many.

    Args:
        x: (N, H, W, C), nothing below 0.
        first: where the image begins in x.
        shape: (N, H, W, C, R, S).
        windows: (P·Q,) gets their numbers.
        band: (W·C,) scratch: the largest of the rows that a row of blocks sees.
    """
    _, height, width, channels, rows, columns = shape
    p_end, q_end = (height - rows + 1) // 2, (width - columns + 1) // 2
    row = width * channels
    count = 0
    for p in range(p_end):
        top = first + 2 * p * row
        band[:] = x[top : top + row]
        for r in range(1, rows + 1):
            line = x[top + r * row : top + (r + 1) * row]
            for i in range(row):
                band[i] = max(band[i], line[i])
        last, i = -1, 0
        for q in range(q_end):
            for i in range(i, (2 * q + columns + 1) * channels):  # noqa: B020
                last = i if at(band, i) > 0 else last
            put(windows, count, p * q_end + q)
            count += last >= 2 * q * channels
    return count


@njit(**OPTIONS)
def first_largest(
    n_out: Any, y00: Any, y01: Any, y10: Any, y11: Any, places: Any, out: Any,
    here: Any, right: Any, down: Any,
) -> Any:  # fmt: skip
    """Return the largest of a block's four outputs; note where its window begins.

    The first of equal ones wins, in row-major order, as in the plain layer. The block's
    first window begins at `here`; the others `right` and `down` of it.
    """
    n_out, number = literally(n_out), places.dtype.type
    place = splat(n_out, number(here))
    place = pick(y01, y00, splat(n_out, number(here + right)), place)
    best = maximum(y01, y00)
    place = pick(y10, best, splat(n_out, number(here + down)), place)
    best = maximum(y10, best)
    place = pick(y11, best, splat(n_out, number(here + down + right)), place)
    store(places, out, place)
    return maximum(y11, best)


@functools.cache
def conv_pool(n_out: int, skip: bool, gradients: bool) -> Any:
    """Return the forward kernel for F = n_out filters, a multiple of 8.

    Args:
        n_out: F.
        skip: x has nothing below 0 and is blank in many places: visit the others only.
        gradients: note where each largest output came from.
    """

    @njit(**OPTIONS)
    def kernel(
        x: Any, w: Any, b: Any, y: Any, places: Any, shape: Any, windows: Any,
        counts: Any, band: Any,
    ) -> None:  # fmt: skip
        """Set y to the largest of each block of outputs, or 0.

        x (N, H, W, C), w (R, S, C, F), b (F,), y (N, P, Q, F). places, shaped as y,
        gets where that largest one's window begins, from the image's first number.
        windows (N, P·Q) and counts (N,) get the blocks that are not blank, if `skip`.
        """
        count, height, width, channels, rows, columns = shape
        p_end, q_end = (height - rows + 1) // 2, (width - columns + 1) // 2
        blocks, row, number = p_end * q_end, width * channels, x.dtype.type
        zero, bias = splat(n_out, number(0)), load(n_out, b, 0)
        for n in range(count):
            first, visit = n * height * row, blocks
            if skip:
                for k in range(n * blocks, (n + 1) * blocks):
                    store(y, k * n_out, maximum(bias, zero))
                visit = inked(x, first, shape, windows[n], band)
                counts[n] = visit
            for k in range(visit):
                window = at(windows, n * blocks + k) if skip else k
                p, q = window // q_end, window % q_end
                here = 2 * p * row + 2 * q * channels
                y00 = y01 = y10 = y11 = bias
                tap = 0
                for r in range(rows):
                    top = first + here + r * row
                    for i in range(top, top + columns * channels):
                        taps = load(n_out, w, tap)
                        y00 = fma(taps, at(x, i), y00)
                        y01 = fma(taps, at(x, i + channels), y01)
                        y10 = fma(taps, at(x, i + row), y10)
                        y11 = fma(taps, at(x, i + row + channels), y11)
                        tap += n_out
                out = (n * blocks + window) * n_out
                if gradients:
                    y00 = first_largest(
                        n_out, y00, y01, y10, y11, places, out, here, channels, row
                    )
                else:
                    y00 = maximum(maximum(y00, y01), maximum(y10, y11))
                store(y, out, maximum(y00, zero))

    return kernel


@njit(**OPTIONS)
def relu_backward(
    n_out: Any, dy: Any, y: Any, db: Any, dz: Any, first: Any, size: Any
) -> None:
    """Set dz (size,) to dy where y is above 0, else 0; add its column sums to db (F,).

    dy and y are read from `first` on, in rows of n_out = F.
    """
    n_out = literally(n_out)  # known when compiling; captured, it defeats the cache
    zero, total = splat(n_out, dy.dtype.type(0)), load(n_out, db, 0)
    for i in range(0, size, n_out):
        g = pick(load(n_out, y, first + i), zero, load(n_out, dy, first + i), zero)
        total = add(total, g)
        store(dz, i, g)
    store(db, 0, total)


@functools.cache
def conv_pool_backward(
    n_out: int, n_rows: int, run: int, skip: bool, need_dx: bool
) -> Any:
    """Return the backward kernel for F filters and windows of R rows.

    Args:
        n_out: F.
        n_rows: R.
        run: S · C, the numbers in a row of a window, rounded up to a multiple of 8.
        skip: as forward.
        need_dx: whether the gradient of x is wanted.
    """
    # dw and the taps in registers at once, or one after the other
    together = 2 * n_rows * run <= REGISTERS

    @njit(**OPTIONS)
    def kernel(
        dy: Any, y: Any, places: Any, x: Any, w: Any, dz: Any, dw: Any, db: Any,
        dx: Any, shape: Any, windows: Any, counts: Any, where: Any, values: Any,
    ) -> None:  # fmt: skip
        """Add to dw and db, set dx.

        One output of each block carries gradient, if it was above 0. Visit just those:
        add dy · (its window of x) to dw and dy · w to its window of dx.

        dy, y, places (N, P, Q, F); x and dx (N, H, W, C), readable `run` numbers past
        their end; w and dw (F, R, run), transposed. Scratch: dz (P·Q·F,), where and
        values (P·Q,).
        """
        count, height, width, channels, rows, columns = shape
        p_end, q_end = (height - rows + 1) // 2, (width - columns + 1) // 2
        blocks, row = p_end * q_end, width * channels
        for n in range(count):
            first, out = n * height * row, n * blocks * n_out
            relu_backward(n_out, dy, y, db, dz, out, blocks * n_out)
            if need_dx:
                dx[first : first + height * row] = 0
            visit = counts[n] if skip else blocks
            for f in range(n_out):
                found = 0
                for k in range(visit):
                    window = at(windows, n * blocks + k) if skip else k
                    g = at(dz, window * n_out + f)
                    begin = at(places, out + window * n_out + f)
                    put(where, found, first + int(begin))
                    put(values, found, g)
                    found += g != 0
                taps = load_rows(n_rows, run, w, f * n_rows * run, run)
                total = load_rows(n_rows, run, dw, f * n_rows * run, run)
                for k in range(found):
                    i, g = at(where, k), at(values, k)
                    total = fma(load_rows(n_rows, run, x, i, row), g, total)
                    if need_dx and together:
                        old = load_rows(n_rows, run, dx, i, row)
                        store_rows(dx, i, row, fma(taps, g, old))
                for k in range(found if need_dx and not together else 0):
                    i, g = at(where, k), at(values, k)
                    old = load_rows(n_rows, run, dx, i, row)
                    store_rows(dx, i, row, fma(taps, g, old))
                store_rows(dw, f * n_rows * run, run, total)

    return kernel
