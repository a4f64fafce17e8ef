"""Where a camera sees a sheet: one map moves the picture, the classes and the boxes.

Letters: H, W height and width of the picture and of the sheet in pixels; K points.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from PIL import Image

from byhand import kernels
from byhand.types import Array, Box, Floats, Grey

Size = tuple[int, int]
CORNERS = np.array([[0.0, 0.0], [1.0, 0.0], [1.0, 1.0], [0.0, 1.0]])  # x, y


class View:
    """A projection of the sheet into the picture.

    Attributes:
        size: H, W of the sheet and of the picture.
        matrix: (3, 3), from places in the picture to places on the sheet, x, y, 1.
        inverse: (3, 3), back.
        covered: whether the sheet fills the picture.
        scale: pixels of the picture for each of the sheet, in the middle.
    """

    def __init__(self, size: Size, seen: Floats) -> None:
        """Make the view whose corners are these points (4, 2) of the sheet."""
        height, width = size
        self.size = size
        self.seen = seen
        self.matrix = _projection(CORNERS * (width, height), seen)
        self.inverse = np.linalg.inv(self.matrix)
        inside = (seen >= -1e-6) & (seen <= np.array([width, height]) + 1e-6)
        self.covered = bool(inside.all())
        sides = np.linalg.norm(seen - np.roll(seen, 1, axis=0), axis=1)
        self.scale = 2 * (height + width) / float(sides.sum())

    @property
    def identical(self) -> bool:
        """Whether the picture is the sheet as it is."""
        return bool(np.allclose(self.matrix, np.eye(3)))

    def clear(self) -> tuple[float, float, float, float]:
        """Return left, top, right and bottom of a part of the sheet that is seen."""
        (height, width), (x, y) = self.size, self.seen.T
        left, right = max(x[0], x[3], 0), min(x[1], x[2], width)
        top, bottom = max(y[0], y[1], 0), min(y[2], y[3], height)
        return float(left), float(top), float(right), float(bottom)

    def image(self, layer: Array, smooth: bool = True) -> Array:
        """Return a layer (H, W) or (H, W, 3) as the picture has it."""
        if self.identical:
            return layer
        top, bottom, left, right = 0, self.size[0], 0, self.size[1]
        if layer.ndim == 2:  # much of it may be empty
            top, bottom, left, right = self._filled(layer)
        part = np.empty((bottom - top, right - left, *layer.shape[2:]), np.uint8)
        moved = self.matrix @ np.array([[1, 0, left], [0, 1, top], [0, 0, 1]])
        kernels.projected()(
            layer.reshape(*self.size, -1),
            moved,
            smooth,
            part.reshape(*part.shape[:2], -1),
        )
        if part.shape == layer.shape:
            return part
        out = np.zeros_like(layer)
        out[top:bottom, left:right] = part
        return out

    def _filled(self, layer: Grey) -> tuple[int, int, int, int]:
        """Return top, bottom, left and right of what a layer fills of the picture."""
        height, width = self.size
        box = Image.fromarray(layer).getbbox()
        if box is None:
            return 0, 1, 0, 1
        left, top, right, bottom = box
        edges = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        low, high = (
            np.asarray(f(self.points(edges), axis=0)) for f in (np.min, np.max)
        )
        x, y = np.floor(low - 1).clip(0, (width - 1, height - 1)).astype(int).tolist()
        ends = np.ceil(high + 1).clip((x + 1, y + 1), (width, height)).astype(int)
        return y, int(ends[1]), x, int(ends[0])

    def points(self, points: Floats) -> Floats:
        """Return where points (K, 2) of the sheet are in the picture."""
        there = points @ self.inverse[:, :2].T + self.inverse[:, 2]
        return np.asarray(there[:, :2] / there[:, 2:])

    def boxes(self, outlines: Sequence[Floats]) -> list[Box | None]:
        """Return the boxes of outlines in the picture; None if under half is in it."""
        if not outlines:
            return []
        height, width = self.size
        starts = np.cumsum([0, *(len(points) for points in outlines[:-1])])
        points = self.points(np.concatenate(outlines))
        low = np.minimum.reduceat(points, starts)  # (digits, 2)
        high = np.maximum.reduceat(points, starts)
        inside = np.minimum(high, (width, height)) - np.maximum(low, 0)
        kept = (inside > 0).all(axis=1)
        kept &= (inside / (high - low)).prod(axis=1) >= 0.5
        first = np.rint(low).clip(0, (width - 1, height - 1)).astype(int)
        last = np.maximum(np.rint(high).clip(0, (width, height)), first + 1).astype(int)
        edges = np.concatenate([first, last], axis=1).tolist()
        return [
            Box.of_edges(*edge) if keep else None
            for edge, keep in zip(edges, kept, strict=True)
        ]


def view(
    size: Size,
    turn: float,
    lean: float,
    zoom: float,
    rng: np.random.Generator,
) -> View:
    """Return a view of a sheet.

    Args:
        size: H, W of the sheet and of the picture.
        turn: degrees clockwise by which the sheet lies askew in the picture.
        lean: deviation of the corners by perspective, in sides of the picture.
        zoom: 1 for the sheet that just fills the picture, which it then does whatever
            the turn; below, the table around it is seen; above, a part of the sheet.
        rng: draws the perspective.
    """
    height, width = size
    away = (CORNERS - 0.5) * (width, height)
    cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
    away = away @ np.array([[cos, -sin], [sin, cos]])
    away += rng.normal(0, 1, (4, 2)).clip(-1.5, 1.5) * lean * (width, height)
    if not turn and not lean and zoom == 1:
        return View(size, CORNERS * (width, height))
    over = float((np.abs(away) / (np.array([width, height]) / 2)).max())
    away /= over * zoom
    return View(size, away + np.array([width, height]) / 2)


def _projection(before: Floats, after: Floats) -> Floats:
    """Return the (3, 3) matrix that takes four points (4, 2) to four others."""
    rows, values = [], []
    for (x, y), (u, v) in zip(before, after, strict=True):
        rows += [[x, y, 1, 0, 0, 0, -u * x, -u * y], [0, 0, 0, x, y, 1, -v * x, -v * y]]
        values += [u, v]
    solved = np.linalg.solve(np.array(rows), np.array(values))
    return np.append(solved, 1.0).reshape(3, 3)
