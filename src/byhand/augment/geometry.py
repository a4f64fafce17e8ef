"""Images moved, mapped and fitted as a whole, and each pixel's neighbours.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import numpy as np

from byhand import kernels
from byhand.types import Array, Floats, Images, Integers

INK = 96  # grey levels from which a pixel counts as ink
BOX = 20 / 28  # the longer side of a character, of the image's side


def moved(images: Images, down: Array, right: Array) -> Images:
    """Return each image moved by whole pixels, (N,) down and (N,) to the right."""
    out, every = np.empty_like(images), np.arange(len(images))
    kernels.gathered()(
        images, every, down.astype(np.int64), right.astype(np.int64), out
    )
    return out


def mapped(images: Images, matrices: Floats) -> Images:
    """Return each image read where its matrix leads.

    Args:
        images: (N, H, W).
        matrices: (N, 2, 3), from a pixel's place, counted from the middle, to where it
            is read.
    """
    out, none = np.empty_like(images), np.empty((0, 2, *images.shape[1:]), np.float32)
    kernels.warped()(images, np.arange(len(images)), matrices, none, out)
    return out


def neighbours(x: Array, axis: int) -> list[Array]:
    """Return x (N, H, W) moved by one along an axis, as it is, and moved back.

    What comes in at an end is 0.
    """
    ends = [(0, 0), (0, 0), (0, 0)]
    ends[axis] = (1, 1)
    padded, size = np.pad(x, ends), x.shape[axis]
    return [np.take(padded, range(s, s + size), axis) for s in range(3)]


def boxes(images: Images) -> tuple[Integers, Integers, Integers, Integers]:
    """Return top, bottom, left and right of the ink, (N,) each; bottom, right beyond.

    An image without ink is taken to be ink all over.
    """
    inked = images >= np.minimum(INK, images.max(axis=(1, 2), keepdims=True))
    sides = []
    for axis in (2, 1):
        any_ink = inked.any(axis=axis)
        sides += [any_ink.argmax(axis=1),
                  any_ink.shape[1] - any_ink[:, ::-1].argmax(axis=1)]  # fmt: skip
    return sides[0], sides[1], sides[2], sides[3]


def fit(images: Images) -> Images:
    """Return the images with their ink in a box of 20/28 of the side, in the middle."""
    top, bottom, left, right = boxes(images)
    height, width = images.shape[1:]
    scale = np.maximum(bottom - top, right - left) / (BOX * min(height, width))
    matrices = np.zeros((len(images), 2, 3), np.float32)
    matrices[:, 0, 0] = matrices[:, 1, 1] = scale
    matrices[:, 0, 2] = (top + bottom - height) / 2
    matrices[:, 1, 2] = (left + right - width) / 2
    return mapped(images, matrices)


def columns_of_ink(images: Images, rows: Integers) -> Floats:
    """Return the mean column of the ink in a row of each image; its middle if none."""
    rows = np.minimum(rows, images.shape[1] - 1)
    lines = images[np.arange(len(images)), rows].astype(float) + 1e-6  # (N, W)
    mean: Floats = lines @ np.arange(images.shape[2]) / lines.sum(axis=1)
    return mean
