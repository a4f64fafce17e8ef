"""byhand.ink.polarity: paper is what most of a picture and of its border are."""

from __future__ import annotations

import numpy as np

from byhand.ink.polarity import bright_ink


def test_ink_may_fill_most_of_the_border_or_more_than_half_of_the_picture():
    ring = np.full((16, 16), 10, np.uint8)
    ring[:, 3:13] = ring[3:13] = 240
    ring[2:14, 2:14] = 10  # on 40 of the border's 60 pixels, and little else
    block = np.full((16, 16), 10, np.uint8)
    block[2:14, 2:15] = 240  # 156 of 256 pixels, none on the border
    for picture in (ring, block):
        assert (bright_ink(picture) == picture).all()
        assert (bright_ink(255 - picture) == picture).all()
