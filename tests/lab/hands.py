"""Strokes of people's hands: the centre lines of handwritten digits."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Pixel = tuple[int, int]
Stroke = list[tuple[float, float]]  # x, y in pixels of the image

INK = 100  # grey level
SHORT = 3  # pixels: shorter branches are spurs of the thinning
AROUND = ((-1, 0), (-1, 1), (0, 1), (1, 1), (1, 0), (1, -1), (0, -1), (-1, -1))


def centre_lines(image: NDArray[np.uint8], step: int = 2) -> list[Stroke]:
    """Return an image's ink as strokes through its middle, every `step` pixels."""
    line = thinned(np.pad(image > INK, 1))
    strokes = [stroke for stroke in traced(line) if len(stroke) > SHORT]
    return [
        [(x - 0.5, y - 0.5) for y, x in [*stroke[:-1:step], stroke[-1]]]
        for stroke in strokes
    ]


def thinned(ink: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return the ink thinned to lines of one pixel.

    Source: Zhang, Suen 1984, "A fast parallel algorithm for thinning digital patterns".
    """
    ink = ink.copy()
    changed = True
    while changed:
        changed = False
        for odd in (False, True):
            ring = np.stack([np.roll(ink, (-dy, -dx), (0, 1)) for dy, dx in AROUND])
            count = ring.sum(axis=0)
            starts = (~ring & np.roll(ring, -1, axis=0)).sum(axis=0)
            north, east, south, west = ring[0], ring[2], ring[4], ring[6]
            if odd:
                kept = (north & east & west) | (north & south & west)
            else:
                kept = (north & east & south) | (east & south & west)
            gone = ink & (count >= 2) & (count <= 6) & (starts == 1) & ~kept
            ink &= ~gone
            changed |= bool(gone.any())
    return ink


def traced(line: NDArray[np.bool_]) -> Iterator[list[Pixel]]:
    """Yield the paths through a thin line, from its ends, each pixel once."""
    left = {(int(y), int(x)) for y, x in np.argwhere(line)}
    drawn: set[Pixel] = set()
    while left:
        at = min(left, key=lambda p: (len(neighbours(p, left)), p))
        path = [near[0]] if (near := neighbours(at, drawn)) else []
        while at is not None:
            path.append(at)
            left.remove(at)
            drawn.add(at)
            at = onward(path, left)
        closing = [p for p in neighbours(path[-1], drawn) if p not in path[-4:]]
        yield path + closing[:1]


def onward(path: list[Pixel], left: set[Pixel]) -> Pixel | None:
    """Return the next pixel, the one that bends the path least."""
    y, x = path[-1]
    y0, x0 = path[-5:][0]

    def bend(pixel: Pixel) -> float:
        dy, dx = pixel[0] - y, pixel[1] - x
        return -(dy * (y - y0) + dx * (x - x0)) / np.hypot(dy, dx)

    return min(neighbours(path[-1], left), key=bend, default=None)


def neighbours(pixel: Pixel, among: set[Pixel]) -> list[Pixel]:
    """Return the pixels that touch a pixel, those of its four sides first."""
    y, x = pixel
    near = [(y + dy, x + dx) for dy, dx in AROUND]
    return [p for p in near[::2] + near[1::2] if p in among]
