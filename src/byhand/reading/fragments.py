"""Connected strokes, cut into fragments where digits may touch.

Letters: H, W height and width of the page; h, w of a fragment's box, in pixels; C cuts.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt
from scipy import ndimage
from scipy.signal import find_peaks

from byhand.ink.components import connected_components
from byhand.reading.page import Page
from byhand.types import Box, Grey, Integers, Mask

FULL = 0.95  # of its ink is no brighter than full
MOST = 4000  # connected strokes; a page has fewer, a photograph of grass more
SPECK = 0.6  # of a square as wide as the pen: what has less ink is dust
NARROW = 0.45  # of the height of its row: no two digits are side by side in less
APART = 0.1  # of the height: cuts closer than this are one cut
REACH = 0.12  # of the height: how far a cut may wander to either side
DEAREST = 6.0  # pens' widths of ink: no cut goes through more
MOST_CUTS = 14
DEEP = 0.08  # of the height: a valley of the outline is at least so deep
SIDEWAYS = 0.15  # of a pixel of ink: what a step to the side costs
WHITE = 0.02  # and a pixel without ink: so that cuts are short


@dataclass(frozen=True, eq=False)
class Fragment:
    """Ink on a page: strokes that are connected, or a part cut from them.

    Attributes:
        top: row of the page that is its first.
        left: column of the page that is its first.
        mask: (h, w), where its ink is.
        whole: number of the connected strokes that it is a part of.
        cut: pens' widths of ink cut through on its left; 0 if nothing was cut.
        full: grey level of its ink where the pen is all on the paper.
    """

    top: int
    left: int
    mask: Mask
    component: int
    cut: float = 0.0
    full: float = 255.0

    @property
    def height(self) -> int:
        """Rows of its box."""
        return len(self.mask)

    @property
    def width(self) -> int:
        """Columns of its box."""
        return int(self.mask.shape[1])

    @property
    def box(self) -> Box:
        """Where it is on the page."""
        return Box(self.left, self.top, self.width, self.height)

    @property
    def bottom(self) -> int:
        """The row beyond its last."""
        return self.top + self.height

    @property
    def right(self) -> int:
        """The column beyond its last."""
        return self.left + self.width

    @cached_property
    def area(self) -> int:
        """Pixels with ink."""
        return int(self.mask.sum())

    @cached_property
    def centre(self) -> tuple[float, float]:
        """Row and column of the middle of its ink."""
        rows, columns = self.mask.sum(axis=1), self.mask.sum(axis=0)
        down = float(rows @ np.arange(self.height)) / self.area
        across = float(columns @ np.arange(self.width)) / self.area
        return self.top + down, self.left + across


def find_fragments(page: Page) -> list[Fragment]:
    """Return the connected strokes of a page, dust left out; the largest if many."""
    labels, _ = connected_components(page.ink.mask)
    areas = np.bincount(labels.ravel())  # (number of strokes + 1,)
    least = max(2.0, SPECK * page.ink.stroke_width**2)
    boxes = ndimage.find_objects(labels)
    large = [n for n in range(1, len(areas)) if areas[n] >= least]
    if len(large) > MOST:
        large = sorted(large, key=lambda n: -areas[n])[:MOST]
    return [_fragment(page.ink.flat, labels, boxes[n - 1], n) for n in large]


def _fragment(
    ink: Grey, labels: Integers, box: tuple[slice, slice], number: int
) -> Fragment:
    """Return the connected strokes of that number."""
    mask = labels[box] == number
    levels = np.sort(ink[box][mask])
    full = float(levels[int(FULL * (len(levels) - 1))])
    return Fragment(box[0].start, box[1].start, mask, number, full=full)


def cut_up(fragment: Fragment, page: Page, height: float) -> list[Fragment]:
    """Return a fragment in parts, from left to right, cut wherever digits may touch.

    More cuts are made than are right: which of them, is decided by what can be read
    between them. A cut goes from top to bottom where it meets least ink.

    Args:
        fragment: connected strokes.
        page: where they are.
        height: of the digits in its row.
    """
    paths, costs = find_cuts(fragment, page, height)
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
    fragment: Fragment, page: Page, height: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the cuts that `cut_up` makes, from left to right: C of them.

    Returns:
        (C, h), the first column right of each cut, of the fragment's own; and (C,), the
        ink that each goes through, in pens' widths.
    """
    if fragment.width < NARROW * height or fragment.height < 0.4 * height:
        return np.empty((0, fragment.height), np.int64), np.empty(0)
    paths, costs = seams(fragment.mask, height)
    costs = costs / page.ink.stroke_width
    chosen = choose(costs, valleys(fragment.mask, height), height)
    return paths[chosen], costs[chosen]


def seams(
    mask: Mask, height: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Return the cheapest cut near each column: its columns (w, h) and its ink (w,).

    A cut goes down a row at a time, straight or to a neighbouring column, within a
    band around the column it is for; of all such ways dynamic programming finds the
    one that meets least ink, row by row:

        cost[y, x] = ink[y, x] + min(cost[y-1, x], cost[y-1, x±1] + a little).

    Source: Avidan and Shamir 2007, "Seam carving", section 3.
    """
    h, w = mask.shape
    reach = max(2, round(REACH * height))
    band = np.arange(-reach, reach + 1)
    places = np.arange(w)[:, None] + band  # (w, B)
    ink = np.pad(mask, ((0, 0), (reach, reach)))[:, places + reach]  # (h, w, B)
    inside = (places >= 0) & (places < w)
    price = np.where(inside, ink + WHITE, h)  # (h, w, B)
    price = price + 0.002 * abs(band)
    cost = price[0].copy()
    came = np.zeros((h, w, len(band)), np.int8)
    left, right = np.full_like(cost, np.inf), np.full_like(cost, np.inf)
    for y in range(1, h):
        left[:, 1:] = cost[:, :-1] + SIDEWAYS
        right[:, :-1] = cost[:, 1:] + SIDEWAYS
        best = np.minimum(left, right)
        came[y] = np.where(cost <= best, 0, np.where(left <= right, -1, 1))
        cost = np.minimum(cost, best) + price[y]
    at = cost.argmin(axis=1)  # (w,)
    every = np.arange(w)
    paths = np.empty((w, h), np.int64)
    for y in range(h - 1, -1, -1):
        paths[:, y] = places[every, at]
        at = at + came[y, every, at]
    through = mask[np.arange(h), paths.clip(0, w - 1)].sum(axis=1)  # (w,)
    return paths, through.astype(np.float64) + 1e-3 * cost.min(axis=1)


def valleys(mask: Mask, height: float) -> npt.NDArray[np.int64]:
    """Return the columns where the outline dips in from above or from below.

    Two digits that touch leave such a valley, though a cut there may go through more
    ink than one through the middle of a 0.
    """
    h = mask.shape[0]
    above = np.where(mask.any(axis=0), mask.argmax(axis=0), h)
    below = np.where(mask.any(axis=0), mask[::-1].argmax(axis=0), h)
    found = [find_peaks(side, prominence=max(2.0, DEEP * height))[0]
             for side in (above, below)]  # fmt: skip
    return np.concatenate(found)


def choose(
    costs: npt.NDArray[np.float64], first: npt.NDArray[np.int64], height: float
) -> npt.NDArray[np.int64]:
    """Return the columns of cuts, none close to another, in order.

    Args:
        costs: (w,) of the best cut near each column, in pens' widths of ink.
        first: columns to be taken before others; the others are the cheapest around.
        height: of the digits, pixels.
    """
    apart = max(2, round(APART * height))
    cheapest = costs <= ndimage.minimum_filter1d(costs, 2 * apart + 1)
    others = np.flatnonzero(cheapest)
    kept: list[int] = []
    for columns in (first, others):
        for column in columns[np.argsort(costs[columns], kind="stable")]:
            far = all(abs(column - other) >= apart for other in kept)
            inside = apart <= column < len(costs) - apart
            if far and inside and costs[column] <= DEAREST:
                kept.append(int(column))
    return np.array(sorted(kept[:MOST_CUTS]), np.int64)


def cropped(fragment: Fragment, mask: Mask, cut: float = 0.0) -> Fragment:
    """Return the part of a fragment that a mask as large as it shows."""
    rows, columns = np.flatnonzero(mask.any(axis=1)), np.flatnonzero(mask.any(axis=0))
    top, left = rows[0], columns[0]
    part = mask[top : rows[-1] + 1, left : columns[-1] + 1]
    top, left = fragment.top + int(top), fragment.left + int(left)
    return Fragment(top, left, part, fragment.component, cut, fragment.full)


def extent(fragments: Iterable[Fragment]) -> Box:
    """Return the smallest box on the page that holds all fragments, at least one."""
    return Box.around(fragment.box for fragment in fragments)
