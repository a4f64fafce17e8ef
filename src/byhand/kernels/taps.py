"""Winograd's transform of a convolution's taps, and back for their gradient.

`winograd` says what it is for. Letters: C channels, F filters.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.compiled import OPTIONS

G = np.array([[1, 0, 0], [0.5, 0.5, 0.5], [0.5, -0.5, 0.5], [0, 0, 1]])
TWICE = np.kron(G, G)  # (16, 9): G from the left and Gᵀ from the right at once


@njit(**OPTIONS)
def transform(w: Any, u: Any) -> None:
    """Set u (16, C·F) to G g Gᵀ for the taps g of w (9, C·F)."""
    number = u.dtype.type
    for k in range(16):
        for i in range(w.shape[1]):
            u[k, i] = number(0)
        for t in range(9):
            factor = number(TWICE[k, t])
            if factor != 0:
                for i in range(w.shape[1]):
                    u[k, i] += factor * w[t, i]


@njit(**OPTIONS)
def transform_gradient(du: Any, dw: Any) -> None:
    """Set dw (9, C·F) to Gᵀ dU G of du (16, C·F)."""
    number = dw.dtype.type
    for t in range(9):
        for i in range(dw.shape[1]):
            dw[t, i] = number(0)
        for k in range(16):
            factor = number(TWICE[k, t])
            if factor != 0:
                for i in range(dw.shape[1]):
                    dw[t, i] += factor * du[k, i]
