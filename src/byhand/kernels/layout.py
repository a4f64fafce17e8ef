"""Copies of arrays in another order, filled up or cut, compiled."""

from __future__ import annotations

from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import at, put


@njit(**OPTIONS)
def copy_run(to: Any, i: Any, x: Any, j: Any, count: Any) -> None:
    """Set to[i : i + count] to x[j : j + count], of the same or another flat array.

    Assigning the slice, Numba would compile the text of an error that cannot come, for
    seconds.
    """
    for k in range(count):
        put(to, i + k, at(x, j + k))


@njit(**OPTIONS)
def copy(x: Any, out: Any) -> None:
    """Set out to x, of the same shape; views and other types are welcome."""
    out[...] = x


@njit(**OPTIONS)
def widen(x: Any, out: Any) -> None:
    """Set out (N, W) to x (N, M) and, where that is narrower, zeros."""
    height, width = x.shape
    zero = out.dtype.type(0)
    for n in range(height):
        for m in range(width):
            out[n, m] = x[n, m]
        for m in range(width, out.shape[1]):
            out[n, m] = zero


@njit(**OPTIONS)
def untranspose(x: Any, out: Any) -> None:
    """Set out (N, M) to the first N columns of x (M, W), transposed."""
    height, width = out.shape
    tile = 16  # lines of both that stay near
    for start in range(0, width, tile):
        for n in range(height):
            for m in range(start, min(start + tile, width)):
                out[n, m] = x[m, n]


@njit(**OPTIONS)
def padded(x: Any, out: Any, pad: Any) -> None:
    """Set out (N, H + 2·pad, W + 2·pad, C) to x (N, H, W, C) with zeros around."""
    count, height, width, channels = x.shape
    out[...] = out.dtype.type(0)
    for n in range(count):
        for i in range(height):
            for j in range(width):
                for c in range(channels):
                    out[n, i + pad, j + pad, c] = x[n, i, j, c]


@njit(**OPTIONS)
def with_slack(x: Any, out: Any) -> None:
    """Set out, flat, to x (N,), flat, and zeros behind it."""
    size = len(x)
    copy_run(out, 0, x, 0, size)
    out[size:] = out.dtype.type(0)


@njit(**OPTIONS)
def by_filter(w: Any, out: Any) -> None:
    """Set out (F, R, W) to w (R, T, F) with each filter's rows filled up with zeros."""
    rows, taps, filters = w.shape
    out[...] = out.dtype.type(0)
    for r in range(rows):
        for t in range(taps):
            for f in range(filters):
                out[f, r, t] = w[r, t, f]


@njit(**OPTIONS)
def from_filters(dw: Any, out: Any) -> None:
    """Set out (R, T, F) to what `by_filter` would have read."""
    rows, taps, filters = out.shape
    for r in range(rows):
        for t in range(taps):
            for f in range(filters):
                out[r, t, f] = dw[f, r, t]


@njit(**OPTIONS)
def zero(x: Any) -> None:
    """Set x to 0."""
    x[...] = x.dtype.type(0)


@njit(**OPTIONS)
def take(x: Any, chosen: Any, out: Any) -> None:
    """Set out (J, D) to the chosen (J,) rows of x (N, D).

    A row outside 0 to N - 1 is taken for the nearest inside.
    """
    for j in range(len(chosen)):
        n = min(max(chosen[j], 0), len(x) - 1)
        for d in range(x.shape[1]):
            out[j, d] = x[n, d]
