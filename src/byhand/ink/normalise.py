"""A character's ink in a square, as MNIST's digits were made.

Letters: H, W height and width of the square; h, w those of the ink; all in pixels.

Source: LeCun et al. 1998, "Gradient-based learning applied to document recognition",
section III-A.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from byhand.types import Floats, Grey

BOX = 20 / 28  # MNIST's: the longer side of the ink, of the shorter side of the square


def normalised(ink: Floats, size: tuple[int, int]) -> Grey:
    """Return ink (h, w) in a square of this height and width: uint8 (H, W).

    Its longer side is scaled to 20/28 of the square, and its centre of mass is brought
    to the middle.
    """
    return centred(boxed(ink, size), size)


def box_of(size: tuple[int, int]) -> int:
    """Return the longer side of the ink in a square of this height and width."""
    return max(1, round(min(size) * BOX))


def boxed(ink: Floats, size: tuple[int, int]) -> Floats:
    """Return the ink with its longer side scaled to the box."""
    box = box_of(size)
    longest = max(ink.shape)
    if abs(longest - box) <= min(1, box // 20):  # resampling by so little only blurs
        return ink
    h, w = (max(1, round(side * box / longest)) for side in ink.shape)
    # Pillow's bilinear filter averages over the whole area when it shrinks.
    resized = Image.fromarray(ink).resize((w, h), Image.Resampling.BILINEAR)
    return np.asarray(resized, np.float32)


def centred(ink: Floats, size: tuple[int, int]) -> Grey:
    """Return uint8 (H, W): the ink moved, by whole pixels, to the centre of mass.

    MNIST's digits have theirs at row 14, column 14, counted from 0. Ink that would
    stick out is moved in.
    """
    mass = ink.sum()
    square = np.zeros(size, np.uint8)
    corner = []
    for axis, (room, side) in enumerate(zip(size, ink.shape, strict=True)):
        centre = ink.sum(axis=1 - axis) @ np.arange(side) / mass
        corner.append(min(max(round(room / 2 - centre), 0), room - side))
    (top, left), (h, w) = corner, ink.shape
    square[top : top + h, left : left + w] = np.rint(ink * (255 / ink.max()))
    return square
