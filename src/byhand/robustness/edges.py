"""Images blurred by a Gaussian, and the edges in them as Canny finds them.

Letters: N images, H × W pixels, E places where an edge may be.
"""

from __future__ import annotations

import numpy as np

from byhand.augment.geometry import neighbours
from byhand.types import Array, Floats, Images, Masks


def blurred(images: Array, sigma: float) -> Floats:
    """Return numbers (N, H, W) blurred by a Gaussian of sigma pixels.

    What lies outside the image does not count: near its sides the weights of the rest
    are the greater.
    """
    down, across = (_gaussian(size, sigma) for size in images.shape[1:])
    # (H, H) @ (N, H, W) @ (W, W) -> (N, H, W)
    return np.asarray(down @ images.astype(np.float32) @ across.T, np.float32)


def canny(images: Images) -> Masks:
    """Return where the edges are, (N, H, W), of images (N, H, W) with 255 for white.

    After a blur of one pixel an edge is where the slope, Sobel's, is the greatest
    along its own direction and at least 0.1 of white; and where a connected
    component of such edges reaches 0.2 somewhere. The outermost pixels have none.

    Source: Canny 1986, "A Computational Approach to Edge Detection", IEEE Trans.
    Pattern Analysis and Machine Intelligence 8, 679-698; smoothing and thresholds are
    those of scikit-image's feature.canny.
    """
    down, across = _slopes(blurred(images, 1.0) / np.float32(255))
    strength = np.hypot(down, across)
    ridge = _ridges(strength, down, across, low=0.1)
    return _connected(ridge & (strength >= 0.2), ridge)


def _gaussian(size: int, sigma: float) -> Floats:
    """Return weights (size, size), each row a Gaussian about the diagonal, sum 1."""
    distance = np.subtract.outer(np.arange(size), np.arange(size))
    weights = np.exp(-0.5 * (distance / sigma) ** 2)
    return np.asarray(weights / weights.sum(axis=1, keepdims=True), np.float32)


def _slopes(x: Floats) -> tuple[Floats, Floats]:
    """Return Sobel's differences of x (N, H, W), down and across, (N, H, W) each."""
    padded = np.pad(x, ((0, 0), (1, 1), (1, 1)), mode="edge")  # (N, H + 2, W + 2)
    row = padded[:, :, :-2] + 2 * padded[:, :, 1:-1] + padded[:, :, 2:]
    column = padded[:, :-2] + 2 * padded[:, 1:-1] + padded[:, 2:]
    return row[:, 2:] - row[:, :-2], column[:, :, 2:] - column[:, :, :-2]


def _ridges(strength: Floats, down: Floats, across: Floats, low: float) -> Masks:
    """Return where the slope is at least low and falls off before and behind.

    Straight ahead, as the slope points, lies a place between two of the eight
    neighbours: one beside the pixel, down or across, and one at its corner.
    """
    possible = np.zeros(strength.shape, np.bool_)
    possible[:, 1:-1, 1:-1] = strength[:, 1:-1, 1:-1] >= low
    n, i, j = np.nonzero(possible)  # (E,) each
    di, dj = down[n, i, j], across[n, i, j]
    si, sj = np.sign(di).astype(np.int64), np.sign(dj).astype(np.int64)
    steep = abs(di) > abs(dj)
    part = np.minimum(abs(di), abs(dj)) / np.maximum(abs(di), abs(dj))
    highest = np.ones(len(n), np.bool_)
    for sign in (1, -1):
        beside = strength[n, i + sign * si * steep, j + sign * sj * ~steep]
        corner = strength[n, i + sign * si, j + sign * sj]
        ahead = part * corner + (1 - part) * beside
        highest &= ahead <= strength[n, i, j]
    possible[n, i, j] = highest
    return possible


def _connected(seeds: Masks, mask: Masks) -> Masks:
    """Return the connected components of a mask (N, H, W) that hold a seed."""
    found = seeds
    while True:
        spread = found
        for axis in (1, 2):  # to all eight neighbours
            spread = np.logical_or.reduce(neighbours(spread, axis))
        spread &= mask
        if np.array_equal(spread, found):
            return found
        found = spread
