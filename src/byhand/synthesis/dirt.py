"""What happens to a sheet: stains, folds, dust, hairs, smudges, torn edges.

Letters: H, W height and width of the sheet in pixels; h × w of a patch.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image

from byhand.synthesis.drawing import blank, chosen, lines, polyline, rotated
from byhand.synthesis.noise import smooth_noise
from byhand.synthesis.objects import OBJECTS
from byhand.synthesis.page import Colour
from byhand.synthesis.spots import (
    Size,
    Spot,
    at,
    blob,
    colour_of,
    grey,
    soft,
    somewhere,
)
from byhand.types import Grey


def _tint(rng: np.random.Generator, dark: float) -> Colour:
    """Return a brown, grey or other colour that takes away that share of light."""
    red, green, blue = (dark * rng.uniform(0.2, 1, 3)).tolist()
    return red, green, max(blue, green) if rng.random() < 0.7 else blue


def stain(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return a spilt drop: a blob that is darker at its edge."""
    radius = height * rng.uniform(0.3, 4)
    shape = blob(radius, rng.uniform(0, 0.5), rng)
    inner = soft(shape, max(1.0, radius * rng.uniform(0.02, 0.3))) // 2
    edge = np.maximum(
        shape - np.minimum(shape, 2 * inner), shape // chosen(rng, (3, 6, 2))
    )
    uneven = smooth_noise(shape.shape, radius / 3, 50, rng) / 255
    cover = (edge * uneven).astype(np.uint8)
    return [at(cover, somewhere(size, rng), _tint(rng, rng.uniform(0.2, 0.9)))]


def ring(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return the ring of a cup, open or closed, with drops."""
    radius, width = height * rng.uniform(2, 8), height * rng.uniform(0.08, 0.4)
    cover = blank(2 * radius + 2 * width + 4, 2 * radius + 2 * width + 4)
    turn = rng.uniform(0, 6.3) + np.linspace(0, rng.uniform(3, 6.6), 60)
    middle = len(cover) / 2
    r = radius * (1 + 0.01 * np.cumsum(rng.normal(0, 0.3, 60)))
    points = np.stack([middle + r * np.cos(turn), middle + r * np.sin(turn)], axis=1)
    polyline(cover, points, width * rng.uniform(0.3, 1.5, 59))
    noise = smooth_noise(cover.shape, radius / 4, 60, rng)
    cover = (soft(cover, 1) * (noise / 255)).astype(np.uint8)
    tint = _tint(rng, rng.uniform(0.2, 0.8))
    return [at(cover, somewhere(size, rng), tint)]


def fold(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return a fold from edge to edge: a thin line, dark or light, with shading."""
    level = rng.random() < 0.5
    across, long = size if level else size[::-1]
    shade, fall = height * rng.uniform(0.3, 2.5), rng.normal(0, 0.03) * across
    first = rng.uniform(0.1, 0.9) * across  # row of the fold at its left end
    high = round(2 * shade + abs(fall))
    top = round(min(first, first + fall) - shade)
    x, y = np.arange(long, dtype=np.float32), np.arange(high, dtype=np.float32)
    below = y[:, None] - (first - top + fall * x / long)  # (h, W) rows below the fold
    side = 1 if rng.random() < 0.5 else -1
    shading = np.exp(-np.abs(below) / (0.3 * shade)) * (side * below > 0)
    line, worn = blank(high, long), smooth_noise((high, long), (3, height), 60, rng)
    lines(line, [(0, first - top, long, first - top + fall)], rng.uniform(0.5, 2.5))
    light = rng.random() < 0.4
    tone = grey(0.98) if light else grey(rng.uniform(0.1, 0.5))
    both = (
        ((255 * shading).astype(np.uint8), grey(rng.uniform(0.03, 0.25)), False),
        ((line * (worn / 510)).astype(np.uint8), tone, light),
    )
    return [
        Spot(cover, 0, top, colour, opaque) if level
        else Spot(np.ascontiguousarray(cover.T), top, 0, colour, opaque)
        for cover, colour, opaque in both
    ]  # fmt: skip


def dust(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return specks, dark or light, over the sheet."""
    cover, count = blank(*size), int(np.exp(rng.uniform(1, 5.5)))
    x, y = rng.random((2, count)) * np.array([[size[1]], [size[0]]])
    ends = np.stack([x, y, x + rng.normal(0, 1, count), y], axis=1)
    lines(cover, ends, rng.gamma(1.5, 0.6, count))
    dark = rng.random() < 0.8
    return [Spot(cover, 0, 0, grey(rng.uniform(0.2, 0.9)), not dark)]


def hair(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return a hair or a fibre, bent."""
    length, count = height * rng.uniform(1, 10), 24
    bend = np.cumsum(rng.normal(0, 0.25, count)) + rng.uniform(0, 6.3)
    steps = np.stack([np.cos(bend), np.sin(bend)], axis=1) * length / count
    points = np.cumsum(steps, axis=0)
    points -= points.min(axis=0) - 3
    wide, high = points.max(axis=0) + 3
    cover = blank(high, wide)
    polyline(cover, points, rng.uniform(0.4, 1.4))
    return [at(cover, somewhere(size, rng), _tint(rng, rng.uniform(0.4, 1.0)))]


def smudge(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return a wiped trace of ink, pencil or an eraser."""
    h, w = round(height * rng.uniform(0.5, 2.5)), round(height * rng.uniform(1, 8))
    streaks = smooth_noise((h, w), (rng.uniform(1, 4), w / 3), 60, rng)
    fade = np.sin(np.linspace(0, np.pi, h))[:, None] * np.sin(np.linspace(0, np.pi, w))
    cover = rotated((streaks * fade).astype(np.uint8), rng.uniform(-60, 60))
    light = rng.random() < 0.2
    tone = grey(rng.uniform(0.85, 1)) if light else grey(rng.uniform(0.05, 0.35))
    return [at(cover, somewhere(size, rng), tone, light)]


def torn_edge(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return what is seen beyond a ragged edge or a missing corner of the sheet."""
    h, w = size
    deep, count = height * rng.uniform(0.3, 2.5), 60
    side = rng.integers(4)
    long = w if side < 2 else h
    rough = np.cumsum(rng.normal(0, 1, count))
    rough -= np.linspace(0, rough[-1], count)
    rough = deep * (0.5 + 0.08 * rough).clip(0.02, 1)
    rough += rng.uniform(-0.3, 0.3) * deep * np.linspace(-1, 1, count)
    edge = np.interp(np.arange(long), np.linspace(0, long, count), rough)
    cover = np.clip(edge - np.arange(np.ceil(deep * 1.6))[:, None] + 0.5, 0, 1)
    cover = (255 * cover).astype(np.uint8)
    dark = rng.uniform(0, 0.9)
    tone = colour_of(dark + rng.uniform(0, 0.1, 3))
    placed = {0: (cover, 0, 0), 1: (cover[::-1], 0, h - len(cover)),
              2: (cover.T, 0, 0), 3: (cover.T[:, ::-1], w - len(cover), 0)}  # fmt: skip
    patch, x, y = placed[int(side)]
    return [Spot(np.ascontiguousarray(patch), x, y, tone, True)]


def creases(size: Size, height: float, rng: np.random.Generator) -> list[Spot]:
    """Return the shading of crumpled paper: facets, each a little darker or lighter."""
    h, w = size
    step = max(2, round(height / 5))
    y, x = np.mgrid[0 : h + step : step, 0 : w + step : step].astype(np.float32)
    shade = np.zeros(y.shape, np.float32)
    for _ in range(rng.integers(5, 25)):
        angle, (px, py) = rng.uniform(0, np.pi), somewhere(size, rng)
        sin, cos = np.float32(np.sin(angle)), np.float32(np.cos(angle))
        away, along = (x - px) * sin - (y - py) * cos, (x - px) * cos + (y - py) * sin
        reach, wide = height * rng.uniform(3, 25), height * rng.uniform(0.3, 3)
        near = np.maximum(1 - (along / reach) ** 2, 0)
        ridge = np.clip(away / step, -1, 1) / (1 + np.abs(away) / wide)
        shade += np.float32(rng.normal(0, 1)) * ridge * near
    cover = (128 + 60 * shade).clip(0, 255).astype(np.uint8)
    frame = (0, 0, w / step, h / step)
    large = Image.fromarray(cover).resize((w, h), Image.Resampling.BICUBIC, frame)
    return [Spot(np.asarray(large), 0, 0, grey(rng.uniform(0.05, 0.35)))]


def show_through(layer: Grey, rng: np.random.Generator) -> Spot:
    """Return what is seen of the back of a sheet: mirrored, blurred and faint.

    Args:
        layer: (H, W), the ink on the back.
        rng: draws how faint it is.
    """
    seen = soft(np.ascontiguousarray(layer[:, ::-1]), rng.uniform(0.5, 2))
    return Spot(seen, 0, 0, _tint(rng, rng.uniform(0.08, 0.4)))


DIRT: dict[str, Callable[[Size, float, np.random.Generator], list[Spot]]] = {
    "stain": stain, "ring": ring, "fold": fold, "dust": dust, "hair": hair,
    "smudge": smudge, "torn edge": torn_edge, "creases": creases, **OBJECTS,
}  # fmt: skip
