"""Candidates as the images that a network reads.

Letters: h, w height and width of the fragments' box in pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.ink.normalise import normalised
from byhand.reading.fragments import Fragment, extent, joined
from byhand.reading.page import EDGE, Page, window
from byhand.types import Array, Grey

Share = NDArray[np.float32]  # of a pixel that is ink, 0 to 1


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
    beside = _around(mask) & ~other
    full = max(p.full for p in fragments)
    share = np.minimum(ink / np.float32(full), 1) * (mask | beside)
    share = _wider(share, page.ink.stroke_width, height)
    rows, columns = np.flatnonzero(share.any(1)), np.flatnonzero(share.any(0))
    cut = share[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    return normalised(cut, size)


def _wider(
    share: Share, stroke: float, height: int, settings: PenSettings = PEN
) -> Share:
    """Return thin strokes drawn wider."""
    lacking = settings.width * height - stroke
    if lacking <= settings.least:
        return share
    part = min(lacking / 2, settings.most)
    wider: Share = share + np.float32(part) * (_around(share) - share)
    return wider


def _around(array: Array) -> Array:
    """Return the largest of each number and its eight neighbours."""
    tall = array.copy()
    np.maximum(tall[1:], array[:-1], out=tall[1:])
    np.maximum(tall[:-1], array[1:], out=tall[:-1])
    wide = tall.copy()
    np.maximum(wide[:, 1:], tall[:, :-1], out=wide[:, 1:])
    np.maximum(wide[:, :-1], tall[:, 1:], out=wide[:, :-1])
    return wide
