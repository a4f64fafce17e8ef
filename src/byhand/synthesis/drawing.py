"""Strokes and patches of ink, laid on a layer.

Letters: H × W pixels of a layer, h × w of a patch; K points or strokes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
from numpy.typing import ArrayLike
from PIL import Image

from byhand import kernels
from byhand.types import Floats, Grey

T = TypeVar("T")

STEPS = 5  # straight strokes between two points of a smooth curve
OBLIQUE = 12.0  # pixels across and down from which a stroke is cut in two
SEEN = 24  # coverage from which a pixel of a patch counts when it is cropped


def blank(height: float, width: float) -> Grey:
    """Return a layer (H, W) without ink, of at least one pixel."""
    return np.zeros((max(round(height), 1), max(round(width), 1)), np.uint8)


def lay(layer: Grey, patch: Grey, top: float, left: float) -> None:
    """Put a patch on a layer; what lies outside is cut off, ink only grows."""
    y, x = round(top), round(left)
    part = layer[max(y, 0) : y + len(patch), max(x, 0) : x + patch.shape[1]]
    if y + len(patch) <= 0 or x + patch.shape[1] <= 0 or not part.size:
        return
    inside = patch[max(-y, 0) :, max(-x, 0) :][: part.shape[0], : part.shape[1]]
    np.maximum(part, inside, out=part)


def cropped(patch: Grey) -> Grey:
    """Return the part of a patch that has ink; one pixel of it if it has none."""
    rows, columns = (np.flatnonzero((patch > SEEN).any(axis)) for axis in (1, 0))
    if not len(rows):
        return patch[:1, :1]
    return patch[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def lines(layer: Grey, segments: ArrayLike, width: float | Floats) -> None:
    """Draw straight strokes (K, 4), each from x, y to x, y, into a layer.

    Args:
        layer: (H, W); ink only grows.
        segments: in pixels.
        width: of the strokes in pixels, or (K,) of each. Below one pixel they fade.
    """
    straight: Floats = np.asarray(segments, np.float64).reshape(-1, 4)
    given, wide = _short(straight, np.broadcast_to(np.float64(width), len(straight)))
    which = np.zeros(len(given), np.int64)
    begin, end = given[:, 1::-1].copy(), given[:, :1:-1].copy()  # y, x
    kernels.strokes()(layer[None], which, begin, end, np.ascontiguousarray(wide))


def _short(segments: Floats, wide: Floats) -> tuple[Floats, Floats]:
    """Return oblique strokes cut into short ones: their rectangles are drawn faster."""
    run = np.abs(segments[:, 2:] - segments[:, :2]).min(axis=1)
    parts = np.ceil(run / OBLIQUE).astype(int).clip(1)
    if (parts == 1).all():
        return segments, wide
    which = np.repeat(np.arange(len(parts)), parts)
    number = np.arange(len(which)) - np.repeat(np.cumsum(parts) - parts, parts)
    begin, step = segments[which, :2], segments[which, 2:] - segments[which, :2]
    t = (number / parts[which])[:, None]
    ends = begin + t * step, begin + (t + 1 / parts[which, None]) * step
    return np.concatenate(ends, axis=1), wide[which]


def polyline(layer: Grey, points: ArrayLike, width: float | Floats) -> None:
    """Draw a line along points (K, 2), x and y, into a layer."""
    x = np.asarray(points, np.float64)
    if len(x) == 1:
        x = np.repeat(x, 2, axis=0)
    lines(layer, np.concatenate([x[:-1], x[1:]], axis=1), width)


def smooth(points: ArrayLike, steps: int = STEPS) -> Floats:
    """Return a curve through points (K, 2), Catmull and Rom's; a repeated one is sharp.

    Args:
        points: x and y.
        steps: straight strokes between two of them.
    """
    x = np.asarray(points, np.float64)
    if len(x) < 3:
        return x
    before = np.concatenate([x[:1], x[:-2]])
    begin, end = x[:-1], x[1:]
    after = np.concatenate([x[2:], x[-1:]])
    t = (np.arange(steps) / steps)[:, None, None]  # (S, 1, 1)
    tangent, next_tangent = (end - before) / 2, (after - begin) / 2
    sharp = (begin == end).all(axis=1, keepdims=True)
    tangent, next_tangent = (np.where(sharp, 0, a) for a in (tangent, next_tangent))
    curve = (
        (2 * t**3 - 3 * t**2 + 1) * begin + (t**3 - 2 * t**2 + t) * tangent
        + (3 * t**2 - 2 * t**3) * end + (t**3 - t**2) * next_tangent
    )  # fmt: skip
    along = curve.transpose(1, 0, 2).reshape(-1, 2)  # (S, K - 1, 2) -> (SK - S, 2)
    return np.concatenate([along, x[-1:]])


def sheared(patch: Grey, lean: float = 0.0, narrow: float = 1.0) -> Grey:
    """Return a patch (h, w) that leans to the right, and is narrowed.

    Args:
        patch: the ink.
        lean: columns to the right for each row up; to the left below 0.
        narrow: factor of the width.
    """
    height, width = patch.shape
    wide = max(1, round(width * narrow + abs(lean) * height))
    # pixel (x, y) shows (x + lean y - shift) / narrow
    shift = lean * height if lean > 0 else 0.0
    matrix = (1 / narrow, lean / narrow, -shift / narrow, 0.0, 1.0, 0.0)
    affine, how = Image.Transform.AFFINE, Image.Resampling.BICUBIC
    return np.asarray(
        Image.fromarray(patch).transform((wide, height), affine, matrix, how)
    )


def rotated(patch: Grey, degrees: float) -> Grey:
    """Return a patch rotated counter-clockwise, as large as holds all of it."""
    how = Image.Resampling.BICUBIC
    return np.asarray(Image.fromarray(patch).rotate(degrees, how, expand=True))


def eroded(
    patch: Grey, share: float, rng: np.random.Generator, size: float = 2
) -> Grey:
    """Return a patch with holes in its ink, as thin ink and 1-bit scans have them.

    Args:
        patch: (H, W) ink.
        share: of the area that loses its ink.
        rng: where.
        size: of the holes in pixels.
    """
    h, w = patch.shape
    coarse = rng.random((round(h / size) + 2, round(w / size) + 2)).astype(np.float32)
    noise = Image.fromarray(coarse).resize((w, h), Image.Resampling.BILINEAR)
    holes = np.asarray(noise) < 0.5 + 0.4 * (share - 0.5)
    return np.where(holes, 0, patch)


def log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    """Return a number of which the logarithm is uniform between those of two others."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def chosen(rng: np.random.Generator, options: Sequence[T]) -> T:
    """Return one of the options."""
    return options[int(rng.integers(len(options)))]
