"""Homographies: maps of a plane that keep lines straight, fitted by least squares.

Letters: K points, each x, y, and as many lines, each a, b, c with a x + b y + c = 0.
"""

from __future__ import annotations

import numpy as np

from byhand.types import Floats

# What is expected of a scan: standard deviations of what a scanner or camera does to a
# form that is scaled so that its points are at √2 from their middle on average.
PERSPECTIVE = 0.05
STRETCH = 0.05  # the scales of x and y differ, or their angle is not 90°
NOISE = 0.003  # of a point: one pixel of a copy of 1000 pixels


def mapped(matrix: Floats, points: Floats) -> Floats:
    """Return points (K, 2) mapped by a homography (3, 3)."""
    moved = points @ matrix[:2, :2].T + matrix[:2, 2]  # (K, 2)
    scale = points @ matrix[2, :2] + matrix[2, 2]  # (K,)
    result: Floats = moved / scale[:, None]
    return result


def normaliser(points: Floats) -> Floats:
    """Return the map (3, 3) that takes points (K, 2) to the middle, at √2 on average.

    Source: Hartley 1997, "In defense of the eight-point algorithm", section 3.
    """
    middle = points.mean(axis=0)
    distance = np.linalg.norm(points - middle, axis=1).mean()
    scale = np.sqrt(2) / max(distance, 1e-9)
    return np.array(
        [[scale, 0, -scale * middle[0]], [0, scale, -scale * middle[1]], [0, 0, 1]]
    )


def through(points: Floats, directions: Floats) -> Floats:
    """Return the lines (K, 3) through points (K, 2) along directions (K, 2).

    Their normals have length 1, so that a x + b y + c is a distance.
    """
    along = directions / np.linalg.norm(directions, axis=1, keepdims=True)
    normals = np.stack([-along[:, 1], along[:, 0]], axis=1)  # (K, 2)
    offsets = -(normals * points).sum(axis=1, keepdims=True)  # (K, 1)
    return np.hstack([normals, offsets])


def fitted(
    points: Floats, lines: Floats, weights: Floats, near: Floats, rigid: float = 1.0
) -> Floats:
    """Return the homography that takes each point onto its line, by least squares.

    With homogeneous points p and lines l, each pair gives one equation l · H p = 0,
    which is linear in the nine numbers of H. The smallest singular vector solves them
    all as well as can be: the direct linear transform, of points and lines. What a scan
    is expected to be are four more equations, so that few points are enough.

    Args:
        points: (K, 2).
        lines: (K, 3), with normals of length 1.
        weights: (K,), of each pair.
        near: a homography (3, 3) close to the result; it turns l · H p into distances.
        rigid: how much stronger than by default those four are.

    Source: Hartley and Zisserman 2004, "Multiple View Geometry", algorithm 4.2.
    """
    here, there = normaliser(points), normaliser(mapped(near, points))
    p = np.hstack([mapped(here, points), np.ones((len(points), 1))])  # (K, 3)
    # lines go by the inverse, transposed; of length 1 again
    moved = lines @ np.linalg.inv(there)
    moved /= np.linalg.norm(moved[:, :2], axis=1, keepdims=True)
    start = there @ near @ np.linalg.inv(here)
    depth = p @ start[2] / start[2, 2]  # (K,)
    rows = (moved[:, :, None] * p[:, None, :]).reshape(-1, 9)  # (K, 9)
    rows *= (np.sqrt(weights) / depth)[:, None]
    nothing = np.zeros((1, 9))  # nine equations at least: svd gives no more vectors
    equations = np.vstack([rows, _expected(rigid), nothing])
    solution = np.linalg.svd(equations, full_matrices=False)[2][-1].reshape(3, 3)
    matrix = np.linalg.inv(there) @ solution @ here
    result: Floats = matrix / matrix[2, 2]
    return result


def _expected(rigid: float) -> Floats:
    """Return the equations (4, 9) of a scan that only shifts, rotates and scales."""
    rows = np.zeros((4, 9))
    rows[0, [0, 4]] = NOISE / STRETCH, -NOISE / STRETCH  # H00 = H11
    rows[1, [1, 3]] = NOISE / STRETCH  # H01 = -H10
    rows[2, 6] = rows[3, 7] = NOISE / PERSPECTIVE  # H20 = H21 = 0
    return rows * rigid
