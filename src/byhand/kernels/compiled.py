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

from byhand.kernels.blocks import part, sweep
from byhand.kernels.cache import compiled_wanted
from byhand.kernels.lanes import (
    add,
    at,
    load,
    load_rows,
    maximum,
    pick,
    put,
    splat,
    store,
    store_rows,
)
from byhand.kernels.products import add_rows, fma, sum_rows

compiled_wanted()  # sets the cache's folder, which must be known to what follows
OPTIONS = {
    "nogil": True,
    "error_model": "numpy",
    "cache": True,
    "no_cfunc_wrapper": True,  # nothing calls kernels from C; it takes time to compile
}


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


@njit(**OPTIONS)
def pooled(
    n_out: Any, gradients: Any, y00: Any, y01: Any, y10: Any, y11: Any, places: Any,
    y: Any, out: Any, here: Any, right: Any, down: Any,
) -> None:  # fmt: skip
    """Set y to the largest of a block's four outputs, or 0; places if `gradients`."""
    n_out, number = literally(n_out), y.dtype.type
    if gradients:
        best = first_largest(n_out, y00, y01, y10, y11, places, out, here, right, down)
    else:
        best = maximum(maximum(y00, y01), maximum(y10, y11))
    store(y, out, maximum(best, splat(n_out, number(0))))


@functools.cache
def conv_pool(n_out: int, gradients: bool) -> Any:
    """Return the forward kernel for F = n_out filters, a multiple of 8.

    Args:
        n_out: F.
        gradients: note where each largest output came from.
    """
    some = part(n_out, 5, spare=1)  # four sums and the taps

    @njit(**OPTIONS)
    def kernel(x: Any, w: Any, b: Any, y: Any, places: Any, shape: Any) -> None:
        """Set y to the largest of each block of outputs, or 0.

        x (N, H, W, C), w (R, S, C, F), b (F,), y (N, P, Q, F). places, shaped as y,
        gets where that largest one's window begins, from the image's first number.
        """
        count, height, width, channels, rows, columns = shape
        p_end, q_end = (height - rows + 1) // 2, (width - columns + 1) // 2
        blocks, row = p_end * q_end, width * channels
        for k in range(count * blocks):
            n, window = k // blocks, k % blocks
            here = 2 * (window // q_end) * row + 2 * (window % q_end) * channels
            first = n * height * row + here
            for f in range(0, n_out, some):
                y00 = y01 = y10 = y11 = load(some, b, f)
                tap = f
                for r in range(rows):
                    top = first + r * row
                    for i in range(top, top + columns * channels):
                        taps = load(some, w, tap)
                        y00 = fma(taps, at(x, i), y00)
                        y01 = fma(taps, at(x, i + channels), y01)
                        y10 = fma(taps, at(x, i + row), y10)
                        y11 = fma(taps, at(x, i + row + channels), y11)
                        tap += n_out
                out = k * n_out + f
                pooled(
                    some, gradients, y00, y01, y10, y11, places, y, out, here,
                    channels, row,
                )  # fmt: skip

    return kernel


@njit(**OPTIONS)
def relu_backward(
    n_out: Any, some: Any, dy: Any, y: Any, db: Any, dz: Any, first: Any, size: Any
) -> None:
    """Set dz (size,) to dy where y is above 0, else 0; add its column sums to db (F,).

    dy and y are read from `first` on, in rows of n_out = F; `some` columns at once.
    """
    # known when compiling; captured, they defeat the cache
    n_out, some = literally(n_out), literally(some)
    zero = splat(some, dy.dtype.type(0))
    for f in range(0, n_out, some):
        total = load(some, db, f)
        for i in range(f, size, n_out):
            j = first + i
            g = pick(load(some, y, j), zero, load(some, dy, j), zero)
            total = add(total, g)
            store(dz, i, g)
        store(db, f, total)


@functools.cache
def conv_pool_backward(n_out: int, n_rows: int, run: int, need_dx: bool) -> Any:
    """Return the backward kernel for F filters and windows of R rows.

    Args:
        n_out: F.
        n_rows: R.
        run: S · C, the numbers in a row of a window, rounded up to a multiple of 8.
        need_dx: whether the gradient of x is wanted.
    """
    high, wide = sweep(n_rows, run)
    some = part(n_out, 4)

    @njit(**OPTIONS)
    def kernel(
        dy: Any, y: Any, places: Any, x: Any, w: Any, dz: Any, dw: Any, db: Any,
        dx: Any, shape: Any, where: Any, values: Any,
    ) -> None:  # fmt: skip
        """Add to dw and db, set dx.

        One output of each block carries gradient, if it was above 0. Visit just those:
        add dy · (its window of x) to dw and dy · w to its window of dx. A sweep over
        them does so for as much of the window as fits into registers.

        dy, y, places (N, P, Q, F); x and dx (N, H, W, C), readable `run` numbers past
        their end; w and dw (F, R, run), transposed. Scratch: dz (P·Q·F,), where and
        values (P·Q,).
        """
        count, height, width, channels, rows, columns = shape
        p_end, q_end = (height - rows + 1) // 2, (width - columns + 1) // 2
        blocks, row = p_end * q_end, width * channels
        for n in range(count):
            first, out = n * height * row, n * blocks * n_out
            relu_backward(n_out, some, dy, y, db, dz, out, blocks * n_out)
            if need_dx:
                dx[first : first + height * row] = 0
            for f in range(n_out):
                found = 0
                for k in range(blocks):
                    i = k * n_out + f
                    g = at(dz, i)
                    put(where, found, first + int(at(places, out + i)))
                    put(values, found, g)
                    found += g != 0
                for r in range(0, n_rows, high):
                    for c in range(0, run, wide):
                        tap, skip = (f * n_rows + r) * run + c, r * row + c
                        total = load_rows(high, wide, dw, tap, run)
                        for k in range(found):
                            i = at(where, k) + skip
                            total = sum_rows(total, x, i, row, at(values, k))
                        store_rows(dw, tap, run, total)
                        taps = load_rows(high, wide, w, tap, run)
                        for k in range(found if need_dx else 0):
                            i = at(where, k) + skip
                            add_rows(dx, i, row, taps, at(values, k))

    return kernel
