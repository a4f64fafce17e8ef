"""Random fields as large as a page, made fast: bytes, and small ones drawn larger.

Letters: H, W height and width of the page in pixels.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image
from scipy import special

from byhand.types import Array, Grey

MIDDLE = 128  # the level that stands for 0
LARGEST = 2.6  # deviations: of 256 equally likely values of a normal distribution
_LEVELS = math.sqrt(2) * special.erfinv((np.arange(256) + 0.5) / 128 - 1)


def normal_noise(
    size: tuple[int, ...], deviation: float, rng: np.random.Generator
) -> Array:
    """Return uint8 noise of that shape and deviation about MIDDLE."""
    levels = np.rint(MIDDLE + _LEVELS * deviation).clip(0, 255).astype(np.uint8)
    drawn: Array = np.frombuffer(rng.bytes(math.prod(size)), np.uint8).reshape(size)
    return np.asarray(levels[drawn])


def smooth_noise(
    size: tuple[int, int],
    cell: float | tuple[float, float],
    deviation: float,
    rng: np.random.Generator,
) -> Grey:
    """Return noise (H, W) about MIDDLE that changes over `cell` pixels.

    Args:
        size: H, W.
        cell: pixels from a random level to the next; down and across if two.
        deviation: of the levels.
        rng: draws the levels.
    """
    down, across = cell if isinstance(cell, tuple) else (cell, cell)
    h, w = (max(2, math.ceil(side / step) + 1)
            for side, step in zip(size, (down, across), strict=True))  # fmt: skip
    small = Image.fromarray(normal_noise((h, w), deviation, rng))
    frame = (0.0, 0.0, min(w, size[1] / across), min(h, size[0] / down))
    large = small.resize(size[::-1], Image.Resampling.BICUBIC, frame)
    return np.asarray(large)
