"""Polarity: whether ink is darker than its paper or brighter."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from byhand.ink.threshold import otsu
from byhand.types import Grey, Shape


@dataclass(frozen=True)
class PolaritySettings:
    """How the paper is recognised."""

    page: int = 64  # pixels: what is longer may be a page with shadows, not a cut-out
    surroundings: float = 1 / 3  # of the longer side: of the square a pixel is held to
    border_votes: int = 3  # more for a pixel of the border, which is mostly paper


POLARITY = PolaritySettings()


def is_page(shape: Shape, settings: PolaritySettings = POLARITY) -> bool:
    """Return whether a picture is large enough to show more than a character."""
    return max(shape) > settings.page


def bright_ink(grey: Grey, settings: PolaritySettings = POLARITY) -> Grey:
    """Return the picture, inverted if its ink is dark.

    Paper is what most of the picture and most of its border are. On a page each pixel
    is compared with its surroundings, so that a shadow is not taken for paper.
    """
    even = grey
    if is_page(grey.shape, settings):
        width = round(max(grey.shape) * settings.surroundings)
        around = ndimage.uniform_filter(grey.astype(np.float32), width, mode="nearest")
        even = np.rint((grey - around) / 2 + 127.5).astype(np.uint8)  # -255–255 → 0–255
    bright = even > otsu(np.bincount(even.ravel(), minlength=256))
    border = np.concatenate([bright[0], bright[-1], bright[:, 0], bright[:, -1]])
    votes = bright.sum() + settings.border_votes * border.sum()
    most = bright.size + settings.border_votes * border.size
    return grey if votes * 2 <= most else 255 - grey
