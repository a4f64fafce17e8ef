"""Printed sheets and where on them is written: rules, squares, and empty paper.

Lengths are in pixels of the sheet, unless they are in heights of a digit.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from byhand.ink.segmentation import LINE, PRINT
from byhand.synthesis import patterns, words
from byhand.synthesis.drawing import log_uniform
from byhand.synthesis.forms import Stroke, stroke
from byhand.synthesis.layouts import LAYOUTS, Area
from byhand.synthesis.rows import Block
from byhand.types import Grey

Size = tuple[int, int]
Rng = np.random.Generator


@dataclass(frozen=True, eq=False)
class Layer:
    """What is printed on a sheet.

    Attributes:
        coverage: (h, w) uint8.
        x: column of its left edge.
        y: row of its upper edge.
        label: its class.
        faint: largest share of light that its ink takes away.
    """

    coverage: Grey
    x: int
    y: int
    label: int = LINE
    faint: float = 1.0


@dataclass
class Design:
    """What is printed on a sheet, and the digits that are to be written on it."""

    blocks: list[Block] = field(default_factory=list)
    layers: list[Layer] = field(default_factory=list)


Maker = Callable[[Size, Area, float, Rng], Design]

FREE = ("rows",) * 4 + ("few", "over the edge", "columns", "sizes")


def empty(layouts: tuple[str, ...] = FREE) -> Maker:
    """Return what makes sheets without print, written in one of some layouts."""

    def make(size: Size, area: Area, height: float, rng: Rng) -> Design:
        name = layouts[int(rng.integers(len(layouts)))]
        return Design(LAYOUTS[name](area, height, rng))

    return make


def ruled(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return rows on rules: on every one, on some, or just across them."""
    design = empty()(size, area, height, rng)
    pitch, first = height * rng.uniform(0.9, 2.5), rng.uniform(0, 2) * height
    words = [word for row in design.blocks[0].rows for word in row]
    feet = sorted({word.foot for word in words})
    if rng.random() < 0.75:  # digits stand on the lines
        if len(feet) > 1:
            pitch = (feet[1] - feet[0]) / int(rng.choice([1, 1, 1, 2]))
        pitch = max(pitch, 0.5 * height)
        sunk = height * float(
            rng.choice([rng.normal(0.05, 0.1), rng.uniform(-0.5, 0.4)])
        )
        first = (design.blocks[0].y + feet[0] + sunk) % pitch
    how = stroke(height, rng, 0.05)
    if rng.random() < 0.4:
        place = rng.choice([0.1, 0.9, rng.uniform(0, 1)]) + rng.normal(0, 0.03)
        thin, middle = (size[0], 4 * how.width + 2), 2 * how.width + 1
        upright = patterns.ruled(thin, 2.0 * size[0], how, -1.0 * size[0], middle)
        design.layers.append(Layer(upright, round(place * size[1]), 0))
    lines = patterns.ruled(size, pitch, how, first)
    if rng.random() < 0.1:  # lines for small letters
        near = patterns.ruled(size, pitch, how, first - pitch * rng.uniform(0.3, 0.6))
        lines = np.maximum(lines, near)
    design.layers.append(Layer(lines, 0, 0))
    return design


def _pitch(height: float, rng: Rng) -> float:
    """Return the side of squares: from far below a digit's height to above it."""
    return max(3.0, height * log_uniform(rng, 0.3, 1.6))


def squared(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return rows on squares."""
    design = empty()(size, area, height, rng)
    return _with(design, squares(size, height, rng))


def squares(size: Size, height: float, rng: Rng) -> Grey:
    """Return squares (H, W) for digits of a height."""
    pitch, how = _pitch(height, rng), stroke(height, rng, 0.02)
    how = Stroke(min(how.width, 0.2 * pitch), how.dash, how.gap)
    heavy = int(rng.choice([0, 0, 0, 2, 5, 10]))
    return patterns.squared(size, pitch, how, rng, heavy)


def dotted(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return rows on dots."""
    design = empty()(size, area, height, rng)
    pitch = _pitch(height, rng)
    width = max(0.8, pitch * rng.uniform(0.05, 0.2))
    return _with(design, patterns.dotted(size, max(pitch, 5 * width), width, rng))


def isometric(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return rows on lines in two or three directions."""
    design = empty()(size, area, height, rng)
    pitch, how = 0.5 * height + _pitch(height, rng), stroke(height, rng, 0.02)
    return _with(design, patterns.isometric(size, pitch, how, rng))


def security(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return rows on the fine lines of cheques and banknotes."""
    design = empty()(size, area, height, rng)
    lines = (patterns.waves(size, height, rng) if rng.random() < 0.6
             else patterns.hatched(size, max(2.5, 0.4 * height), rng))  # fmt: skip
    design.layers.append(Layer(lines, 0, 0, faint=0.5))
    for _ in range(int(rng.integers(0, 4))):
        rosette = patterns.guilloche(height * rng.uniform(1, 5), rng)
        x, y = (rng.uniform(0, 1, 2) * (size[1], size[0])).astype(int).tolist()
        design.layers.append(Layer(rosette, x - len(rosette) // 2, y, faint=0.6))
    return design


def prose(size: Size, area: Area, height: float, rng: Rng) -> Design:
    """Return printed text that leaves a part of the sheet to write on."""
    left, top, right, bottom = area
    small = height * log_uniform(rng, 0.3, 1.2)
    share, side = rng.uniform(0.2, 0.75), int(rng.integers(4))
    across, down = left + share * (right - left), top + share * (bottom - top)
    text, rest = [
        ((left, top, right, down), (left, down, right, bottom)),
        ((left, down, right, bottom), (left, top, right, down)),
        ((left, top, across, bottom), (across, top, right, bottom)),
        ((across, top, right, bottom), (left, top, across, bottom)),
    ][side]
    room = max(text[3] - text[1] - small, 1.0), max(text[2] - text[0] - small, 1.0)
    layer = words.paragraph(room, small, rng, rng.uniform(0, 0.5))
    design = empty()(size, rest, height, rng)
    design.layers.append(Layer(layer, round(text[0]), round(text[1]), PRINT))
    return design


def _with(design: Design, lines: Grey) -> Design:
    design.layers.append(Layer(lines, 0, 0))
    return design
