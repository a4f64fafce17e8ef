"""A row as a strip: the image that the row network reads.

Letters: H, W height and width of a strip in pixels; T frames, each of STEP columns.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from PIL import Image

from byhand.reading.fragments import extent
from byhand.reading.rows import Row
from byhand.types import Array, Floats, Grey

HEIGHT = 32  # pixels
DIGIT_HEIGHT = 20  # pixels, as in MNIST
MARGIN = 10  # pixels of paper left and right of the row
STEP = 2  # columns to a frame
LOST = 3  # frames that the network's windows take on either side
WIDEST = 4096  # pixels: of what is wider, only so much is read


class Strip(NamedTuple):
    """A row's ink at the size that the network knows.

    Attributes:
        image: (H, W) uint8, ink bright on 0; W is a multiple of 8.
        left: the column of the page at the strip's left edge.
        scale: pixels of the page to one of the strip.
    """

    image: Grey
    left: float
    scale: float

    def frames(self, columns: Array) -> Floats:
        """Return at which frames columns of the page are: the frames' left edges."""
        return (np.asarray(columns) - self.left) / (self.scale * STEP) - LOST


def strip_of(row: Row) -> Strip:
    """Return a row's own ink, its digits 20 pixels high, in the middle of a strip."""
    only = row.page.with_only(row.fragments)
    ink, box = only.ink.grey, extent(row.fragments)
    edge = (ink.shape[1] - box.width) / 2  # of the page around the row's ink
    full = np.percentile(ink[only.ink.mask], 90) if only.ink.mask.any() else 255.0
    scale = row.height / DIGIT_HEIGHT
    areas = np.array([p.area for p in row.fragments], np.float64)
    middles = np.array([p.top + p.height / 2 for p in row.fragments])
    tall = np.array([p.height >= 0.6 * row.height for p in row.fragments])
    weights = areas * tall if (areas * tall).any() else areas
    middle = float(np.average(middles, weights=weights)) - box.y + edge
    wide = min(box.width / scale + 2 * MARGIN, WIDEST)
    width = int(-(-wide // 8) * 8)
    left, top = edge - MARGIN * scale, middle - HEIGHT / 2 * scale
    image = _cut(ink, left, top, width, scale)
    image = np.minimum(image * np.float32(255 / max(full, 1)), 255)
    return Strip(np.asarray(np.rint(image), np.uint8), box.x - edge + left, scale)


def _cut(ink: Grey, left: float, top: float, width: int, scale: float) -> Grey:
    """Return a part of some ink, which may reach beyond it, at another size."""
    high, wide = HEIGHT * scale, width * scale
    pad = int(np.ceil(max(-left, -top, top + high - ink.shape[0],
                          left + wide - ink.shape[1], 0))) + 1  # fmt: skip
    padded = Image.fromarray(np.pad(ink, pad))
    box = (left + pad, top + pad, left + pad + wide, top + pad + high)
    return np.asarray(padded.resize((width, HEIGHT), Image.Resampling.BICUBIC, box))
