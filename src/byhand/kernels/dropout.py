"""Dropout, compiled: `nn.layers.Dropout` defines it."""

from __future__ import annotations

from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.counted import U32, word
from byhand.kernels.lanes import at, put


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
