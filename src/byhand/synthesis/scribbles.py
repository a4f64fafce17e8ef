"""Other strokes of a pen: signatures, scribbles, corrections, circles, arrows.

Letters: h × w pixels of a patch; K points of a stroke.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from byhand.synthesis.drawing import blank, chosen, cropped, lay, log_uniform, polyline
from byhand.synthesis.handwriting import drawn
from byhand.types import Floats, Grey


def pen_width(height: float, rng: np.random.Generator) -> float:
    """Return the width of a pen in pixels, for digits of a height."""
    return height * log_uniform(rng, 0.035, 0.18)


def signature(height: float, rng: np.random.Generator) -> Grey:
    """Return a signature: loops that grow and shrink on their path to the right.

    Its point circles about a centre that moves, as a cycloid's does, by a turning that
    changes now and then; some have a flourish below.
    """
    turns = rng.integers(3, 12)
    count = 8 * int(turns)
    t = np.arange(count) / 8
    knots = np.arange(turns + 2)
    tall, wide, speed = (
        np.interp(t, knots, np.exp(rng.normal(0, spread, len(knots))))
        for spread in (0.6, 0.5, 0.4)
    )
    turn = chosen(rng, (1, -1)) * np.cumsum(speed) * 2 * np.pi / 8
    pitch = rng.uniform(0.15, 0.7)
    x = np.cumsum(pitch * wide) / 8 + 0.3 * wide * np.cos(turn)
    y = 0.5 * tall * np.sin(turn) + rng.normal(0, 0.1) * t
    lean = rng.normal(0.3, 0.3)
    name = height * np.stack([x - lean * y, y], axis=1)
    strokes = [name, _flourish(name, rng)] if rng.random() < 0.4 else [name]
    return drawn(strokes, pen_width(height, rng))


def _flourish(stroke: Floats, rng: np.random.Generator) -> Floats:
    """Return a bent line (5, 2) under or through a stroke."""
    (left, top), (right, bottom) = stroke.min(axis=0), stroke.max(axis=0)
    x = np.linspace(left, right, 5) + rng.normal(0, 0.1, 5) * (right - left)
    y = rng.uniform(top, bottom) + rng.normal(0, 0.12, 5) * (bottom - top)
    return np.stack([x, y], axis=1)


def scribble(size: tuple[float, float], width: float, rng: np.random.Generator) -> Grey:
    """Return strokes to and fro that fill an area (H, W) more or less, as a patch."""
    h, w = size
    count = max(3, round(rng.uniform(0.3, 1.5) * w / max(width, 1)))
    count = min(count, 60)
    x = np.linspace(0, w, count) + rng.normal(0, 0.06 * w, count)
    y = np.where(np.arange(count) % 2, h, 0) + rng.normal(0, 0.12 * h, count)
    points = (
        np.stack([x, y], axis=1)
        if rng.random() < 0.7
        else rng.random((count, 2)) * [w, h]
    )
    return drawn([_turned(points, chosen(rng, (0.0, 0.0, 0.4, 1.57)))], width)


def _turned(points: Floats, angle: float) -> Floats:
    """Return points (K, 2) rotated about their middle."""
    sin, cos = np.sin(angle), np.cos(angle)
    middle = points.mean(axis=0)
    return np.asarray((points - middle) @ np.array([[cos, sin], [-sin, cos]]) + middle)


def correction(
    size: tuple[float, float], width: float, rng: np.random.Generator
) -> Grey:
    """Return the strokes (H, W) that cross out what is in an area, edge to edge."""
    h, w = size
    layer = blank(h, w)
    kind, wild = rng.random(), 0.08 * min(h, w)
    if kind < 0.25:
        levels = rng.uniform(0.3, 0.7, rng.integers(1, 4)) * h
        strokes = [[(0, y), (w / 2, y), (w, y)] for y in levels]
    elif kind < 0.45:
        strokes = [[(0, h), (w / 2, h / 2), (w, 0)]] * int(rng.integers(1, 4))
    elif kind < 0.75:
        strokes = [[(0, 0), (w / 2, h / 2), (w, h)], [(w, 0), (w / 2, h / 2), (0, h)]]
    else:
        lay(layer, scribble((0.8 * h, 0.9 * w), width, rng), 0.1 * h, 0.05 * w)
        return layer
    for stroke in strokes:
        polyline(layer, np.array(stroke) + rng.normal(0, wild, (3, 2)), width)
    return layer


def crossed_out(ink: Grey, width: float, rng: np.random.Generator) -> Grey:
    """Return the ink (h, w) of digits with strokes over it, in a larger patch."""
    beyond = round(0.25 * min(ink.shape)) + 2
    out = np.pad(ink, beyond)
    return np.maximum(out, correction(out.shape, width, rng))


def circle(size: tuple[float, float], width: float, rng: np.random.Generator) -> Grey:
    """Return an oval about an area (H, W), not quite closed or more than once round."""
    h, w = size
    begin = rng.uniform(0, 2 * np.pi)
    turn = begin + np.linspace(0, rng.uniform(1.8, 2.6) * np.pi, 24)
    wild = 1 + 0.06 * np.cumsum(rng.normal(0, 0.5, 24))
    power = rng.uniform(0.6, 1.0)  # below 1 more like a box
    cos, sin = (np.sign(f) * np.abs(f) ** power for f in (np.cos(turn), np.sin(turn)))
    return drawn([np.stack([w / 2 * wild * cos, h / 2 * wild * sin], axis=1)], width)


def frame(size: tuple[float, float], width: float, rng: np.random.Generator) -> Grey:
    """Return a box by hand about an area (H, W), its corners not quite met."""
    h, w = np.array(size) / 2
    corners = np.array([(-w, -h), (w, -h), (w, h), (-w, h), (-w, -h)])
    return _sides(corners, min(h, w), width, rng)


def triangle(size: tuple[float, float], width: float, rng: np.random.Generator) -> Grey:
    """Return a triangle by hand that encloses an area (H, W), standing or hanging."""
    h, w = np.array(size) / 2
    high = 2.2 * h * np.array([-1, 0.6, 0.6, -1]) * chosen(rng, (1, -1))
    corners = np.stack([1.6 * w * np.array([0, 1.3, -1.3, 0]), high], axis=1)
    return _sides(corners, min(h, w), width, rng)


def _sides(
    corners: Floats, size: float, width: float, rng: np.random.Generator
) -> Grey:
    """Return lines by hand from corner to corner (K, 2), as a patch."""
    strokes = []
    for begin, end in pairwise(corners + rng.normal(0, 0.08, corners.shape) * size):
        middle = (begin + end) / 2 + rng.normal(0, 0.04, 2) * size
        over = rng.uniform(-0.05, 0.12) * (end - begin)
        strokes.append(np.stack([begin - over, middle, end + over]))
    return drawn(strokes, width)


def underline(length: float, width: float, rng: np.random.Generator) -> Grey:
    """Return a line by hand, wavy or twice now and then, as a patch."""
    count = max(3, round(length / (8 * width)))
    strokes = []
    wavy = rng.random() < 0.2
    for number in range(rng.integers(1, 3)):
        x = np.linspace(0, length, count)
        y = np.linspace(0, rng.normal(0, 0.03) * length, count) + 3.5 * width * number
        swing = width * (
            2 * (np.arange(count) % 2) if wavy else rng.normal(0, 0.4, count)
        )
        strokes.append(np.stack([x, y + swing], axis=1))
    return drawn(strokes, width)


def arrow(length: float, width: float, rng: np.random.Generator) -> Grey:
    """Return a bent arrow by hand in a random direction, as a patch."""
    bend = rng.normal(0, 0.2)
    shaft = np.array([(0, 0), (0.5, bend), (1, 0)]) * length
    tip = shaft[-1] - min(length, 10 * width) * np.array([(1, 0.6), (0, 0), (1, -0.6)])
    sharp = np.repeat(tip, [1, 2, 1], axis=0)
    angle = rng.uniform(0, 2 * np.pi)
    both = _turned(np.concatenate([shaft, sharp]), angle)
    return drawn([both[:3], both[3:]], width)


def doodle(height: float, rng: np.random.Generator) -> Grey:
    """Return a small drawing (h, w): a spiral, a face or a heart."""
    t = np.linspace(0, 1, 30)
    kind, turn = rng.integers(3), 2 * np.pi * t
    if kind == 0:
        turn = turn * rng.uniform(1.5, 4)
        strokes = [np.stack([t * np.cos(turn), t * np.sin(turn)], axis=1)]
    elif kind == 1:
        mouth = np.array([(-0.5, 0.3), (0, 0.6), (0.5, 0.3)])
        eyes = [np.array([(x, -0.3), (x, -0.2)]) for x in (-0.35, 0.35)]
        strokes = [np.stack([np.cos(turn), np.sin(turn)], axis=1), mouth, *eyes]
    else:
        y = -(13 * np.cos(turn) - 5 * np.cos(2 * turn) - 2 * np.cos(3 * turn)) / 16
        strokes = [np.stack([np.sin(turn) ** 3, y], axis=1)]
    size = height * rng.uniform(0.4, 1.2)
    stretch = size * (np.eye(2) + rng.normal(0, 0.15, (2, 2)))
    wild = [(s + rng.normal(0, 0.03, s.shape)) @ stretch for s in strokes]
    return drawn(wild, pen_width(height, rng))


def mark(height: float, rng: np.random.Generator) -> Grey:
    """Return the ink (h, w) of something drawn that is no letter and no digit."""
    width = pen_width(height, rng)
    kind = rng.integers(7)
    if kind == 0:
        return circle(tuple(height * rng.uniform(0.6, 3, 2)), width, rng)
    if kind == 1:
        return underline(height * rng.uniform(1, 8), width, rng)
    if kind == 2:
        return arrow(height * rng.uniform(0.8, 4), width, rng)
    if kind == 3:
        return scribble(tuple(height * rng.uniform(0.4, 2, 2)), width, rng)
    if kind == 4:
        return doodle(height, rng)
    if kind == 5:
        return cropped(correction(tuple(height * rng.uniform(0.6, 2, 2)), width, rng))
    return signature(height, rng)
