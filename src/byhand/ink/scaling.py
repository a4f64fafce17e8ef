"""Arrays made smaller and larger, as Pillow does it."""

from __future__ import annotations

import numpy as np
from PIL import Image

from byhand.types import Array, Shape


def reduced(array: Array, factor: int) -> Array:
    """Return an array (H, W) or (H, W, 3), each factor × factor pixels averaged."""
    return np.asarray(Image.fromarray(array).reduce(factor)) if factor > 1 else array


def enlarged(array: Array, shape: Shape) -> Array:
    """Return an array at a larger height and width, interpolated bilinearly."""
    if array.shape[:2] == tuple(shape[:2]):
        return array
    size = shape[1], shape[0]
    return np.asarray(Image.fromarray(array).resize(size, Image.Resampling.BILINEAR))
