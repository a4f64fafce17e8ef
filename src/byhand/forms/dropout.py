"""What is printed on a form taken away from a scan of it, and strokes across it mended.

Each printed pixel gets the lighter of the two that are beside the line it belongs to.
Where a stroke crosses the line, ink is on both sides, so it is mended; elsewhere one
side at least is paper.

Letters: H, W height and width in pixels; N pixels that are printed.
"""

from __future__ import annotations

import numpy as np

from byhand.types import Array, Integers, Mask


def without_print(picture: Array, printed: Mask) -> Array:
    """Return a picture without what is printed.

    Args:
        picture: (H, W, 3) uint8.
        printed: (H, W), where it is printed on.

    Returns:
        (H, W, 3) uint8. The sides are those across which the line is thinner.
    """
    if not printed.any() or printed.all():
        return picture
    y, x = np.nonzero(printed)
    left, right = (side[y, x] for side in _beside(printed))
    above, below = (side[x, y] for side in _beside(printed.T))
    wide, high = _gaps(left, right, printed.shape[1]), _gaps(above, below, len(printed))
    across = _lighter(picture, y, left, right)
    down = _lighter(picture.swapaxes(0, 1), x, above, below)
    out = picture.copy()
    out[y, x] = np.where((high < wide)[:, None], down, across)
    return out


def _beside(printed: Mask) -> tuple[Integers, Integers]:
    """Return the columns (H, W) of the nearest pixels that are not printed.

    Left of each pixel, -1 if there is none; right of it, W if there is none.
    """
    width = printed.shape[1]
    columns = np.broadcast_to(np.arange(width), printed.shape)
    left = np.maximum.accumulate(np.where(printed, -1, columns), axis=1)
    last = np.where(printed, width, columns)[:, ::-1]
    return left, np.minimum.accumulate(last, axis=1)[:, ::-1]


def _gaps(first: Integers, last: Integers, end: int) -> Integers:
    """Return how far apart the pixels beside are: far if one is missing, or both."""
    missing = (first < 0).astype(np.int64) + (last >= end)
    return np.asarray(last - first + missing * (1 << 30))


def _lighter(picture: Array, lines: Integers, first: Integers, last: Integers) -> Array:
    """Return for each pixel (N, 3) the lighter of those beside it, in each colour.

    Args:
        picture: (H, W, 3).
        lines: (N,) the line of the picture that each is on.
        first: (N,) the place there of the pixel before, -1 for none.
        last: (N,) that of the pixel behind, W for none.
    """
    end = picture.shape[1]
    first, last = np.where(first < 0, last, first), np.where(last >= end, first, last)
    first, last = first.clip(0, end - 1), last.clip(0, end - 1)
    return np.maximum(picture[lines, first], picture[lines, last])
