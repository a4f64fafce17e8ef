"""Whole images moved and mapped, and each pixel's neighbours.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from byhand import kernels

Images = NDArray[np.uint8]
Array = NDArray[Any]


def moved(images: Images, down: Array, right: Array) -> Images:
    """Return each image moved by whole pixels, (N,) down and (N,) to the right."""
    out, every = np.empty_like(images), np.arange(len(images))
    kernels.gathered()(
        images, every, down.astype(np.int64), right.astype(np.int64), out
    )
    return out


def mapped(images: Images, matrices: NDArray[np.float32]) -> Images:
    """Return each image read where its matrix leads.

    Args:
        images: (N, H, W).
        matrices: (N, 2, 3), from a pixel's place, counted from the middle, to where it
            is read.
    """
    out, none = np.empty_like(images), np.empty((0, 2, *images.shape[1:]), np.float32)
    kernels.warped()(images, np.arange(len(images)), matrices, none, out)
    return out


def neighbours(x: Array, axis: int) -> list[Array]:
    """Return x (N, H, W) moved by one along an axis, as it is, and moved back.

    What comes in at an end is 0.
    """
    ends = [(0, 0), (0, 0), (0, 0)]
    ends[axis] = (1, 1)
    padded, size = np.pad(x, ends), x.shape[axis]
    return [np.take(padded, range(s, s + size), axis) for s in range(3)]
