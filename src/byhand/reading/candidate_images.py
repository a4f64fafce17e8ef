"""Candidates as the images that a network reads.

Letters: h, w height and width of the fragments' box in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.ink.normalise import box_of, normalised
from byhand.kernels.cache import compiled_wanted
from byhand.reading.fragments import Fragment, extent, joined
from byhand.reading.page import EDGE, Page, window
from byhand.types import Array, Grey, Mask

Shares = NDArray[np.float32]  # of each pixel that is ink, 0 to 1


@dataclass(frozen=True)
class PenSettings:
    """How thin strokes are drawn wider, as MNIST's are."""

    width: float = 0.105  # of the digit's height: no stroke is drawn thinner
    least: float = 0.3  # pixels: what lacks less is left as it is
    most: float = 1.0  # pixels that a stroke gets on either side


PEN = PenSettings()


def candidate_image(
    page: Page, fragments: Sequence[Fragment], size: tuple[int, int]
) -> Grey:
    """Return some fragments alone, as `prepare` would show them: uint8 (H, W).

    Args:
        page: where they are.
        fragments: at least one.
        size: height and width of the result in pixels.
    """
    left, top, _, height = extent(fragments)
    mask = joined(fragments, EDGE)
    ink = window(page.ink.grey, top - EDGE, left - EDGE, mask.shape)  # (h, w)
    other = window(page.ink.mask, top - EDGE, left - EDGE, mask.shape)
    full = max(p.full for p in fragments)
    part = _missing(page.ink.stroke_width, height)
    if not compiled_wanted() or min(size) <= box_of(size):
        return normalised(_cropped(_shares(mask, ink, other, full, part)), size)
    from byhand.kernels.character import squared

    out = np.zeros(size, np.uint8)
    squared(mask, ink, other, full, part, box_of(size), out)
    return out


def _missing(stroke: float, height: int, settings: PenSettings = PEN) -> float:
    """Return by how many pixels on either side strokes are to be drawn wider."""
    lacking = settings.width * height - stroke
    return 0.0 if lacking <= settings.least else min(lacking / 2, settings.most)


def _shares(mask: Mask, ink: Grey, other: Mask, full: float, part: float) -> Shares:
    """Return (h, w): how much of each pixel is ink of what the mask shows.

    Args:
        mask: (h, w), where the character's ink is.
        ink: (h, w) uint8, of the page.
        other: (h, w), where the page has ink.
        full: grey level of the ink where the pen is all on the paper.
        part: how much wider thin strokes are drawn, pixels.
    """
    beside = _around(mask) & ~other
    share = np.minimum(ink / np.float32(full), 1) * (mask | beside)
    if part:
        share = share + np.float32(part) * (_around(share) - share)
    return np.asarray(share, np.float32)


def _cropped(share: Shares) -> Shares:
    """Return the part of an array that has all numbers above 0."""
    rows, columns = np.flatnonzero(share.any(1)), np.flatnonzero(share.any(0))
    return share[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def _around(array: Array) -> Array:
    """Return the largest of each number and its eight neighbours."""
    tall = array.copy()
    np.maximum(tall[1:], array[:-1], out=tall[1:])
    np.maximum(tall[:-1], array[1:], out=tall[:-1])
    wide = tall.copy()
    np.maximum(wide[:, 1:], tall[:, :-1], out=wide[:, 1:])
    np.maximum(wide[:, :-1], tall[:, 1:], out=wide[:, :-1])
    return wide
