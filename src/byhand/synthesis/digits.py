"""Digits of a data set written at any size with crisp strokes, by one hand and pen.

Letters: N digits of 28 × 28 pixels; h, w a drawn digit's height and width.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from byhand import kernels
from byhand.augment.elastic import elastic_fields
from byhand.augment.european import FORMS
from byhand.augment.geometry import boxes
from byhand.augment.pen import draw
from byhand.synthesis.numerals import draw_numerals
from byhand.synthesis.page import HALF
from byhand.types import Array, Grey, Images, Labels

Linear = tuple[float, float, float, float]

FINE = 2  # pixels of a stroke field for each pixel of an image
BLUR, SPREAD = 1.6, 2.0  # pixels of a stroke field
FAINT = 16.0  # grey levels: what is fainter is no stroke
EDGE = 2.0  # steepness of an edge drawn as large as the field
THIN, THINNER = 0.3, 60.0  # the highest level for a height: thinner is no line
FULL = 200  # grey levels of a stroke's middle
GAP = 1.5, 2.8  # pixels of the data around such a middle, where a stroke is broken
SMALLEST = 28.0  # pixels: digits below are drawn larger and made smaller


@dataclass(frozen=True)
class Hand:
    """How one writer writes.

    Attributes:
        slant: pixels to the right for each one up.
        aspect: width of a digit, of its width in the data.
        weight: level of the stroke field at a stroke's edge, 0 to 1: the higher, the
            thinner the strokes.
        wobble: deviation of a digit's strokes, in pixels of the data.
        uneven: deviation of the weight from digit to digit and along the strokes.
        size: deviation of the logarithm of a digit's height.
        tilt: deviation of a digit's slant.
        european: share of the digits that get European forms.
        straight: share of the 1s that are a straight stroke.
        drawn: share of the digits that are drawn from the forms of `numerals`.
        forms: for each digit, which form that is (`numerals.form_of`).
        broken: share of the digits with a gap in a stroke.
        copied: whether the digits are the data's as they are, each of another pen.
    """

    slant: float
    aspect: float
    weight: float
    wobble: float
    uneven: float
    size: float
    tilt: float
    european: float
    straight: float = 0.0
    drawn: float = 0.0
    forms: tuple[float, ...] = ()
    broken: float = 0.0
    copied: bool = False


def hand(rng: np.random.Generator, thin: float = 0.0, thick: float = 1.0) -> Hand:
    """Return a writer; from `thin` 0 to `thick` 1 are the pens that may be used."""
    pen = rng.uniform(thin, thick)
    return Hand(
        slant=float(rng.normal(0.05, 0.2)),
        aspect=float(np.exp(rng.normal(0, 0.15))),
        weight=0.88 - 0.7 * pen,
        wobble=float(rng.uniform(0, 0.9)),
        uneven=float(rng.uniform(0, 0.06)),
        size=float(rng.uniform(0.01, 0.12)),
        tilt=float(rng.uniform(0.01, 0.08)),
        european=float(rng.choice([0.0, 0.5, 1.0], p=[0.5, 0.2, 0.3])),
        straight=float(rng.choice([0.0, 0.5, 1.0], p=[0.5, 0.2, 0.3])),
    )


def any_hand(rng: np.random.Generator) -> Hand:
    """Return a writer of any kind: broader or narrower, with any forms of digits.

    A third writes as the data does, a third as the data with European forms; the
    others draw some digits or all from forms of their own, always the same ones.
    """
    kind = rng.random()
    return replace(
        hand(rng),
        slant=float(rng.normal(0.05, 0.22)),
        aspect=float(np.exp(rng.uniform(math.log(0.6), math.log(1.6)))),
        european=0.0 if kind < 1 / 3 else float(rng.choice([0.5, 1.0])),
        drawn=0.0 if kind < 2 / 3 else float(rng.choice([0.3, 0.6, 1.0])),
        forms=tuple(rng.random(10).tolist()),
        broken=float(rng.choice([0.0, 0.15], p=[0.8, 0.2])),
    )


def stroke_fields(
    images: Images, labels: Labels, writer: Hand, rng: np.random.Generator
) -> Array:
    """Return fields (N, 56, 56) uint8 that are 255 in the middle of every stroke.

    The blurred image is divided by the largest value around each pixel. So a stroke's
    middle is as high where it was thin and faint in the data as where it was thick,
    and a level of the field is a stroke of one width.

    Args:
        images: (N, 28, 28), ink bright on 0.
        labels: (N,).
        writer: bends the strokes and gives the forms.
        rng: draws them.
    """
    images = np.array(images)
    _straighten(images, labels, writer.straight, rng)
    _european(images, labels, writer.european, rng)
    if writer.drawn:
        some = np.flatnonzero(rng.random(len(images)) < writer.drawn)
        draw_numerals(images, labels, some, np.array(writer.forms), rng)
    if writer.broken:
        _break(images, writer.broken, rng)
    bent = np.empty_like(images)
    fields = elastic_fields(len(images), images.shape[1:], writer.wobble, rng)
    matrices = np.zeros((len(images), 2, 3), np.float32)
    matrices[:, 0, 0] = matrices[:, 1, 1] = 1
    matrices[:, 1, 1] /= writer.aspect * np.exp(rng.normal(0, 0.06, len(images)))
    matrices[:, 1, 0] = rng.normal(0, writer.tilt, len(images))
    matrices[:, 0, 1] = rng.normal(0, writer.tilt, len(images))
    kernels.warped()(images, np.arange(len(images)), matrices, fields, bent)
    up, spread = _blur(28, FINE, BLUR), _blur(28 * FINE, 1, SPREAD)
    field = up @ bent.astype(np.float32) @ up.T  # (N, 56, 56)
    for faint in (FAINT, FAINT / 2):
        around = spread @ _largest_near(field) @ spread.T
        field *= 255 / np.maximum(around + faint, field)
    return np.asarray(np.rint(field), np.uint8)


def _largest_near(fields: Array) -> Array:
    """Return the largest value of each field (N, H, W) within three pixels."""
    x = np.pad(fields, ((0, 0), (3, 3), (3, 3)))
    for step in (1, 2, 3):  # of 2, then of 4, then of 7 pixels
        x = np.maximum(x[:, step:], x[:, :-step])
        x = np.maximum(x[:, :, step:], x[:, :, :-step])
    return x


@functools.cache
def _blur(size: int, fine: int, sigma: float) -> Array:
    """Return the matrix (size * fine, size) that blurs a line, drawn finer."""
    places = (np.arange(size * fine) + 0.5) / fine - 0.5
    g = np.exp(-0.5 * ((places[:, None] - np.arange(size)) * fine / sigma) ** 2)
    return np.asarray(g / g.sum(axis=1, keepdims=True), np.float32)


def _straighten(
    images: Images, labels: Labels, share: float, rng: np.random.Generator
) -> None:
    """Write a share of the 1s with a ruler's stroke, as print has its lines."""
    some = np.flatnonzero((labels == 1) & (rng.random(len(labels)) < share))
    lean = rng.normal(0, 1.2, len(some))
    middle = np.full(len(some), 14.0)
    images[some] = 0
    begin = np.stack([middle - 10, middle + lean], axis=1)
    end = np.stack([middle + 10, middle - lean], axis=1)
    draw(images, some, begin, end, rng.uniform(1.6, 3.2, len(some)))


def _european(
    images: Images, labels: Labels, share: float, rng: np.random.Generator
) -> None:
    """Give a share of the digits their European forms; in place."""
    for digit, change in FORMS.items():
        chosen = (labels == digit) & (rng.random(len(labels)) < share)
        some = np.flatnonzero(chosen & images.any(axis=(1, 2)))
        if len(some):
            change(images, some, rng)


def _break(images: Images, share: float, rng: np.random.Generator) -> None:
    """Part a stroke of a share of the digits by a narrow gap."""
    for n in np.flatnonzero(rng.random(len(images)) < share):
        ink = np.argwhere(images[n] >= FULL)
        if len(ink):
            middle = ink[rng.integers(len(ink))]
            away = np.hypot(*(np.indices(images[n].shape) - middle[:, None, None]))
            images[n][away < rng.uniform(*GAP)] = 0


def written(
    images: Images,
    labels: Labels,
    height: float,
    writer: Hand,
    rng: np.random.Generator,
    angle: float = 0.0,
) -> list[Grey]:
    """Return the coverage (h, w) of each digit, cut out around its ink.

    Args:
        images: (N, 28, 28), ink bright on 0.
        labels: (N,).
        height: of a digit, in pixels.
        writer: whose hand it is.
        rng: draws what differs between digits.
        angle: radians by which the digits are turned clockwise.
    """
    fields = stroke_fields(images, labels, writer, rng)
    heights = height * np.exp(rng.normal(0, writer.size, len(fields)))
    levels = writer.weight + rng.normal(0, writer.uneven, len(fields))
    slants = writer.slant + rng.normal(0, writer.tilt, len(fields))
    top, bottom, left, right = boxes(fields)
    edges = np.stack([left, top, right, bottom], axis=1).tolist()
    numbers = zip(heights.tolist(), levels.tolist(), slants.tolist(), strict=True)
    return [
        _drawn(field, edge, high, min(max(level, 0.12), 0.9), _linear(slant, angle))
        for field, edge, (high, level, slant) in zip(
            fields, edges, numbers, strict=True
        )
    ]


def _linear(slant: float, angle: float) -> Linear:
    """Return the matrix of (x, y), row by row, that slants a digit, then turns it."""
    cos, sin = math.cos(angle), math.sin(angle)
    return cos, -cos * slant - sin, sin, cos - sin * slant


def _drawn(
    field: Grey, edge: Sequence[int], height: float, level: float, linear: Linear
) -> Grey:
    """Return a stroke field as the coverage of strokes of a height in pixels.

    Args:
        field: (56, 56).
        edge: left, top, right and bottom of its digit.
        height: of the digit.
        level: of the field at the edges of the strokes.
        linear: slants and turns the digit.
    """
    over = max(1, math.ceil(SMALLEST / height))  # times larger, then made smaller
    left, top, right, bottom = edge
    scale = height * over / max(bottom - top, 0.5 * (right - left), 1)
    a, b, c, d = (scale * number for number in linear)
    across, down = (right - left) / 2 + 3, (bottom - top) / 2 + 3
    wide = 2 * (abs(a) * across + abs(b) * down)
    high = 2 * (abs(c) * across + abs(d) * down)
    w, h = (math.ceil(side / over) * over for side in (wide, high))
    over_all = a * d - b * c
    a, b, c, d = d / over_all, -b / over_all, -c / over_all, a / over_all
    x = (left + right - a * w - b * h) / 2
    y = (top + bottom - c * w - d * h) / 2
    affine, how = Image.Transform.AFFINE, Image.Resampling.BICUBIC
    image = Image.fromarray(field).transform((w, h), affine, (a, b, x, c, d, y), how)
    level = min(level, THIN + height / THINNER)
    steep = max(scale * EDGE, HALF / (255 * level))
    ramp = (np.arange(256) - 255 * level) * steep + HALF
    coverage = np.rint(ramp.clip(0, 255)).astype(np.uint8)[np.asarray(image)]
    if over > 1:
        coverage = np.asarray(Image.fromarray(coverage).reduce(over))
    return cut(coverage)


def cut(coverage: Grey) -> Grey:
    """Return a layer without its empty margins; a single pixel if it is empty."""
    box = Image.fromarray(coverage).getbbox()
    if box is None:
        return coverage[:1, :1]
    left, top, right, bottom = box
    return coverage[top:bottom, left:right]
