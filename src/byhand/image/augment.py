"""Augmentation: training images changed a little, their labels left as they are.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from byhand import kernels


def shift(
    images: NDArray[np.uint8], limit: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return each image moved by a whole number of pixels of its own, the rest blank.

    Args:
        images: (N, H, W), blank is 0.
        limit: as of `shifts`.
        rng: draws the places.
    """
    out = np.empty_like(images)
    indices = np.arange(len(images))
    kernels.gathered()(images, indices, *shifts(len(images), limit, rng), out)
    return out


def shifts(
    count: int, limit: int, rng: np.random.Generator
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return how far each of so many images goes down and right, (N,) and (N,) pixels.

    Args:
        count: N.
        limit: the farthest, up, down, left or right; each place is as likely.
        rng: draws the places.
    """
    down, right = rng.integers(-limit, limit + 1, (2, count))
    return down, right
