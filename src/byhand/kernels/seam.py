"""The cheapest paths down a mask, compiled: a column's band at a time.

Letters: h, w height and width of the mask in pixels; C columns; B columns of a band.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit

from byhand.kernels.checks import expect_indices
from byhand.kernels.compiled import OPTIONS
from byhand.types import Array


@njit(**OPTIONS)
def _price(mask: Any, y: int, x: int, row: float, away: float) -> Any:
    h, w = mask.shape
    return (mask[y, x] + row if 0 <= x < w else h) + away


@njit(**OPTIONS)
def _seams(
    mask: Any, columns: Any, reach: int, row: float, off_centre: float,
    sideways: float, paths: Any, least: Any,
) -> None:  # fmt: skip
    h, band = len(mask), 2 * reach + 1
    came = np.zeros((h, band), np.int8)
    cost, before = np.empty(band), np.empty(band)
    for n in range(len(columns)):
        first = columns[n] - reach
        for k in range(band):
            cost[k] = _price(mask, 0, first + k, row, off_centre * abs(k - reach))
        for y in range(1, h):
            before[:] = cost
            for k in range(band):
                left = before[k - 1] + sideways if k else np.inf
                right = before[k + 1] + sideways if k + 1 < band else np.inf
                best = min(left, right)
                above = before[k] <= best
                came[y, k] = 0 if above else (-1 if left <= right else 1)
                away = off_centre * abs(k - reach)
                cost[k] = min(before[k], best) + _price(mask, y, first + k, row, away)
        k = int(np.argmin(cost))
        least[n] = cost[k]
        for y in range(h - 1, -1, -1):
            paths[n, y] = first + k
            k += came[y, k]


def seams(
    mask: Array, columns: Array, reach: int, row: float, off_centre: float,
    sideways: float,
) -> tuple[Array, Array]:  # fmt: skip
    """Do what `reference.seams` does."""
    expect_indices("columns", columns, mask.shape[1])
    paths = np.empty((len(columns), len(mask)), np.int64)
    least = np.empty(len(columns))
    own = np.ascontiguousarray(mask, np.bool_)
    _seams(own, columns, reach, row, off_centre, sideways, paths, least)
    return paths, least
