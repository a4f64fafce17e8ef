"""The paper under the ink: its level everywhere, and its noise.

Letters: H, W height and width in pixels. Ink is bright.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from byhand.ink.scaling import enlarged, reduced
from byhand.types import Array, Floats, Grey

QUARTILE = (
    0.67  # standard deviations: how far a normal distribution's quartiles are off
)


@dataclass(frozen=True)
class FlattenSettings:
    """How the paper of a page is estimated."""

    detail: float = 12.0  # pixels: at this character height paper is estimated in full
    width: float = 0.9  # heights of characters: what is wider is paper
    averaged: float = 0.5  # of that width: the paper's level is averaged over so much
    smoothed_from: float = 40.0  # pixels: characters at least so high are smoothed
    smoothing: float = 0.5  # pixels, the standard deviation of the smoothing


FLATTEN = FlattenSettings()


def paper_level(
    ink: Array, width: int, smoothing: int = 0, raised: bool = False
) -> Floats:
    """Return the level of the paper everywhere: the opening of bright ink.

    An opening is the lowest level in a square around each pixel (the erosion), then the
    highest of these in such a square (the dilation). It takes off all that is narrower
    than the square, and leaves the edges of shadows where they are.

    Args:
        ink: (H, W) or (H, W, C), bright.
        width: of the square, pixels; wider than any stroke.
        smoothing: the opening is averaged over a square of this width, if it is given.
        raised: it is nowhere lowered by that: a shadow's edge is no ink.

    Returns:
        float32 of the shape of `ink`.
    """
    each = (1,) * (ink.ndim - 2)
    opened = ndimage.grey_opening(ink, (width, width, *each), mode="nearest")
    paper: Floats = opened.astype(np.float32)
    if smoothing:
        square = (smoothing, smoothing, *each)
        paper = ndimage.uniform_filter(paper, square, mode="nearest")
    return np.maximum(paper, opened) if raised else paper


def above_paper(ink: Grey, paper: Floats) -> Floats:
    """Return by how much ink stands out, 0–255.

    It is measured by the room above the paper: on paper half as light ink is half as
    dark.
    """
    share: Floats = (ink - paper) * (255 / (256 - paper))
    return share


def flattened(ink: Grey, height: float, settings: FlattenSettings = FLATTEN) -> Grey:
    """Return a page's bright ink, shadows and uneven light taken away: 0 is paper.

    Args:
        ink: (H, W).
        height: of its characters, pixels.
        settings: how paper is found.
    """
    factor = max(1, int(height / settings.detail))  # paper changes slowly
    width = max(3, round(height * settings.width / factor)) | 1
    averaged = max(3, int(settings.averaged * width))
    small = reduced(ink, factor)
    paper = paper_level(small, width, averaged, raised=True)
    share = above_paper(ink, enlarged(paper, ink.shape))
    if height >= settings.smoothed_from:
        share = ndimage.gaussian_filter(share, settings.smoothing)
    return np.asarray(np.clip(np.rint(share), 0, 255), np.uint8)


def deviation(middle: float, quartile: float) -> float:
    """Return the standard deviation of noise with this median and this quartile."""
    return abs(quartile - middle) / QUARTILE


def paper_and_noise(levels: Array) -> tuple[float, float]:
    """Return the level of bare paper, and its noise level (a standard deviation).

    Most of a picture is paper, and ink is brighter: it changes the median little, and
    the quartile below it less.
    """
    quartile, middle = np.quantile(levels, (0.25, 0.5))
    return middle, deviation(middle, quartile)
