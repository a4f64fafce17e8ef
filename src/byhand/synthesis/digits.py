"""Digits of a data set written at any size with crisp strokes, by one hand and pen.

Letters: N digits of 28 × 28 pixels; h, w a drawn digit's height and width.
"""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from byhand import kernels
from byhand.augment.elastic import elastic_fields
from byhand.augment.european import FORMS
from byhand.augment.geometry import boxes
from byhand.synthesis.page import HALF
from byhand.types import Array, Floats, Grey, Images, Labels

FINE = 2  # pixels of a stroke field for each pixel of an image
BLUR, SPREAD = 1.6, 2.0  # pixels of a stroke field
FAINT = 16.0  # grey levels: what is fainter is no stroke
EDGE = 2.0  # steepness of an edge drawn as large as the field
THIN, THINNER = 0.3, 60.0  # the highest level for a height: thinner is no line
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
    """

    slant: float
    aspect: float
    weight: float
    wobble: float
    uneven: float
    size: float
    tilt: float
    european: float


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
    _european(images, labels, writer.european, rng)
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
    for axis in (1, 2):
        for step in (1, 2):
            ends = [(0, 0), (0, 0), (0, 0)]
            ends[axis] = (step, step)
            padded, size = np.pad(fields, ends), fields.shape[axis]
            before, after = (np.take(padded, range(s, s + size), axis)
                             for s in (0, 2 * step))  # fmt: skip
            fields = np.maximum(np.maximum(before, after), fields)
    return fields


@functools.cache
def _blur(size: int, fine: int, sigma: float) -> Array:
    """Return the matrix (size * fine, size) that blurs a line, drawn finer."""
    places = (np.arange(size * fine) + 0.5) / fine - 0.5
    g = np.exp(-0.5 * ((places[:, None] - np.arange(size)) * fine / sigma) ** 2)
    return np.asarray(g / g.sum(axis=1, keepdims=True), np.float32)


def _european(
    images: Images, labels: Labels, share: float, rng: np.random.Generator
) -> None:
    """Give a share of the digits their European forms; in place."""
    for digit, change in FORMS.items():
        chosen = (labels == digit) & (rng.random(len(labels)) < share)
        some = np.flatnonzero(chosen & images.any(axis=(1, 2)))
        if len(some):
            change(images, some, rng)


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
    drawn = []
    for field, high, level, slant in zip(
        fields, heights, levels.clip(0.12, 0.9), slants, strict=True
    ):
        coverage = _drawn(field, float(high), float(level), _linear(slant, angle))
        drawn.append(coverage)
    return drawn


def _linear(slant: float, angle: float) -> Floats:
    """Return the matrix of (x, y) that slants a digit, then turns it."""
    cos, sin = math.cos(angle), math.sin(angle)
    turned = np.array([[cos, -sin], [sin, cos]])
    return np.asarray(turned @ np.array([[1, -slant], [0, 1]]))


def _drawn(field: Grey, height: float, level: float, linear: Floats) -> Grey:
    """Return a stroke field as the coverage of strokes of a height in pixels."""
    over = max(1, math.ceil(SMALLEST / height))  # times larger, then made smaller
    top, bottom, left, right = (int(edge[0]) for edge in boxes(field[None]))
    scale = height * over / max(bottom - top, 0.5 * (right - left), 1)
    forward = scale * linear
    half = np.array([right - left, bottom - top]) / 2 + 3
    wide, high = 2 * np.abs(forward) @ half
    w, h = (math.ceil(side / over) * over for side in (wide, high))
    back = np.linalg.inv(forward)
    middle = np.array([left + right, top + bottom]) / 2
    x, y = middle - back @ np.array([w, h]) / 2
    image = Image.fromarray(field).transform(
        (w, h), Image.Transform.AFFINE,
        (*back[0], x, *back[1], y), Image.Resampling.BICUBIC,
    )  # fmt: skip
    level = min(level, THIN + height / THINNER)
    steep = max(scale * EDGE, HALF / (255 * level))
    ramp = (np.arange(256) - 255 * level) * steep + HALF
    image = image.point(np.rint(ramp.clip(0, 255)).astype(int).tolist())
    return cut(np.asarray(image.reduce(over) if over > 1 else image))


def cut(coverage: Grey) -> Grey:
    """Return a layer without its empty margins; a single pixel if it is empty."""
    box = Image.fromarray(coverage).getbbox()
    if box is None:
        return coverage[:1, :1]
    left, top, right, bottom = box
    return coverage[top:bottom, left:right]
