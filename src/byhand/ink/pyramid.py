"""A picture at several scales, each half as large as the one before.

Letters: H, W height and width of a level in pixels.

Source: Burt and Adelson 1983, "The Laplacian pyramid as a compact image code".
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from PIL import Image

from byhand.pictures.convert import colour_levels
from byhand.types import Images


@dataclass(frozen=True)
class PyramidSettings:
    """How large the levels are; in pixels of the longer side."""

    longest: int = 1600  # of the largest level
    enlarged: int = 400  # a smaller picture has a level of twice its size as well
    smallest: int = 48  # a level is not smaller
    side: int = 12  # nor is its shorter side


PYRAMID = PyramidSettings()


def pyramid(
    image: Image.Image, settings: PyramidSettings = PYRAMID
) -> Iterator[Images]:
    """Yield the levels of an upright image, (H, W, 3) uint8, the largest first.

    Args:
        image: of any of Pillow's modes.
        settings: how large the levels are.

    Raises:
        PictureError: see `colour_levels`.
    """
    level = Image.fromarray(colour_levels(image, settings.longest))
    largest = max(level.size)
    if largest > settings.longest:
        level = _resized(level, settings.longest / largest)
    elif largest <= settings.enlarged:
        level = _resized(level, 2.0)
    while True:
        yield np.asarray(level)
        if (
            max(level.size) < 2 * settings.smallest
            or min(level.size) < 2 * settings.side
        ):
            return
        level = level.reduce(2)


def _resized(image: Image.Image, factor: float) -> Image.Image:
    width, height = (max(1, round(side * factor)) for side in image.size)
    return image.resize((width, height), Image.Resampling.BICUBIC)
