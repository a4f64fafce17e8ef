"""A page of ink, and where it is in its picture: deskewed, deslanted, and back.

Letters: H, W height and width of the page in pixels.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from PIL import Image
from scipy import ndimage

from byhand.ink.page_ink import PageInk
from byhand.reading.fragments import Fragment, extent, joined
from byhand.types import Array, Box, Floats, Mask, Shape

Affine: TypeAlias = npt.NDArray[np.float64]  # (3, 3), places as columns (x, y, 1)


@dataclass(frozen=True)
class SlantSettings:
    """Which shears are tried on a page, and how much of the best one is applied."""

    shears: tuple[float, ...] = tuple(
        n / 10 for n in (0, 1, -1, 2, -2, 3, -3, 4, 5, 6, 7, 8)
    )  # pixels to the right for each pixel up
    applied: float = 0.8  # of the slant: the network knows digits that slant a little


SLANT = SlantSettings()
EDGE = 2  # pixels around ink: the grey edges of strokes


@dataclass(frozen=True, eq=False)
class Page:
    """The ink of a page, and where it is in the picture.

    Attributes:
        ink: what was found, after rotation and shear.
        to_picture: (3, 3) takes a place on the page, the column (x, y, 1), to its
            place in the picture.
        angle: degrees by which it was deskewed, counter-clockwise.
        slant: pixels to the left for each one up by which it was then deslanted.
        turned: quarters of a circle by which it was turned first, counter-clockwise.
    """

    ink: PageInk
    to_picture: Affine
    angle: float = 0.0
    slant: float = 0.0
    turned: int = 0

    @classmethod
    def of(cls, ink: PageInk) -> Page:
        """Return the page of ink as it was found."""
        return cls(ink, np.diag([ink.scale, ink.scale, 1.0]))

    @classmethod
    def of_turned(cls, ink: PageInk, quarters: int, size: tuple[int, int]) -> Page:
        """Return the page of ink that was found in a picture turned counter-clockwise.

        Args:
            ink: of the turned picture.
            quarters: of a circle.
            size: the picture's width and height before.
        """
        page = cls.of(ink)
        to_picture = turned_back(quarters, size) @ page.to_picture
        return replace(page, to_picture=to_picture, turned=quarters)

    def turned_by(self, quarters: int) -> Page:
        """Return the page turned counter-clockwise, by quarters of a circle."""
        grey = np.ascontiguousarray(np.rot90(self.ink.grey, quarters))
        mask = np.ascontiguousarray(np.rot90(self.ink.mask, quarters))
        back = turned_back(quarters, self.ink.grey.shape[::-1])
        likely = self.ink.likely
        likely = None if likely is None else np.rot90(likely, quarters)
        ink = replace(self.ink, grey=grey, mask=mask, likely=likely)
        turned = (self.turned + quarters) % 4
        return Page(ink, self.to_picture @ back, turned=turned)

    def deskewed(self, angle: float) -> Page:
        """Return the page rotated counter-clockwise by an angle in degrees."""

        def rotated(image: Image.Image) -> Image.Image:
            return image.rotate(angle, Image.Resampling.BICUBIC, expand=True)

        size = self.ink.mask.shape
        return self._moved(
            rotated, lambda after: rotation(angle, after, size), angle=angle
        )

    def deslanted(self) -> Page | None:
        """Return the page sheared so that slanting strokes become vertical.

        None if they are.
        """
        slant = find_slant(self.ink.mask)
        return self.sheared(slant) if slant else None

    def sheared(self, slant: float) -> Page:
        """Return the page moved to the left by this many pixels for each one up."""
        height, width = self.ink.mask.shape
        pad = int(abs(slant) * height / 2) + 1  # columns on either side
        back = shear(slant, height, pad)

        def sheared(image: Image.Image) -> Image.Image:
            return image.transform(
                (width + 2 * pad, height), Image.Transform.AFFINE,
                tuple(back[:2].ravel()), Image.Resampling.BICUBIC,
            )  # fmt: skip

        return self._moved(sheared, lambda _: back, slant=slant)

    def _moved(
        self,
        warp: Callable[[Image.Image], Image.Image],
        back: Callable[[Shape], Affine],
        **how: Any,
    ) -> Page:
        """Return the page with its ink moved.

        Args:
            warp: moves an image of the page.
            back: returns, from the result's shape, the matrix (3, 3) that takes a place
                on the result to the one on this page.
            how: the attribute that says how it was moved.
        """
        ink = self.ink.warped(warp)
        to_picture = self.to_picture @ back(ink.mask.shape)
        return replace(self, ink=ink, to_picture=to_picture, **how)

    def with_only(self, fragments: Sequence[Fragment]) -> Page:
        """Return the part of the page around some fragments, with no other ink."""
        box, mask = extent(fragments), joined(fragments, EDGE)
        edges = ndimage.maximum_filter(mask, 2 * EDGE + 1)
        grey = window(self.ink.grey, box.y - EDGE, box.x - EDGE, mask.shape)
        other = window(self.ink.mask, box.y - EDGE, box.x - EDGE, mask.shape) & ~mask
        ink = replace(self.ink, grey=grey * (edges & ~other), mask=mask)
        moved = _translation(box.x - EDGE, box.y - EDGE)
        return replace(self, ink=ink, to_picture=self.to_picture @ moved)

    def in_picture(self, fragments: Iterable[Fragment]) -> Box:
        """Return where fragments of the page are in the picture."""
        ends = np.concatenate([_corners(fragment) for fragment in fragments], axis=1)
        x, y, _ = self.to_picture @ ends  # (3, corners)
        left, right = max(round(x.min()), 0), round(x.max())
        top, bottom = max(round(y.min()), 0), round(y.max())
        return Box(left, top, max(right - left, 1), max(bottom - top, 1))


def _corners(fragment: Fragment) -> Floats:
    """Return the corners (3, 4 h) of the first and last pixel of each row of ink."""
    rows = np.flatnonzero(fragment.mask.any(axis=1))
    first = fragment.left + fragment.mask[rows].argmax(axis=1)
    last = fragment.right - fragment.mask[rows, ::-1].argmax(axis=1)
    x = np.concatenate([first, last, first, last])
    y = np.tile(fragment.top + rows, 2)
    return np.array([x, np.concatenate([y, y + 1]), np.ones(len(x))])


def window(image: Array, top: int, left: int, shape: tuple[int, ...]) -> Array:
    """Return a part of an image that may reach beyond it; 0 there."""
    out = np.zeros(shape, image.dtype)
    y0, x0 = max(top, 0), max(left, 0)
    part = image[y0 : top + shape[0], x0 : left + shape[1]]
    y, x = y0 - top, x0 - left
    out[y : y + part.shape[0], x : x + part.shape[1]] = part
    return out


def rotation(angle: float, size: Shape, before: Shape) -> Affine:
    """Return (3, 3): it takes a place on a rotated page to the one before.

    Args:
        angle: in degrees, counter-clockwise, about the page's middle.
        size: height and width of the rotated page.
        before: of the page before that.
    """
    sin, cos = np.sin(np.radians(angle)), np.cos(np.radians(angle))
    back = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    to_middle = _translation(-size[1] / 2, -size[0] / 2)
    from_middle = _translation(before[1] / 2, before[0] / 2)
    return np.asarray(from_middle @ back @ to_middle)


def turned_back(quarters: int, size: tuple[int, int]) -> Affine:
    """Return (3, 3): it takes a place on a turned page to the one before.

    Args:
        quarters: of a circle, counter-clockwise.
        size: the page's width and height before.
    """
    matrix = np.eye(3)
    for _ in range(quarters):
        matrix = matrix @ [[0, -1, size[0]], [1, 0, 0], [0, 0, 1]]
        size = size[1], size[0]
    return matrix


def shear(slant: float, height: int, pad: int) -> Affine:
    """Return (3, 3): it takes a place on a deslanted page to the one before.

    What is now at (x, y) was at x - slant · (y - height / 2), less the `pad` columns
    that the page was given on its left.
    """
    return np.array([[1, -slant, slant * height / 2 - pad], [0, 1, 0], [0, 0, 1]])


def _translation(x: float, y: float) -> Affine:
    return np.array([[1, 0, x], [0, 1, y], [0, 0, 1]])


def find_slant(mask: Mask, settings: SlantSettings = SLANT) -> float:
    """Return how far strokes lean to the right, in pixels for each pixel up.

    Of some shears the one counts that gathers the ink in the fewest columns: the sum of
    their squares is the largest. It is a little less than all of the slant; 0 if
    strokes are vertical, or if there are none.
    """
    y, x = np.nonzero(mask)
    best, slant = 0.0, 0.0
    for lean in settings.shears:
        sheared = x + lean * (y - mask.shape[0] / 2)
        columns = np.bincount(np.rint(sheared - sheared.min(initial=0)).astype(int))
        gathered = float((columns.astype(float) ** 2).sum())
        if gathered > best:
            best, slant = gathered, lean
    return settings.applied * slant
