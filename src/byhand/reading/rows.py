"""The rows of a page: its fragments in lines of writing, each made level by itself."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

import numpy as np

from byhand.ink.measure import weighted_median
from byhand.reading.chains import Chain, chained
from byhand.reading.cuts import seams
from byhand.reading.fragments import Fragment, cropped, extent, find_fragments
from byhand.reading.order import reading_order
from byhand.reading.page import Page
from byhand.types import Box, Floats


@dataclass(frozen=True)
class RowSettings:
    """What belongs to a row; lengths in heights of a digit."""

    body: float = 0.5  # what is lower is a dot, a dash or a bar
    tall: float = 1.6  # what is higher may be of two rows
    near: float = 1.0  # dots and bars farther from every digit belong to no row
    least_skew: float = 1.5  # degrees that are worth making level


ROWS = RowSettings()


@dataclass(frozen=True, eq=False)
class Row:
    """Fragments of one line of writing.

    Attributes:
        fragments: from left to right.
        page: where they are: a page on which this row is level.
        found: the same on the page on which the row was found.
        likely: that its ink is digits' ink, as far as the finder of ink knows.
        slanting: the row before it was deslanted; None if it was not.
    """

    fragments: Sequence[Fragment]
    page: Page
    found: Sequence[Fragment]
    likely: float = 1.0
    slanting: Row | None = None

    @cached_property
    def height(self) -> float:
        """The usual height of its digits, pixels."""
        heights = np.array([p.height for p in self.fragments])
        return weighted_median(heights, np.array([p.area for p in self.fragments]))

    def deslanted(self) -> Row | None:
        """Return the row with slanting strokes upright; None if they are."""
        page = self.page.with_only(self.fragments).deslanted()
        fragments = _sorted(find_fragments(page.ink)) if page else []
        if page and fragments:
            return replace(self, fragments=fragments, page=page, slanting=self)
        return None


def find_rows(
    page: Page, count: int | None = None, settings: RowSettings = ROWS
) -> list[Row]:
    """Return the rows in reading order.

    Args:
        page: with its ink.
        count: how many rows there are, if it is known.
        settings: what belongs to a row.
    """
    height, fragments = page.ink.character_height, find_fragments(page.ink)
    bodies = [p for p in fragments if p.height >= settings.body * height]
    low = [p for p in bodies if p.height < settings.tall * height]
    first = [_middles(low)[:, row.members] for row in _chains(low, height)]
    bodies = [part for p in bodies for part in _divided(p, first, height, settings)]
    chains = _chains(bodies, height, count)
    rows = [[bodies[n] for n in chain.members] for chain in chains]
    small = [p for p in fragments if p.height < settings.body * height]
    _add_small(rows, small, settings.near * height)
    order = reading_order(_boxes(rows, [chain.slope for chain in chains], height))
    return [_level(_sorted(rows[n]), page, chains[n].slope, settings) for n in order]


def _chains(
    bodies: Sequence[Fragment], height: float, count: int | None = None
) -> list[Chain]:
    y, x = _middles(bodies)
    return chained(x, y, np.array([p.height for p in bodies]), height, count)


def _middles(fragments: Sequence[Fragment]) -> Floats:
    """Return row and column (2, N) of the middles of fragments' boxes."""
    ends = [(p.top + p.bottom, p.left + p.right) for p in fragments]
    return np.array(ends, np.float64).reshape(-1, 2).T / 2


def _boxes(
    rows: Sequence[Sequence[Fragment]], slopes: Sequence[float], height: float
) -> list[Box]:
    """Return boxes of rows as if the page were level."""
    usual = float(np.median(slopes)) if slopes else 0.0
    boxes = []
    for row in rows:
        box, (y, x) = extent(row), _middles(row).mean(axis=1)
        middle = y - usual * x
        boxes.append(Box(box.x, round(middle - height / 2), box.width, round(height)))
    return boxes


def _sorted(fragments: Sequence[Fragment]) -> list[Fragment]:
    return sorted(fragments, key=lambda p: p.centre[1])


def _divided(
    fragment: Fragment, curves: Sequence[Floats], height: float, settings: RowSettings
) -> list[Fragment]:
    """Return what a fragment has of each row, from top to bottom.

    It is cut between two rows if the middles of both go through it, where least ink is
    in the way.
    """
    if fragment.height < settings.tall * height:
        return [fragment]
    x, reach = fragment.left + fragment.width / 2, settings.near * height
    middles = sorted(
        float(np.interp(x, across, down)) - fragment.top
        for down, across in curves
        if across[0] - reach <= x - fragment.width / 2 and x <= across[-1] + reach
    )
    quarter = height / 4
    inside = [y for y in middles if quarter <= y <= fragment.height - quarter]
    paths, costs = seams(fragment.mask.T, height)  # (h, w), (h,)
    number = np.zeros(fragment.mask.shape, np.int64)
    for above, below in pairwise(inside):
        first, last = round(above + quarter), round(below - quarter)
        if first < last:
            path = paths[first + int(costs[first:last].argmin())]
            number += np.arange(fragment.height)[:, None] >= path
    parts = (fragment.mask & (number == n) for n in range(number.max() + 1))
    return [cropped(fragment, part) for part in parts if part.any()]


def _add_small(
    rows: Sequence[list[Fragment]], small: Sequence[Fragment], near: float
) -> None:
    """Add dots, dashes and bars to the rows of the nearest digits, if they are near."""
    bodies = [(p, row) for row in rows for p in row]
    if not bodies:
        return
    top, bottom, left, right = np.array(
        [(p.top, p.bottom, p.left, p.right) for p, _ in bodies]
    ).T
    for p in small:
        down = np.maximum(top - p.bottom, p.top - bottom).clip(0)
        across = np.maximum(left - p.right, p.left - right).clip(0)
        apart = np.hypot(down, across)
        if apart.min() <= near:
            bodies[int(apart.argmin())][1].append(p)


def _level(
    found: list[Fragment], page: Page, slope: float, settings: RowSettings
) -> Row:
    """Return a row on a page on which it is level: its own, if it slopes."""
    angle = float(np.degrees(np.arctan(slope)))
    row = Row(found, page, found, _likely(found, page))
    if abs(angle) < settings.least_skew:
        return row
    level = page.with_only(found).deskewed(angle)
    fragments = _sorted(find_fragments(level.ink))
    return replace(row, fragments=fragments, page=level) if fragments else row


def _likely(found: Sequence[Fragment], page: Page) -> float:
    """Return the mean of the probability of digits' ink in some fragments."""
    likely = page.ink.grey if page.ink.likely is None else page.ink.likely
    total = sum(
        int(likely[p.top : p.bottom, p.left : p.right][p.mask].sum()) for p in found
    )
    return total / (255 * sum(p.area for p in found))
