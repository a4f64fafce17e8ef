"""Printed patterns of paper: rules, squares, dots, triangles, guilloches.

Letters: H, W height and width of a layer; L lines, each from x, y to x, y.
"""

from __future__ import annotations

import numpy as np

from byhand.synthesis.drawing import blank, chosen, eroded, lines, log_uniform, polyline
from byhand.synthesis.forms import Size, Stroke, draw, stroke
from byhand.types import Floats, Grey


def ruled(
    size: Size,
    pitch: float,
    how: Stroke,
    first: float = 0.0,
    margin: float | None = None,
) -> Grey:
    """Return a layer (H, W) with lines from edge to edge.

    Args:
        size: H and W.
        pitch: from line to line, in pixels.
        how: the lines.
        first: row of the first line.
        margin: column of an upright line; none by default.
    """
    h, w = size
    layer = blank(h, w)
    draw(layer, np.array([(0, y, w, y) for y in np.arange(first, h, pitch)]), how)
    if margin is not None:
        draw(layer, np.array([(margin, 0, margin, h)]), how)
    return layer


def squared(
    size: Size, pitch: float, how: Stroke, rng: np.random.Generator, heavy: int = 0
) -> Grey:
    """Return a layer (H, W) of squares.

    Args:
        size: H and W.
        pitch: side of a square, in pixels.
        how: the lines.
        rng: where the first lines are.
        heavy: one line of this number is twice as wide; none if 0.
    """
    h, w = size
    layer, (x0, y0) = blank(h, w), rng.uniform(0, pitch, 2)
    xs, ys = np.arange(x0, w, pitch), np.arange(y0, h, pitch)
    upright, level = ([(x, 0, x, h) for x in xs], [(0, y, w, y) for y in ys])
    draw(layer, np.reshape(upright + level, (-1, 4)).astype(float), how)
    if heavy:
        some = upright[::heavy] + level[::heavy]
        lines(layer, np.reshape(some, (-1, 4)), 2 * how.width)
    return layer


def dotted(size: Size, pitch: float, width: float, rng: np.random.Generator) -> Grey:
    """Return a layer (H, W) of dots in squares or staggered, as of dotted notebooks."""
    h, w = size
    layer, (x0, y0) = blank(h, w), rng.uniform(0, pitch, 2)
    y, x = np.mgrid[y0:h:pitch, x0:w:pitch]
    if rng.random() < 0.2:
        x = x + pitch / 2 * (np.arange(len(x)) % 2)[:, None]
    x, y = x.ravel(), y.ravel()
    lines(layer, np.stack([x, y, x, y], axis=1), width)
    return layer


def isometric(size: Size, pitch: float, how: Stroke, rng: np.random.Generator) -> Grey:
    """Return a layer (H, W) of lines in two or three directions, 60° or 45° apart."""
    h, w = size
    layer, reach = blank(h, w), float(h + w)
    angles = chosen(rng, ((30, 90, 150), (30, 150), (45, 135), (45,), (0, 60, 120)))
    for angle in np.radians(angles):
        dx, dy = np.cos(angle), np.sin(angle)
        away = np.arange(-reach / 2, reach / 2, pitch)[:, None]
        middle = np.array([w / 2, h / 2]) + away * np.array([-dy, dx])
        along = reach / 2 * np.array([dx, dy])
        draw(layer, np.concatenate([middle - along, middle + along], axis=1), how)
    return layer


def waves(size: Size, height: float, rng: np.random.Generator) -> Grey:
    """Return a layer (H, W) of fine wavy lines, as cheques and banknotes have."""
    h, w = size
    layer, pitch = blank(h, w), max(2.5, height * rng.uniform(0.1, 0.6))
    x = np.arange(0, w + 8, max(4.0, w / 150))
    swing, length = height * rng.uniform(0.1, 1.5), height * rng.uniform(1, 8)
    drift = rng.uniform(-0.4, 0.4)
    for number, y in enumerate(np.arange(-swing, h + swing, pitch)):
        wave = np.sin(x / length * 2 * np.pi + drift * number)
        wave += 0.4 * np.sin(x / length * 3.7 + 0.2 * number)
        polyline(layer, np.stack([x, y + swing * wave], axis=1), rng.uniform(0.5, 1.1))
    return layer


def guilloche(radius: float, rng: np.random.Generator) -> Grey:
    """Return a rosette (h, w) of one fine line, as securities have."""
    layer = blank(2 * radius + 2, 2 * radius + 2)
    t = np.linspace(0, 2 * np.pi, 700)
    petals, inner = rng.integers(5, 24), rng.uniform(0.2, 0.7)
    for shift in np.linspace(0, 2 * np.pi / petals, rng.integers(2, 6), endpoint=False):
        r = radius * (1 - inner * (0.5 + 0.5 * np.cos(petals * (t + shift))))
        polyline(
            layer, np.stack([radius + r * np.cos(t), radius + r * np.sin(t)], 1), 0.8
        )
    return layer


def hatched(size: Size, pitch: float, rng: np.random.Generator) -> Grey:
    """Return a layer (H, W) of fine parallel lines in a random direction."""
    h, w = size
    layer, angle = blank(h, w), rng.uniform(0, np.pi)
    along = np.hypot(h, w) / 2 * np.array([np.cos(angle), np.sin(angle)])
    away = np.arange(-np.hypot(h, w) / 2, np.hypot(h, w) / 2, pitch)[:, None]
    middle = np.array([w / 2, h / 2]) + away * np.array([-np.sin(angle), np.cos(angle)])
    ends = np.concatenate([middle - along, middle + along], axis=1)
    lines(layer, ends, rng.uniform(0.4, 0.45 * pitch))
    return layer


def paper_pattern(size: Size, height: float, rng: np.random.Generator) -> Grey:
    """Return a layer (H, W) of some printed pattern, for digits of a height."""
    how = stroke(height, rng, 0.03)
    pitch = height * log_uniform(rng, 0.2, 2.0)
    kind = rng.integers(7)
    if kind == 0:
        return ruled(
            size, max(pitch, 0.6 * height), how, margin=rng.uniform(0, size[1])
        )
    if kind <= 2:
        fine = Stroke(min(how.width, 0.3 * pitch), how.dash, how.gap)
        return squared(size, pitch, fine, rng, int(chosen(rng, (0, 0, 5, 10))))
    if kind == 3:
        return dotted(size, pitch, max(0.8, pitch * rng.uniform(0.05, 0.2)), rng)
    if kind == 4:
        return isometric(size, max(pitch, 0.4 * height), how, rng)
    if kind == 5:
        return waves(size, height, rng)
    return hatched(size, max(2.5, 0.5 * pitch), rng)


def broken(layer: Grey, rng: np.random.Generator) -> Grey:
    """Return printed lines with gaps, as faint print in a 1-bit scan has."""
    return eroded(layer, rng.uniform(0.1, 0.6), rng, rng.uniform(1, 8))


def scan_border(size: Size, height: float, rng: np.random.Generator) -> Grey:
    """Return a layer (H, W) with dark bands along edges: a scanner's border."""
    h, w = size
    layer = blank(h, w)
    deep = height * rng.uniform(0.02, 0.6)
    ends: Floats = rng.normal(0, 0.3 * deep, 8)
    for side in np.flatnonzero(rng.random(4) < 0.5):
        a, b = ends[2 * side : 2 * side + 2]
        edge = ((a, 0, b, h), (w - a, 0, w - b, h), (0, a, w, b), (0, h - a, w, h - b))
        lines(layer, [edge[side]], 2 * deep)
    return layer
