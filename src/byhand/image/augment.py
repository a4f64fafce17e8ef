"""Augmentation: training images changed a little, their labels left as they are.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray


def shift(
    images: NDArray[np.uint8], limit: int, rng: np.random.Generator
) -> NDArray[np.uint8]:
    """Return each image moved by a whole number of pixels of its own, the rest blank.

    Args:
        images: (N, H, W), blank is 0.
        limit: the farthest, up, down, left or right; each place is as likely.
        rng: draws the places.
    """
    padded = np.pad(images, ((0, 0), (limit, limit), (limit, limit)))
    # every H × W window of the padded image is one of its shifts
    windows = sliding_window_view(padded, images.shape[1:], axis=(1, 2))
    top, left = rng.integers(0, 2 * limit + 1, (2, len(images)))
    moved: NDArray[np.uint8] = windows[np.arange(len(images)), top, left]
    return moved  # (N, H, W)
