"""Digits as they are cut out of a row in which they touch their neighbours.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import numpy as np

from byhand.augment.geometry import boxes, fit, moved
from byhand.types import Array, Floats, Images, Integers

GAPS_OF_NEIGHBOURS = (
    -5.0,
    2.0,
)  # pixels between the ink of two neighbours; below 0 they overlap
ASTRAY = 1.3  # pixels, the standard deviation of how far a cut is off
SLANT = 0.25  # and of how far it leans, for each pixel down


def cut_from_row(images: Images, others: Images, rng: np.random.Generator) -> Images:
    """Return the images with a neighbour's ink on one side, cut off not quite right.

    Some of the neighbour stays, and some of the digit is lost; what is left fills the
    box again.

    Args:
        images: (N, H, W), with ink.
        others: (N, H, W), their neighbours.
        rng: draws gaps and cuts.
    """
    on_right = rng.random(len(images)) < 0.5
    gap = rng.uniform(*GAPS_OF_NEIGHBOURS, len(images))
    both, edge = _beside(images, others, on_right, gap, rng)
    side = np.where(on_right, 1.0, -1.0)
    cut = edge + side * gap / 2  # at the middle row
    cut = cut + rng.normal(0, ASTRAY, len(images))
    rows, columns = np.indices(images.shape[1:], np.float32)
    slant = rng.normal(0, SLANT, len(images))[:, None, None]
    line = cut[:, None, None] + slant * (rows - images.shape[1] / 2)
    kept = (columns - line) * side[:, None, None] < 0
    cut_out = np.where(kept, both, 0).astype(np.uint8)
    empty = ~cut_out.any(axis=(1, 2))
    cut_out[empty] = images[empty]
    return fit(cut_out)


def _beside(
    images: Images, others: Images, on_right: Array, gap: Floats,
    rng: np.random.Generator,
) -> tuple[Images, Integers]:  # fmt: skip
    """Return images with their neighbours, and the columns (N,) where they end."""
    _, _, left, right = boxes(images)
    _, _, other_left, other_right = boxes(others)
    edge = np.where(on_right, right, left)  # of the digit, where the neighbour begins
    begin = np.where(on_right, other_left, other_right)
    move = np.where(on_right, edge + gap - begin, edge - gap - begin)
    down = rng.integers(-2, 3, len(images))
    return np.maximum(images, moved(others, down, np.rint(move))), edge
