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
def combine(matrix: Any, x: Any, out: Any) -> None:
    """Set out (K, N) to matrix (K, T) @ x (T, N), for a matrix with many zeros.

    With TWICE it makes G g Gᵀ of the taps g, (9, C·F) -> (16, C·F); with TWICE.T the
    taps' gradient Gᵀ dU G of dU.
    """
    number = out.dtype.type
    for k in range(len(matrix)):
        out[k] = number(0)
        for t in range(len(x)):
            factor = number(matrix[k, t])
            if factor != 0:
                for i in range(x.shape[1]):
                    out[k, i] += factor * x[t, i]
