"""Fragments of ink: the connected components of a page, and parts cut from them.

Letters: h, w height and width of a fragment's box, in pixels.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy import ndimage

from byhand.ink.components import connected_components
from byhand.ink.page_ink import PageInk
from byhand.types import Box, Grey, Integers, Mask


@dataclass(frozen=True)
class FragmentSettings:
    """What is taken for a connected component."""

    full: float = 0.95  # share of a component's pixels no brighter than its full ink
    most: int = 1000  # components; a page has fewer, a photograph of grass more
    most_pixels: int = 40_000_000  # of all their boxes: hatching has more
    speck: float = 0.6  # of the pen's width, squared: what has less ink is dust


FRAGMENTS = FragmentSettings()


@dataclass(frozen=True, eq=False)
class Fragment:
    """Ink on a page: a connected component, or a part cut from one.

    Attributes:
        top: row of the page that is its first.
        left: column of the page that is its first.
        mask: (h, w), where its ink is.
        component: number of the connected component that it is a part of.
        cut: pens' widths of ink cut through on its left; 0 if nothing was cut.
        full: grey level of its ink where the pen is all on the paper.
    """

    top: int
    left: int
    mask: Mask
    component: int
    cut: float = 0.0
    full: float = 255.0

    @cached_property
    def height(self) -> int:
        """Rows of its box."""
        return len(self.mask)

    @cached_property
    def width(self) -> int:
        """Columns of its box."""
        return int(self.mask.shape[1])

    @cached_property
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


def find_fragments(
    ink: PageInk, settings: FragmentSettings = FRAGMENTS
) -> list[Fragment]:
    """Return the connected components of a page without dust; the largest if many."""
    labels, _ = connected_components(ink.mask)
    areas = np.bincount(labels.ravel())  # (number of components + 1,)
    least = max(2.0, settings.speck * ink.stroke_width**2)
    boxes = ndimage.find_objects(labels)
    large = [n for n in range(1, len(areas)) if areas[n] >= least]
    if len(large) > settings.most:
        large = sorted(large, key=lambda n: -areas[n])[: settings.most]
    large = _within(large, boxes, settings.most_pixels)
    return [_component(ink.grey, labels, boxes[n - 1], n, settings) for n in large]


def _within(
    numbers: list[int], boxes: Sequence[tuple[slice, slice]], most: int
) -> list[int]:
    """Return the components without the largest boxes, if all have too many pixels."""
    pixels = np.array([_pixels(boxes[n - 1]) for n in numbers], np.int64)
    if pixels.sum() <= most:
        return numbers
    ascending = np.argsort(pixels, kind="stable")
    kept = np.sort(ascending[np.cumsum(pixels[ascending]) <= most])
    return [numbers[k] for k in kept]


def _pixels(box: tuple[slice, slice]) -> int:
    rows, columns = box
    return int(rows.stop - rows.start) * int(columns.stop - columns.start)


def _component(
    ink: Grey,
    labels: Integers,
    box: tuple[slice, slice],
    number: int,
    settings: FragmentSettings,
) -> Fragment:
    """Return the connected component of that number."""
    mask = labels[box] == number
    levels = np.sort(ink[box][mask])
    full = float(levels[int(settings.full * (len(levels) - 1))])
    return Fragment(box[0].start, box[1].start, mask, number, full=full)


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


def joined(fragments: Sequence[Fragment], edge: int) -> Mask:
    """Return where the ink of fragments is in their extent, with an edge around it."""
    left, top, width, height = extent(fragments)
    mask = np.zeros((height + 2 * edge, width + 2 * edge), np.bool_)
    for p in fragments:
        y, x = p.top - top + edge, p.left - left + edge
        mask[y : y + p.height, x : x + p.width] |= p.mask
    return mask
