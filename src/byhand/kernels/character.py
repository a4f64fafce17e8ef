"""A character's ink brought to the square that a network sees, compiled.

`reading.candidate_images` and `ink.normalise` define it, in NumPy and Pillow; a row has
hundreds of candidates, each of some hundred pixels.

Letters: h, w height and width of the ink with its margin, H, W of the square; all in
pixels.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numba import njit

from byhand.errors import ShapeError
from byhand.kernels.checks import expect_shape
from byhand.kernels.compiled import OPTIONS
from byhand.types import Grey, Mask

ONE = np.float32(1)


@njit(**OPTIONS)
def _around(array: Any) -> Any:
    """Return the largest of each number and its eight neighbours."""
    h, w = array.shape
    tall, wide = array.copy(), np.empty_like(array)
    for i in range(h - 1):
        for j in range(w):
            tall[i, j] = max(tall[i, j], array[i + 1, j])
            tall[i + 1, j] = max(tall[i + 1, j], array[i, j])
    for i in range(h):
        last = tall[i, 0]
        for j in range(w):
            here = tall[i, j]
            wide[i, j] = max(last, here, tall[i, min(j + 1, w - 1)])
            last = here
    return wide


@njit(**OPTIONS)
def _shares(mask: Any, ink: Any, other: Any, full: Any, part: Any) -> Any:
    """Return (h, w) float32: how much of each pixel is ink of what the mask shows."""
    h, w = mask.shape
    near = _around(mask)
    share = np.zeros((h, w), np.float32)
    for i in range(h):
        for j in range(w):
            if mask[i, j] or (near[i, j] and not other[i, j]):
                share[i, j] = min(np.float32(ink[i, j]) / full, ONE)
    if part > 0:
        wide = _around(share)
        for i in range(h):
            for j in range(w):
                share[i, j] += part * (wide[i, j] - share[i, j])
    return share


@njit(**OPTIONS)
def _cropped(share: Any) -> Any:
    """Return the part of an array that has all numbers above 0."""
    h, w = share.shape
    top, left, bottom, right = h, w, 0, 0
    for i in range(h):
        for j in range(w):
            if share[i, j] > 0:
                top, bottom = min(top, i), max(bottom, i + 1)
                left, right = min(left, j), max(right, j + 1)
    return share[top:bottom, left:right].copy()


@njit(**OPTIONS)
def _resized(image: Any, size: int) -> Any:
    """Return (size, w) from (h, w): rows interpolated as Pillow's bilinear filter does.

    Where there are fewer rows afterwards, each is an average over all that it covers.
    """
    h, w = image.shape
    out = np.empty((size, w), np.float32)
    scale = h / size
    reach = max(scale, 1.0)
    weights = np.empty(math.ceil(2 * reach) + 2)
    for i in range(size):
        centre = (i + 0.5) * scale
        first = max(int(centre - reach + 0.5), 0)
        count = min(int(centre + reach + 0.5), h) - first
        total = 0.0
        for k in range(count):
            away = abs((k + first - centre + 0.5) / reach)
            weights[k] = max(1.0 - away, 0.0)
            total += weights[k]
        for j in range(w):
            s = 0.0
            for k in range(count):
                s += np.float64(image[first + k, j]) * (weights[k] / total)
            out[i, j] = np.float32(s)
    return out


@njit(**OPTIONS)
def _turned(image: Any) -> Any:
    """Return rows as columns."""
    return np.ascontiguousarray(image.T)


@njit(**OPTIONS)
def _centred(ink: Any, out: Any) -> None:
    """Write ink into a square of zeros, its centre of mass in the middle."""
    h, w = ink.shape
    mass, down, across, most = 0.0, 0.0, 0.0, np.float32(0)
    for i in range(h):
        for j in range(w):
            here = np.float64(ink[i, j])
            mass += here
            down += here * i
            across += here * j
            most = max(most, ink[i, j])
    rows, columns = out.shape
    top = min(max(int(np.rint(rows / 2 - down / mass)), 0), rows - h)
    left = min(max(int(np.rint(columns / 2 - across / mass)), 0), columns - w)
    factor = np.float32(255) / most
    for i in range(h):
        for j in range(w):
            out[top + i, left + j] = np.uint8(np.rint(ink[i, j] * factor))


@njit(**OPTIONS)
def _squared(
    mask: Any, ink: Any, other: Any, full: Any, part: Any, box: int, out: Any
) -> None:
    share = _cropped(_shares(mask, ink, other, full, part))
    h, w = share.shape
    if not h:
        return
    longest = max(h, w)
    if abs(longest - box) > min(1, box // 20):
        rows = max(1, int(np.rint(h * box / longest)))
        columns = max(1, int(np.rint(w * box / longest)))
        if columns != w:
            share = _turned(_resized(_turned(share), columns))
        if rows != h:
            share = _resized(share, rows)
    _centred(share, out)


def squared(
    mask: Mask, ink: Grey, other: Mask, full: float, part: float, box: int, out: Grey
) -> None:
    """Write what `reading.candidate_images` defines into a square of zeros.

    Args:
        mask: (h, w), where the character's ink is.
        ink: (h, w) uint8, of the page.
        other: (h, w), where the page has ink.
        full: grey level of the ink where the pen is all on the paper.
        part: how much wider thin strokes are drawn, pixels.
        box: the longer side of the ink in the square, pixels.
        out: (H, W) uint8, of sides of at least box + 1.
    """
    expect_shape("ink", ink, mask.shape)
    expect_shape("other", other, mask.shape)
    if min(out.shape) < box + 1:
        raise ShapeError(f"kernel: expected sides above {box} in out, got {out.shape}")
    _squared(mask, ink, other, np.float32(full), np.float32(part), box, out)
