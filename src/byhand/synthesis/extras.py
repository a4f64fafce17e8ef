"""What stands beside digits: print, other handwriting, crossed-out digits.

Letters: H, W height and width of the sheet in pixels; h, w of what is added.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from byhand.ink.segmentation import HANDWRITING, PRINT
from byhand.synthesis import digits as written_digits
from byhand.synthesis import displays, emblems, handwriting, scribbles, words
from byhand.synthesis.designs import Layer
from byhand.synthesis.digits import Hand
from byhand.synthesis.drawing import chosen, log_uniform
from byhand.synthesis.kind import Kind
from byhand.synthesis.rows import WrittenLine
from byhand.types import Floats, Grey, Images, Labels

Rng = np.random.Generator
ENCLOSED = 0.08  # share of the rows, times that of other handwriting
TRIES = 5  # places at random for each thing that is not to touch digits


def beside(
    ink: Grey,
    style: Kind,
    digits: tuple[Images, Labels],
    written: tuple[float, Hand],
    rng: Rng,
) -> list[Layer]:
    """Return printed things and other handwriting that stand beside digits.

    Args:
        ink: (H, W), the digits on the sheet.
        style: how many things there are.
        digits: images and labels of digits that may be crossed out.
        written: height of the digits in pixels, and the hand that wrote them.
        rng: draws the things and their places.
    """
    height, writer = written
    things: list[Layer | None] = []
    for _ in range(rng.poisson(style.print)):
        shape = printed((ink.shape[0], ink.shape[1]), height, rng)
        things.append(placed(shape, PRINT, ink, rng))
    for _ in range(rng.poisson(style.letters)):
        shape = handwritten(height, digits, writer, rng)
        touching = rng.random() < 0.05
        things.append(placed(shape, HANDWRITING, ink, rng, touching))
    return [thing for thing in things if thing is not None]


def marks(
    lines: Sequence[WrittenLine], height: float, share: float, rng: Rng
) -> list[Layer]:
    """Return what is drawn under and around some of the rows.

    Lines under a row, circles around it, or every digit enclosed, as on score cards.
    """
    layers = []
    for line in lines:
        if rng.random() < ENCLOSED * share:
            layers += enclosures(line.outlines, height, rng)
        if rng.random() >= 0.08 * share:
            continue
        points = np.concatenate(line.outlines)
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        width = scribbles.pen_width(height, rng)
        if rng.random() < 0.6:
            stroke = scribbles.underline(right - left, width, rng)
            away = rng.uniform(-0.05, 0.3) * height
            layers.append(Layer(stroke, round(left), round(bottom + away), HANDWRITING))
        else:
            pad = rng.uniform(0.1, 0.6) * height
            size = bottom - top + 2 * pad, right - left + 2 * pad
            layers.append(_around(points, scribbles.circle(size, width, rng)))
    return layers


def enclosures(outlines: Sequence[Floats], height: float, rng: Rng) -> list[Layer]:
    """Return a circle, a box or a triangle around each digit, or around some.

    Args:
        outlines: points (K, 2), x and y, around each digit.
        height: of a digit in pixels.
        rng: draws the shapes.
    """
    shapes = [scribbles.circle, scribbles.frame]
    if len(outlines) < 3:  # a triangle has no room in a row
        shapes.append(scribbles.triangle)
    shape = chosen(rng, shapes)
    width = scribbles.pen_width(height, rng)
    part = float(rng.choice([0.4, 1.0]))
    layers = []
    for points in outlines:
        if rng.random() >= part:
            continue
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        pad = 2 * width + rng.uniform(0.05, 0.4) * height
        size = bottom - top + 2 * pad, max(right - left, 0.4 * height) + 2 * pad
        layers.append(_around(points, shape(size, width, rng)))
    return layers


def _around(points: Floats, stroke: Grey) -> Layer:
    """Return a stroke (h, w) as a layer, its middle that of points (K, 2), x and y."""
    x, y = (points.min(axis=0) + points.max(axis=0) - stroke.shape[::-1]) / 2
    return Layer(stroke, round(x), round(y), HANDWRITING)


def placed(
    coverage: Grey, label: int, ink: Grey, rng: Rng, touching: bool = False
) -> Layer | None:
    """Return a layer at a random place of the sheet, or None if there is no room.

    Args:
        coverage: (h, w), what is added; it may stand out over the edges of the sheet.
        label: its class.
        ink: (H, W), the digits.
        rng: draws the place.
        touching: whether it may touch digits.
    """
    (height, width), (h, w) = ink.shape, coverage.shape
    for _ in range(TRIES):
        x = int(rng.integers(-w // 4, max(width - 3 * w // 4, 1)))
        y = int(rng.integers(-h // 4, max(height - 3 * h // 4, 1)))
        under = ink[max(y - 2, 0) : y + h + 2, max(x - 2, 0) : x + w + 2]
        if touching or not under.any():
            return Layer(coverage, x, y, label)
    return None


def printed(size: tuple[int, int], height: float, rng: Rng) -> Grey:
    """Return something printed (h, w): a word, a number, a paragraph, an emblem."""
    small = height * log_uniform(rng, 0.25, 1.5)
    small = min(max(small, 5.0), 120.0)
    kind = rng.random()
    if kind < 0.3:
        return words.label(small, rng)
    if kind < 0.5:
        return words.number(small, rng)
    if kind < 0.62:
        return displays.number(small, rng)
    if kind < 0.74:
        shape = min(size[0], small * rng.uniform(2, 12)), min(size[1], small * 20)
        return words.paragraph(shape, small * rng.uniform(0.4, 1), rng)
    if kind < 0.82:
        return words.heading(min(2 * small, 120), rng)
    if kind < 0.88:
        return words.column((min(size[0], small * 12), small * 9), small, rng)
    return emblems.emblem(small * 0.7, rng)


def handwritten(
    height: float,
    digits: tuple[Images, Labels],
    writer: Hand,
    rng: Rng,
) -> Grey:
    """Return other handwriting than digits (h, w), or digits that are crossed out."""
    tall = height * float(np.exp(rng.normal(0, 0.35)))
    kind = rng.random()
    if kind < 0.5:
        return handwriting.words(tall, rng, int(rng.integers(1, 4)))
    if kind < 0.62:
        return scribbles.signature(tall * rng.uniform(0.8, 2), rng)
    if kind < 0.78:
        return handwriting.sign(tall, rng)
    if kind < 0.9:
        return scribbles.mark(tall, rng)
    return crossed_out(height, digits, writer, rng)


def crossed_out(
    height: float, digits: tuple[Images, Labels], writer: Hand, rng: Rng
) -> Grey:
    """Return some digits in a row with strokes over them, (h, w)."""
    chosen = rng.integers(len(digits[0]), size=int(rng.integers(1, 6)))
    shapes = written_digits.written(
        digits[0][chosen], digits[1][chosen], height, writer, rng
    )
    gap = max(1, round(height * rng.uniform(0, 0.3)))
    wide = sum(shape.shape[1] + gap for shape in shapes)
    ink = np.zeros((max(map(len, shapes)), wide), np.uint8)
    x = 0
    for shape in shapes:
        h, w = shape.shape
        ink[len(ink) - h :, x : x + w] = shape
        x += w + gap
    return scribbles.crossed_out(ink, scribbles.pen_width(height, rng), rng)
