"""Pens: their colours, widths and how unevenly they leave their ink.

Letters: H, W height and width of the page in pixels.
"""

from __future__ import annotations

import colorsys
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image, ImageChops

from byhand.synthesis.noise import MIDDLE, normal_noise, smooth_noise
from byhand.synthesis.page import Colour
from byhand.types import Array, Grey

LEAST = 0.12  # share of the light by which ink differs from what it is written on


@dataclass(frozen=True)
class Pen:
    """What a pen leaves.

    Attributes:
        colour: as `Canvas.lay` takes it.
        opaque: whether it hides the paper, as chalk does.
        width: from 0, the thinnest strokes, to 1.
        rough: how much of the ink the paper's texture takes away, 0 to 1.
        pressure: how much the ink varies along the strokes, 0 to 1.
    """

    colour: Colour
    opaque: bool = False
    width: float = 0.4
    rough: float = 0.0
    pressure: float = 0.1


def visible(pen: Pen, paper: Array, rng: np.random.Generator) -> Pen:
    """Return a pen that can be seen on a paper: this one, or one like it.

    Args:
        pen: if its ink differs from the paper by less than LEAST, it gets darker; on
            dark paper it gets bright and opaque.
        paper: (H, W, 3) uint8.
        rng: draws the other colour.
    """
    below = paper[::7, ::7].reshape(-1, 3).mean(axis=0) / 255
    colour = np.array(pen.colour)
    above = colour if pen.opaque else below * (1 - colour)
    if np.abs(above - below).max() >= LEAST:
        return pen
    if below.max() > 0.45:
        share = rng.uniform(0.5, 1)
        return replace(pen, colour=(share, share, share), opaque=False)
    light = _colour(rng.random(), rng.uniform(0, 0.6), rng.uniform(0.7, 1))
    return replace(pen, colour=light, opaque=True)


def textured(coverage: Grey, pen: Pen, height: float, rng: np.random.Generator) -> Grey:
    """Return how much ink (H, W) a pen leaves where it should cover the paper.

    Args:
        coverage: (H, W) of its strokes.
        pen: whose texture it gets.
        height: of a digit in pixels: pressure varies over about as much.
        rng: draws the texture.
    """
    layer = Image.fromarray(coverage)
    if pen.pressure:
        vary = smooth_noise(
            coverage.shape, max(height * 0.6, 2), 60 * pen.pressure, rng
        )
        layer = ImageChops.multiply(layer, _taken(vary, 100 * pen.pressure))
    if pen.rough:
        cell = float(rng.choice([1, 1, 1.7, 2.5]))
        rough = (normal_noise(coverage.shape, 90, rng) if cell == 1
                 else smooth_noise(coverage.shape, cell, 110, rng))  # fmt: skip
        layer = ImageChops.multiply(layer, _taken(rough, 0, pen.rough))
    return np.asarray(layer)


def _taken(noise: Grey, bias: float, share: float = 1.0) -> Image.Image:
    """Return 255 where noise is high, and less where it is below its middle."""
    levels = 255 + share * np.minimum(np.arange(256) - MIDDLE - bias, 0) * 2
    return Image.fromarray(noise).point(np.rint(levels.clip(0, 255)).tolist())


def _colour(hue: float, saturation: float, value: float) -> Colour:
    return colorsys.hsv_to_rgb(hue % 1, min(saturation, 1.0), min(value, 1.0))


def _taking(colour: Colour, strength: float) -> Colour:
    """Return the shares of light that ink of a colour takes away."""
    red, green, blue = (strength * (1 - share) for share in colour)
    return red, green, blue


def _ink_colour(rng: np.random.Generator) -> Colour:
    """Return the colour of an ink: mostly blue or black, sometimes any."""
    kind = rng.random()
    if kind < 0.35:  # black to grey
        return _colour(rng.random(), rng.uniform(0, 0.2), rng.uniform(0, 0.35))
    if kind < 0.75:  # blue
        return _colour(
            rng.uniform(0.55, 0.72), rng.uniform(0.4, 1), rng.uniform(0.2, 0.8)
        )
    if kind < 0.86:  # red
        return _colour(rng.normal(0, 0.03), rng.uniform(0.6, 1), rng.uniform(0.5, 0.9))
    return _colour(rng.random(), rng.uniform(0.5, 1), rng.uniform(0.1, 0.75))


def _ballpoint(rng: np.random.Generator) -> Pen:
    colour = _taking(_ink_colour(rng), rng.uniform(0.55, 1))
    return Pen(
        colour, False, rng.uniform(0, 0.4), rng.uniform(0, 0.3), rng.uniform(0, 0.5)
    )


def _fountain(rng: np.random.Generator) -> Pen:
    colour = _taking(_ink_colour(rng), rng.uniform(0.6, 1))
    return Pen(colour, False, rng.uniform(0.1, 0.6), 0.0, rng.uniform(0, 0.4))


def _pencil(rng: np.random.Generator) -> Pen:
    dark = _colour(rng.random(), rng.uniform(0, 0.15), rng.uniform(0.1, 0.4))
    colour = _taking(dark, rng.uniform(0.3, 0.9))
    return Pen(colour, False, rng.uniform(0.0, 0.45), rng.uniform(0.2, 0.9),
               rng.uniform(0, 0.6))  # fmt: skip


def _felt(rng: np.random.Generator) -> Pen:
    colour = _taking(_ink_colour(rng), rng.uniform(0.7, 1))
    return Pen(
        colour, False, rng.uniform(0.35, 1), rng.uniform(0, 0.1), rng.uniform(0, 0.2)
    )


def _faint(rng: np.random.Generator) -> Pen:
    colour = _taking(_ink_colour(rng), rng.uniform(0.15, 0.45))
    return Pen(
        colour, False, rng.uniform(0.1, 0.7), rng.uniform(0, 0.4), rng.uniform(0, 0.4)
    )


def _crayon(rng: np.random.Generator) -> Pen:
    any_colour = _colour(rng.random(), rng.uniform(0.3, 1), rng.uniform(0.1, 0.7))
    return Pen(_taking(any_colour, rng.uniform(0.6, 1)), False, rng.uniform(0.4, 1),
               rng.uniform(0.3, 1), rng.uniform(0, 0.4))  # fmt: skip


def _chalk(rng: np.random.Generator) -> Pen:
    colour = _colour(rng.random(), rng.uniform(0, 0.35), rng.uniform(0.6, 1))
    return Pen(colour, True, rng.uniform(0.15, 0.9), rng.uniform(0.1, 0.9),
               rng.uniform(0, 0.6))  # fmt: skip


def _white(rng: np.random.Generator) -> Pen:
    colour = _colour(rng.random(), rng.uniform(0, 0.3), rng.uniform(0.75, 1))
    return Pen(
        colour, True, rng.uniform(0.1, 0.8), rng.uniform(0, 0.2), rng.uniform(0, 0.2)
    )


def _drawn(rng: np.random.Generator) -> Pen:
    colour = _taking(_ink_colour(rng), 1.0)
    return Pen(colour, False, rng.uniform(0.1, 1), 0.0, 0.0)


def _scanned(rng: np.random.Generator) -> Pen:
    dark = _colour(rng.random(), 0.0, rng.uniform(0, 0.3))
    return Pen(_taking(dark, 1.0), False, rng.uniform(0.1, 0.9), rng.uniform(0, 0.3),
               rng.uniform(0, 0.3))  # fmt: skip


def print_pen(rng: np.random.Generator) -> Pen:
    """Return the ink of a printer: mostly black, grey or blue, faint to strong."""
    kind = rng.random()
    colour = _colour(rng.random(), 0.1 * rng.random(), rng.uniform(0, 0.3))
    if kind < 0.2:
        colour = _colour(
            rng.uniform(0.5, 0.7), rng.uniform(0.3, 1), rng.uniform(0.3, 0.9)
        )
    elif kind < 0.35:
        colour = _colour(rng.random(), rng.uniform(0.4, 1), rng.uniform(0.3, 1))
    strength = float(rng.choice([1.0, rng.uniform(0.1, 0.6), rng.uniform(0.4, 1)]))
    return Pen(_taking(colour, strength), False, 0.5, 0.0, 0.0)


PENS: dict[str, Callable[[np.random.Generator], Pen]] = {
    "ballpoint": _ballpoint,
    "fountain": _fountain,
    "pencil": _pencil,
    "felt": _felt,
    "faint": _faint,
    "crayon": _crayon,
    "chalk": _chalk,
    "white": _white,
    "drawn": _drawn,
    "scanned": _scanned,
}
