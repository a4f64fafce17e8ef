"""Homographies: maps of a plane that keep lines straight, fitted to pairs of points.

Letters: K points, each x, y.
"""

from __future__ import annotations

from byhand.types import Floats


def mapped(matrix: Floats, points: Floats) -> Floats:
    """Return points (K, 2) mapped by a homography (3, 3)."""
    moved = points @ matrix[:2, :2].T + matrix[:2, 2]  # (K, 2)
    scale = points @ matrix[2, :2] + matrix[2, 2]  # (K,)
    result: Floats = moved / scale[:, None]
    return result
