"""Digits of a data set as they are, each of another pen, only larger or smaller.

People set rows of MNIST's digits side by side; no writer's digits differ as much.

Letters: N digits of 28 × 28 pixels; h, w a digit's height and width.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image

from byhand.synthesis.digits import cut
from byhand.types import Grey, Images

TALL = 20  # pixels of a data set's image: the height of its digits
LEAST = 8  # grey levels: fainter pixels, which resampling makes, are no ink
HOW = (
    Image.Resampling.BICUBIC,
    Image.Resampling.BILINEAR,
    Image.Resampling.LANCZOS,
    Image.Resampling.NEAREST,
)


def copied(
    images: Images, height: float, rng: np.random.Generator, angle: float = 0.0
) -> list[Grey]:
    """Return the coverage (h, w) of each digit, cut out around its ink.

    Args:
        images: (N, 28, 28), ink bright on 0.
        height: of the highest digits, in pixels.
        rng: draws by which filter they are resampled.
        angle: radians by which the digits are turned clockwise.
    """
    how = HOW[rng.integers(len(HOW))]
    side = max(4, round(height * images.shape[1] / TALL))
    turned = Image.Resampling.BICUBIC
    found = []
    for image in images:
        large = Image.fromarray(image).resize((side, side), how)
        if angle:
            large = large.rotate(-math.degrees(angle), turned, expand=True)
        ink = np.array(large)
        ink[ink < LEAST] = 0
        found.append(cut(ink))
    return found
