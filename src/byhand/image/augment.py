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
        limit: the farthest, up, down, left or right; each place is as likely.
        rng: draws the places.
    """
    down, right = rng.integers(-limit, limit + 1, (2, len(images)))
    return kernels.moved()(images, down, right)
