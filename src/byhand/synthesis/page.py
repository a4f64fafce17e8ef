"""A synthetic page with its ground truth, and the canvas on which one is drawn.

Letters: H, W height and width of the page in pixels; h, w of a layer laid on it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageChops

from byhand.ink.segmentation import DIGIT, NONE
from byhand.types import Array, Box, Grey

HALF = 127  # coverage above which a pixel belongs to a layer

Colour = tuple[float, float, float]  # red, green and blue, each 0 to 1


@dataclass(frozen=True)
class SyntheticLine:
    """A line of a page.

    Attributes:
        text: its digits, a space between two words.
        boxes: of the digits' ink in the picture, one for each digit.
        marked: its digits and marks, a space between two words.
    """

    text: str
    boxes: tuple[Box, ...]
    marked: str = ""


@dataclass(frozen=True, eq=False)
class SyntheticPage:
    """A picture of a page, and what each of its pixels shows.

    Attributes:
        picture: (H, W, 3) uint8, red, green and blue.
        ink: (H, W) uint8, how far a pixel is covered by the ink of digits and of
            the marks of their numbers.
        classes: (H, W) uint8, NONE, DIGIT, HANDWRITING, PRINT or LINE; DIGIT exactly
            where `ink` is above 127.
        lines: in reading order.
        kind: name of the kind of page.
    """

    picture: Array
    ink: Grey
    classes: Grey
    lines: tuple[SyntheticLine, ...]
    kind: str

    @property
    def text(self) -> str:
        """The texts of the lines, one below the other."""
        return "\n".join(line.text for line in self.lines)


class Canvas:
    """A page while it is drawn: its colours, and the class of each pixel.

    Attributes:
        reflectance: (H, W, 3) uint8, the light that each pixel gives back.
        classes: (H, W) uint8, as in SyntheticPage.
        ink: (H, W) uint8, the coverage of digits' ink.
    """

    def __init__(self, reflectance: Array) -> None:
        self.reflectance = np.array(reflectance, np.uint8)  # a copy, writable
        self.classes = np.zeros(self.size, np.uint8)
        self.ink = np.zeros(self.size, np.uint8)

    @property
    def size(self) -> tuple[int, int]:
        """Height and width in pixels."""
        height, width, _ = self.reflectance.shape
        return height, width

    def lay(
        self,
        coverage: Grey,
        x: int,
        y: int,
        colour: Colour,
        label: int,
        opaque: bool = False,
        paint: Grey | None = None,
    ) -> None:
        """Draw a layer; what lies outside the page is cut off.

        Args:
            coverage: (h, w), 0 where the layer is not, 255 where it covers a pixel.
            x: column of its left edge.
            y: row of its upper edge.
            colour: the shares of light that it takes away, as ink does: two inks
                multiply. If opaque, the shares that it gives back, as chalk and
                correction fluid do: it hides what is below.
            label: class of what it covers by more than half. A digit stays a digit
                below any ink; an opaque layer hides it.
            opaque: see colour.
            paint: (h, w), how much of the colour there is, where that is not the
                coverage: pencil and chalk leave holes in what they cover.
        """
        (height, width), (h, w) = self.size, coverage.shape
        top, left = max(y, 0), max(x, 0)
        bottom, right = min(y + h, height), min(x + w, width)
        if top >= bottom or left >= right:
            return
        part = slice(top - y, bottom - y), slice(left - x, right - x)
        seen = np.ascontiguousarray(coverage[part])
        shown = seen if paint is None else np.ascontiguousarray(paint[part])
        place = slice(top, bottom), slice(left, right)
        draw = _painted if opaque else _inked
        self.reflectance[place] = draw(self.reflectance[place], shown, colour)
        classes, ink = self.classes[place], self.ink[place]
        above = seen > HALF
        if opaque:
            bare = Image.fromarray(255 - seen)
            ink[:] = np.asarray(ImageChops.multiply(Image.fromarray(ink), bare))
            classes[above] = NONE
        if label == DIGIT:
            np.maximum(ink, seen, out=ink)
            classes[above] = DIGIT
        elif label != NONE:
            classes[above & (classes != DIGIT)] = label


def _inked(below: Array, coverage: Grey, colour: Colour) -> Array:
    """Return colours (h, w, 3) with ink on them, which takes away shares of light."""
    layer = Image.fromarray(coverage)
    levels = np.arange(256)
    shares = [
        layer.point(np.rint(255 - levels * share).astype(int).tolist())
        for share in colour
    ]
    return np.asarray(
        ImageChops.multiply(Image.fromarray(below), Image.merge("RGB", shares))
    )


def _painted(below: Array, coverage: Grey, colour: Colour) -> Array:
    """Return colours (h, w, 3) with opaque paint of one colour on them."""
    picture = Image.fromarray(below)
    red, green, blue = (round(255 * share) for share in colour)
    picture.paste((red, green, blue), mask=Image.fromarray(coverage))
    return np.asarray(picture)
