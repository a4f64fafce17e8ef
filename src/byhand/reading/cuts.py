"""Cuts through connected components, from top to bottom, where digits may touch.

More cuts are made than are right (over-segmentation): which of them are, is decided by
what can be read between them.

Letters: h, w height and width of a fragment's box, in pixels; C cuts.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from scipy.signal import find_peaks

from byhand import kernels
from byhand.reading.fragments import Fragment, cropped
from byhand.types import Integers, Mask

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CutSettings:
    """Where connected ink is cut, and what a cut costs.

    Lengths are in heights of the row's digits, costs in pixels of ink.
    """

    narrow: float = 0.45  # no two digits are side by side in less width
    low: float = 0.4  # nor in less height
    apart: float = 0.1  # cuts closer than this are one cut
    reach: float = 0.12  # how far a cut may wander to either side
    deep: float = 0.08  # a valley of the outline is at least so deep
    dearest: float = 6.0  # pens' widths of ink: no cut goes through more
    most: int = 14  # cuts through one component
    widest: float = 40.0  # what is wider is no writing, and would need too many cuts
    chunk: int = 1_000_000  # pixels of bands that are looked at together: memory
    sideways: float = 0.15  # cost of a step to the side
    row: float = 0.02  # cost of each row, so that cuts are short
    off_centre: float = 0.002  # cost of each column away from the middle of the band


CUTS = CutSettings()


def cut_up(
    fragment: Fragment, height: float, stroke: float, settings: CutSettings = CUTS
) -> list[Fragment]:
    """Return a component's fragments, left to right: cut wherever digits may touch.

    Args:
        fragment: a connected component.
        height: of the digits in its row, pixels.
        stroke: the pen's width, pixels.
        settings: where cuts are made.
    """
    paths, costs = find_cuts(fragment, height, stroke, settings)
    if not len(paths):
        return [fragment]
    # a pixel belongs to the part whose number is that of the cuts to its left
    columns = np.arange(fragment.width)
    part = (paths[:, :, None] <= columns).sum(axis=0)  # (h, w)
    parts: list[Fragment] = []
    for number in range(len(paths) + 1):
        mask = fragment.mask & (part == number)
        if mask.any():
            cost = float(costs[number - 1]) if parts else 0.0
            parts.append(cropped(fragment, mask, cost))
    return parts


def find_cuts(
    fragment: Fragment, height: float, stroke: float, settings: CutSettings = CUTS
) -> tuple[Integers, Floats]:
    """Return the cuts that `cut_up` makes, from left to right: C of them.

    Returns:
        (C, h), the first column right of each cut, of the fragment's own; and (C,), the
        ink that each goes through, in pens' widths.
    """
    if not can_be_cut(fragment, height, settings):
        return np.empty((0, fragment.height), np.int64), np.empty(0)
    paths, costs = seams(fragment.mask, height, settings)
    costs = costs / stroke
    first = valleys(fragment.mask, height, settings)
    chosen = choose(costs, first, height, settings)
    return paths[chosen], costs[chosen]


def can_be_cut(fragment: Fragment, height: float, settings: CutSettings = CUTS) -> bool:
    """Return whether a component is large enough for two digits, and not too wide."""
    wide = settings.narrow * height <= fragment.width <= settings.widest * height
    return wide and fragment.height >= settings.low * height


def seams(
    mask: Mask, height: float, settings: CutSettings = CUTS
) -> tuple[Integers, Floats]:
    """Return the cheapest cut near each column: its columns (w, h) and its ink (w,).

    It is the cheapest of all paths within a band around the column
    (`kernels.reference.seams`).
    """
    h, w = mask.shape
    step = max(1, settings.chunk // (h * (2 * _reach(height, settings) + 1)))
    parts = [
        _seams(mask, np.arange(first, min(first + step, w)), height, settings)
        for first in range(0, w, step)
    ]
    paths, costs = zip(*parts, strict=True)
    return np.concatenate(paths), np.concatenate(costs)


def _seams(
    mask: Mask, columns: Integers, height: float, settings: CutSettings
) -> tuple[Integers, Floats]:
    """Return what `seams` returns, for some of the columns."""
    prices = settings.row, settings.off_centre, settings.sideways
    paths, least = kernels.seams()(mask, columns, _reach(height, settings), *prices)
    inside = paths.clip(0, mask.shape[1] - 1)
    through = mask[np.arange(len(mask)), inside].sum(axis=1)  # (w,)
    # of cuts through as much ink the one that costs least is to be chosen
    return paths, through.astype(np.float64) + 1e-3 * least


def _reach(height: float, settings: CutSettings) -> int:
    """Return how many columns a cut may wander to either side."""
    return max(2, round(settings.reach * height))


def valleys(mask: Mask, height: float, settings: CutSettings = CUTS) -> Integers:
    """Return the columns where the outline dips in from above or from below.

    Two digits that touch leave such a valley, though a cut there may go through more
    ink than one through the middle of a 0.
    """
    h = mask.shape[0]
    above = np.where(mask.any(axis=0), mask.argmax(axis=0), h)
    below = np.where(mask.any(axis=0), mask[::-1].argmax(axis=0), h)
    deep = max(2.0, settings.deep * height)
    return np.concatenate([
        find_peaks(side, prominence=deep)[0] for side in (above, below)
    ])  # fmt: skip


def choose(
    costs: Floats, first: Integers, height: float, settings: CutSettings = CUTS
) -> Integers:
    """Return the columns of cuts, none close to another, in order.

    Args:
        costs: (w,) of the best cut near each column, in pens' widths of ink.
        first: columns to be taken before others; the others are the cheapest around.
        height: of the digits, pixels.
        settings: how close is too close, how dear too dear.
    """
    apart = max(2, round(settings.apart * height))
    cheapest = costs <= ndimage.minimum_filter1d(costs, 2 * apart + 1)
    others = np.flatnonzero(cheapest)
    kept: list[int] = []
    for columns in (first, others):
        for column in columns[np.argsort(costs[columns], kind="stable")]:
            far = all(abs(column - other) >= apart for other in kept)
            inside = apart <= column < len(costs) - apart
            if far and inside and costs[column] <= settings.dearest:
                kept.append(int(column))
            if len(kept) == settings.most:
                return np.array(sorted(kept), np.int64)
    return np.array(sorted(kept), np.int64)
