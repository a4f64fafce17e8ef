"""Random numbers by counting, in NumPy: number i is a function of a key and i alone.

So a compiled kernel and plain NumPy draw the same ones, on any thread.

Source: Salmon et al. 2011, "Parallel random numbers: as easy as 1, 2, 3", for counters;
Appleby 2011, MurmurHash3, for the finaliser that mixes their bits.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

STEP = 0x9E3779B9  # 2³² over the golden ratio, odd
FACTORS = 0x85EBCA6B, 0xC2B2AE35
NORMAL_MIDDLE = 2 * 0xFFFF  # of four numbers from 0 to 2¹⁶ - 1
NORMAL_SCALE = math.sqrt(3) / 2**16  # each has variance 2³² / 12


def words(key: NDArray[np.uint32], count: int) -> NDArray[np.uint32]:
    """Return `count` words of 32 random bits, of a key (2,)."""
    first, second = map(np.uint32, FACTORS)
    z: NDArray[np.uint32] = np.arange(1, count + 1, dtype=np.uint32)
    z = z * np.uint32(STEP) + key[0]
    z ^= z >> np.uint32(16)
    z *= first
    z ^= z >> np.uint32(13)
    z += key[1]
    z *= second
    z ^= z >> np.uint32(16)
    return z


def normals(key: NDArray[np.uint32], count: int) -> NDArray[np.float32]:
    """Return `count` numbers of mean 0 and variance 1, nearly normal.

    Each is a sum of four even ones of 16 bits: Irwin and Hall's distribution.
    """
    drawn = words(key, 2 * count).reshape(count, 2)
    low, high = drawn & np.uint32(0xFFFF), drawn >> np.uint32(16)
    total = (low + high).sum(axis=1, dtype=np.int64) - NORMAL_MIDDLE
    scaled: NDArray[np.float32] = total.astype(np.float32) * np.float32(NORMAL_SCALE)
    return scaled
