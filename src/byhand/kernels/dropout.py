"""Dropout, compiled: `nn.layers.Dropout` defines it."""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.chance import FACTORS, STEP
from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import at, put

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
def drop(x: Any, key: Any, threshold: Any, scale: Any, mask: Any, y: Any) -> None:
    """Set y to x · mask, and mask to the scale or, with some probability, to 0.

    Args:
        x: (D,), contiguous.
        key: (2,), of `chance.words`.
        threshold: the words below it drop.
        scale: (1,).
        mask: (D,).
        y: (D,).
    """
    zero, factor, least = x.dtype.type(0), scale[0], U32(threshold)
    key0, key1 = key[0], key[1]
    for i in range(len(x)):
        kept = factor if word(key0, key1, i) >= least else zero
        put(mask, i, kept)
        put(y, i, at(x, i) * kept)


@njit(**OPTIONS)
def multiply(x: Any, y: Any, out: Any) -> None:
    """Set out to x · y; all (D,)."""
    for i in range(len(x)):
        put(out, i, at(x, i) * at(y, i))
