"""What stands between the products of dense layers, compiled: one pass each."""

from __future__ import annotations

from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS


@njit(**OPTIONS)
def bias_relu(y: Any, b: Any) -> None:
    """Set y (N, M) to max(y + b, 0), with b (M,)."""
    zero = y.dtype.type(0)
    for n in range(len(y)):
        for m in range(len(b)):
            y[n, m] = max(y[n, m] + b[m], zero)


@njit(**OPTIONS)
def relu_backward(dy: Any, y: Any, dz: Any, db: Any) -> None:
    """Set dz to dy where y is above 0, else 0; db (M,) to the sum of its rows.

    dy, y and dz (N, M).
    """
    zero = y.dtype.type(0)
    db[:] = 0
    for n in range(len(y)):
        for m in range(len(db)):
            g = dy[n, m] if y[n, m] > 0 else zero
            dz[n, m] = g
            db[m] += g
