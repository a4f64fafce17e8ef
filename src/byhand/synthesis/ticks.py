"""How people tick a box: crosses, check marks, boxes filled, scribbles, circles."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from byhand.synthesis import scribbles
from byhand.synthesis.drawing import chosen, lay
from byhand.synthesis.handwriting import drawn, sign
from byhand.types import Box, Grey

Rng = np.random.Generator


def _cross(size: float, width: float, rng: Rng) -> Grey:
    """Return two strokes that cross, as a patch."""
    ends = np.array([[(-1, -1), (1, 1)], [(-1, 1), (1, -1)]]) * size * 0.45
    wild = ends + rng.normal(0, 0.09 * size, ends.shape)
    return drawn([*wild], width)


def _check(size: float, width: float, rng: Rng) -> Grey:
    return sign(size * rng.uniform(0.9, 1.3), rng, "✓")


def _filled(size: float, width: float, rng: Rng) -> Grey:
    """Return strokes to and fro without gaps between them."""
    count = 2 + round(1.2 * size / width)
    x = np.linspace(-0.4, 0.4, count) * size
    y = np.where(np.arange(count) % 2, 0.4, -0.4) * size
    points = np.stack([x, y + rng.normal(0, 0.05 * size, count)], axis=1)
    return drawn([points], 1.2 * width)


def _scribble(size: float, width: float, rng: Rng) -> Grey:
    return scribbles.scribble((0.9 * size, 0.9 * size), width, rng)


def _circle(size: float, width: float, rng: Rng) -> Grey:
    high, wide = size * rng.uniform(1.3, 1.7, 2)
    return scribbles.circle((high, wide), width, rng)


TICKS: dict[str, Callable[[float, float, Rng], Grey]] = {
    "cross": _cross,
    "check": _check,
    "filled": _filled,
    "scribble": _scribble,
    "circle": _circle,
}
USUAL = ("cross", "cross", "cross", "check", "check", "check", "filled", "scribble",
         "circle")  # fmt: skip


def lay_tick(layer: Grey, box: Box, pen: float, rng: Rng, how: str = "") -> None:
    """Tick a box, in or about which the strokes lie.

    Args:
        layer: (H, W) coverage; changed.
        box: to be ticked, in pixels.
        pen: from 0, the thinnest strokes, to 1.
        rng: draws the strokes.
        how: a name in TICKS; a usual one unless given.
    """
    size = float(box.height)
    width = size * (0.07 + 0.09 * pen)
    patch = TICKS[how or chosen(rng, USUAL)](size, width, rng)
    high, wide = patch.shape
    away = rng.normal(0, 0.07 * size, 2)
    top = box.y + (box.height - high) / 2 + away[0]
    lay(layer, patch, top, box.x + (box.width - wide) / 2 + away[1])
