"""Binarisation: Otsu's threshold for a histogram."""

from __future__ import annotations

import numpy as np

from byhand.types import Integers


def otsu(histogram: Integers) -> int:
    """Return the level that best divides a histogram of 256 levels into two classes.

    With n pixels up to a level, of mean m, and the others' N - n, of mean M, the
    variance between the two classes is n (N - n) (M - m)²; it is to be the largest. In
    sums S of levels instead of means: (n S_all - N S)² / (n (N - n)).
    Where several levels are as good, the middle one.

    Source: Otsu 1979, IEEE Trans. Systems, Man and Cybernetics 9, 62-66, eq. 18.
    """
    count = np.cumsum(histogram, dtype=np.float64)  # n
    total = np.cumsum(histogram * np.arange(256.0))  # S
    both = count * (count[-1] - count)
    variance = (count * total[-1] - count[-1] * total) ** 2 / np.maximum(both, 1)
    best = np.flatnonzero(variance >= variance.max() * (1 - 1e-12))
    return int(best[0] + best[-1]) // 2


def quantile(histogram: Integers, fraction: float) -> int:
    """Return the level up to which a histogram holds this fraction of its pixels."""
    count = np.cumsum(histogram)
    return int(np.searchsorted(count, fraction * count[-1])) if count.size else 0
