"""What stands around the products of a dense layer backwards, compiled."""

from __future__ import annotations

import functools
from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS


@functools.cache
def bias_backward(relu: bool) -> Any:
    """Return the kernel for a dense layer with or without a ReLU behind it."""

    @njit(**OPTIONS)
    def kernel(dy: Any, y: Any, dz: Any, db: Any) -> None:
        """Set dz to dy, with ReLU only where y is above 0; db (M,) to its row sums.

        dy and y (N, M); dz (N, W), of which columns M and on become 0.
        """
        count, width = dy.shape
        zero = dz.dtype.type(0)
        db[:] = zero
        for n in range(count):
            for m in range(width):
                g = zero if relu and not y[n, m] > 0 else dy[n, m]
                dz[n, m] = g
                db[m] += g
            for m in range(width, dz.shape[1]):
                dz[n, m] = zero

    return kernel
