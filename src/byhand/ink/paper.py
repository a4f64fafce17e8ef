"""The paper under a character: its level everywhere, and its noise.

Letters: H, W height and width in pixels. Ink is bright.
"""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from byhand.types import Floats, Grey

QUARTILE = (
    0.67  # standard deviations: how far a normal distribution's quartiles are off
)


def paper_level(ink: Grey, width: int) -> Floats:
    """Return the level of the paper everywhere: the opening of bright ink.

    An opening is the lowest level in a square around each pixel (the erosion), then the
    highest of these in such a square (the dilation). It takes off all that is narrower
    than the square, and leaves the edges of shadows where they are.

    Args:
        ink: (H, W), bright.
        width: of the square, pixels; wider than any stroke.

    Returns:
        float32 of the shape of `ink`.
    """
    opened = ndimage.grey_opening(ink, (width, width), mode="nearest")
    level: Floats = opened.astype(np.float32)
    return level


def above_paper(ink: Grey, paper: Floats) -> Floats:
    """Return by how much ink stands out, 0–255.

    It is measured by the room above the paper: on paper half as light ink is half as
    dark.
    """
    share: Floats = (ink - paper) * (255 / (256 - paper))
    return share


def deviation(middle: float, quartile: float) -> float:
    """Return the standard deviation of noise with this median and this quartile."""
    return abs(quartile - middle) / QUARTILE
