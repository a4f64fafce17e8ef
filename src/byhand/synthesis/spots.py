"""Patches of something on a sheet that is neither ink nor print.

Letters: H, W height and width of the sheet in pixels; h × w of a patch.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageFilter

from byhand.synthesis.page import Colour
from byhand.types import Floats, Grey

Size = tuple[int, int]


@dataclass(frozen=True, eq=False)
class Spot:
    """A patch of something on a sheet, as `Canvas.lay` takes it.

    Attributes:
        cover: (h, w) uint8, how far it covers a pixel.
        x: column of its left edge.
        y: row of its upper edge.
        colour: the shares of light that it takes away, or gives back if opaque.
        opaque: whether it hides what is below.
    """

    cover: Grey
    x: int
    y: int
    colour: Colour
    opaque: bool = False


def at(cover: Grey, place: Floats, colour: Colour, opaque: bool = False) -> Spot:
    """Return a spot with its middle at a place, x and y."""
    x, y = place - np.array(cover.shape[::-1]) / 2
    return Spot(cover, round(x), round(y), colour, opaque)


def somewhere(size: Size, rng: np.random.Generator) -> Floats:
    """Return a place on the sheet, x and y."""
    return rng.random(2) * size[::-1]


def at_edge(size: Size, rng: np.random.Generator) -> Floats:
    """Return a place on one of the four edges, x and y."""
    place = rng.random(2)
    place[rng.integers(2)] = rng.integers(2)
    return np.asarray(place * size[::-1])


def colour_of(levels: Floats) -> Colour:
    """Return red, green and blue (3,) as a colour; what is beyond 0 and 1 is cut."""
    red, green, blue = levels.clip(0, 1).tolist()
    return red, green, blue


def grey(level: float) -> Colour:
    """Return a colour with as much of red, green and blue."""
    return level, level, level


def soft(cover: Grey, radius: float) -> Grey:
    """Return a patch blurred."""
    return np.asarray(Image.fromarray(cover).filter(ImageFilter.BoxBlur(radius)))


def blob(radius: float, rough: float, rng: np.random.Generator) -> Grey:
    """Return a filled shape (h, w), round but for some roughness."""
    side = 2 * max(2, round(1.5 * radius))
    y, x = np.mgrid[0:side, 0:side].astype(np.float32) - side / 2
    turn, edge = np.arctan2(y, x), np.full((side, side), radius, np.float32)
    for n in range(2, 6):
        edge *= 1 + rough / n * rng.normal() * np.sin(n * turn + rng.uniform(0, 6.3))
    inside = np.clip(edge - np.hypot(x, y) + 0.5, 0, 1)
    return np.asarray(255 * inside, np.uint8)
