"""The random numbers of `chance`, compiled."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.chance import FACTORS, NORMAL_MIDDLE, NORMAL_SCALE, STEP
from byhand.kernels.compiled import OPTIONS

U32 = np.uint32
GOLDEN, FIRST, SECOND = U32(STEP), U32(FACTORS[0]), U32(FACTORS[1])


@njit(**OPTIONS)
def word(key0: Any, key1: Any, number: Any) -> Any:
    """Return word `number`, from 0, of `chance.words`.

    Each result is cut to 32 bits, since Numba's are wider.
    """
    z = U32(U32(U32(number) + U32(1)) * GOLDEN + key0)
    z = U32(U32(z ^ (z >> U32(16))) * FIRST)
    z = U32(U32(U32(z ^ (z >> U32(13))) + key1) * SECOND)
    return U32(z ^ (z >> U32(16)))


@njit(**OPTIONS)
def normal(key0: Any, key1: Any, number: Any) -> Any:
    """Return number `number` of `chance.normals`."""
    total = np.int64(-NORMAL_MIDDLE)
    for k in range(2):
        drawn = word(key0, key1, 2 * number + k)
        total += np.int64(drawn & U32(0xFFFF)) + np.int64(drawn >> U32(16))
    return np.float32(total) * np.float32(NORMAL_SCALE)
