"""Strokes drawn into images: straight ones, and curves made of them.

Letters: N images, H × W pixels, K strokes.
"""

from __future__ import annotations

import numpy as np

from byhand import kernels
from byhand.types import Floats, Images, Integers

Places = Floats  # (K, 2): down and across, in pixels
Widths = float | Floats

PARTS = 6  # straight strokes that make up a curve


def strokes(
    begin: Places, end: Places, width: Widths, shape: tuple[int, ...]
) -> Images:
    """Return an image for each straight stroke: 255 on it, grey on its edges, else 0.

    Args:
        begin: (N, 2), down and across, in pixels.
        end: (N, 2).
        width: of the strokes in pixels, or (N,) of each.
        shape: (N, H, W).
    """
    out = np.zeros(shape, np.uint8)
    draw(out, np.arange(len(out)), begin, end, width)
    return out


def draw(
    out: Images, which: Integers, begin: Places, end: Places, width: Widths
) -> None:
    """Draw strokes (K) into the images that `which` (K,) says; ink only grows."""
    wide = np.broadcast_to(np.asarray(width, np.float64), len(which))
    begin, end = np.asarray(begin, np.float64), np.asarray(end, np.float64)
    kernels.strokes()(out, which, begin, end, wide)


def curve(
    out: Images,
    which: Integers,
    begin: Places,
    bend: Places,
    end: Places,
    width: Widths,
) -> None:
    """Draw parabolas, Bézier's: from begin to end, leaving and arriving along bend."""
    before = begin
    for number in range(1, PARTS + 1):
        t = number / PARTS
        here = (1 - t) ** 2 * begin + 2 * t * (1 - t) * bend + t**2 * end
        draw(out, which, before, here, width)
        before = here


def along(
    out: Images,
    which: Integers,
    begin: Places,
    heading: Floats,
    turning: tuple[Floats, Floats],
    length: Floats,
    width: Widths,
) -> None:
    """Draw strokes that turn ever more, or ever less, as loops and hooks do.

    The curvature goes evenly from its first value to its last (Euler's spiral).

    Args:
        out: (N, H, W).
        which: (K,), the images to draw into.
        begin: (K, 2), down and across, in pixels.
        heading: (K,) radians, 0 across and π/2 down.
        turning: (K,) and (K,): curvature times length, in radians, at begin and end.
        length: (K,) pixels.
        width: pixels.
    """
    parts, here = 2 * PARTS, begin
    for number in range(parts):
        t = (number + 0.5) / parts
        heading = heading + ((1 - t) * turning[0] + t * turning[1]) / parts
        step = (length / parts)[:, None]
        there = here + step * np.stack([np.sin(heading), np.cos(heading)], axis=1)
        draw(out, which, here, there, width)
        here = there
