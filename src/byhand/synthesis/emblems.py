"""Printed things that are no text: barcodes, logos, stamps.

Letters: h × w pixels of a patch.
"""

from __future__ import annotations

import numpy as np
from PIL import Image

from byhand.synthesis import displays, texts
from byhand.synthesis.drawing import (
    blank,
    chosen,
    cropped,
    eroded,
    lay,
    lines,
    polyline,
    rotated,
)  # fmt: skip
from byhand.synthesis.fonts import face
from byhand.synthesis.forms import Row, Stroke, rounded_frame
from byhand.synthesis.words import printed
from byhand.types import Floats, Grey


def barcode(height: float, rng: np.random.Generator) -> Grey:
    """Return bars of 1 to 4 units, most with the number below them.

    Args:
        height: of a capital letter of the number; the bars are higher.
        rng: draws all else.
    """
    unit = max(1.0, height * rng.uniform(0.05, 0.15))
    edges = np.cumsum(rng.integers(1, 5, rng.integers(24, 90))) * unit
    tall = round(height * rng.uniform(1.5, 5))
    bars = np.zeros(round(edges[-1]) + 1, np.uint8)
    for begin, end in zip(edges[::2], edges[1::2], strict=False):
        bars[round(begin) : round(end)] = 255
    code = np.repeat(bars[None], tall, axis=0)
    if rng.random() < 0.3:
        return code
    out = blank(tall + 1.4 * height, len(bars))
    text = printed(" ".join(texts.digits(rng, 1, 9)), height, rng, face(rng))
    lay(out, code, 0, 0)
    lay(out, text, tall + 0.25 * height, max(0, (len(bars) - text.shape[1]) / 2))
    return out


def matrix_code(height: float, rng: np.random.Generator) -> Grey:
    """Return a square of small black squares with three corners marked, like QR's."""
    count = int(rng.integers(15, 34))
    cells = rng.random((count, count)) < 0.5
    corner = np.pad(np.pad(np.ones((3, 3), bool), 1), 1, constant_values=True)
    if rng.random() < 0.7:
        for y, x in ((0, 0), (0, count - 7), (count - 7, 0)):
            cells[max(0, y - 1) : y + 8, max(0, x - 1) : x + 8] = False
            cells[y : y + 7, x : x + 7] = corner
    unit = max(1, round(height * rng.uniform(0.1, 0.3)))
    return np.kron(cells, np.full((unit, unit), 255)).astype(np.uint8)


def logo(height: float, rng: np.random.Generator) -> Grey:
    """Return some simple shapes in one another, some of them with holes of others."""
    size = round(height * rng.uniform(1.5, 4))
    y, x = (np.indices((size, size)) - (size - 1) / 2) / (size / 2)
    out = np.zeros((size, size))
    for number in range(rng.integers(1, 5)):
        scale = rng.uniform(0.5, 1.0) * 0.75**number
        a, b = rng.normal(0, 0.15, 2) * (number > 0)
        inside = _shape(x - a, y - b, scale, size, rng)
        out = out * (1 - inside) if number % 2 else np.maximum(out, inside)
    return cropped((255 * out).astype(np.uint8))


def _shape(
    x: Floats, y: Floats, r: float, size: int, rng: np.random.Generator
) -> Floats:
    """Return how far pixels are inside a disc, polygon, star or half of one."""
    turn, corners = rng.uniform(0, np.pi), int(rng.integers(3, 8))
    angle, away = np.arctan2(y, x) + turn, np.hypot(x, y)
    kind = rng.integers(4)
    if kind == 0:
        edge = np.full_like(x, r)
    elif kind == 1:  # a regular polygon
        part = np.pi / corners
        edge = r * np.cos(part) / np.cos((angle % (2 * part)) - part)
    elif kind == 2:  # a star or a flower
        edge = r * (0.7 + 0.3 * np.cos(corners * angle))
    else:
        edge = np.where(np.sin(angle) > rng.uniform(-0.5, 0.5), r, 0)
    return np.clip((edge - away) * size / 2 + 0.5, 0, 1)


def stamp(height: float, rng: np.random.Generator) -> Grey:
    """Return a rubber stamp: round or rectangular, worn, rotated, with text in it."""
    ink = (
        _round_stamp(height, rng) if rng.random() < 0.5 else _square_stamp(height, rng)
    )
    if rng.random() < 0.8:
        ink = eroded(
            ink, rng.uniform(0.05, 0.45), rng, max(1.5, height * rng.uniform(0.1, 1))
        )
    return cropped(rotated(ink, rng.normal(0, 15)))


def _square_stamp(height: float, rng: np.random.Generator) -> Grey:
    """Return lines of text in a frame of one or two lines."""
    use = face(rng)
    said = [
        texts.date(rng),
        *(texts.word(rng).upper() for _ in range(rng.integers(0, 3))),
    ]
    said = [said[i] for i in rng.permutation(len(said))]
    rows = [printed(text, height, rng, use) for text in said]
    wide = max(row.shape[1] for row in rows) + 2 * height
    high = (1.6 * len(rows) + 1.2) * height
    out, how = (
        blank(high + 4, wide + 4),
        Stroke(max(1.0, height * rng.uniform(0.05, 0.2))),
    )
    for inset in (2.0, 2 + 3 * how.width)[: rng.integers(1, 3)]:
        box = Row(inset, inset, wide - 2 * inset + 4, high - 2 * inset + 4, 1)
        rounded_frame(out, box, height * chosen(rng, (0.01, 0.5)), how)
    for number, row in enumerate(rows):
        lay(out, row, (0.9 + 1.6 * number) * height, (wide - row.shape[1]) / 2)
    return out


def _round_stamp(height: float, rng: np.random.Generator) -> Grey:
    """Return two circles with text between them and something in the middle."""
    radius = height * rng.uniform(2.8, 5)
    out, use = blank(2 * radius + 4, 2 * radius + 4), face(rng)
    how, middle = max(1.0, height * rng.uniform(0.05, 0.15)), radius + 2
    turn = np.linspace(0, 2 * np.pi, 60)
    circle = np.stack([np.cos(turn), np.sin(turn)], axis=1)
    for r in (radius - how, radius - 2 * height)[: rng.integers(1, 3)]:
        polyline(out, middle + r * circle, how)
    said = texts.sentence(rng, 6).upper()[: int(2 * np.pi * radius / (1.3 * height))]
    for number, letter in enumerate(said):
        if letter != " ":
            angle = number * 1.1 * height / radius
            ink = rotated(printed(letter, 0.9 * height, rng, use), -np.degrees(angle))
            r = radius - 1.05 * height
            y, x = middle - r * np.cos(angle), middle + r * np.sin(angle)
            lay(out, ink, y - len(ink) / 2, x - ink.shape[1] / 2)
    inner = (
        printed(texts.date(rng), height * 0.6, rng, use)
        if rng.random() < 0.5
        else logo(0.5 * height, rng)
    )
    lay(out, inner, middle - len(inner) / 2, middle - inner.shape[1] / 2)
    return out


def postmark(height: float, rng: np.random.Generator) -> Grey:
    """Return a round stamp with wavy lines beside it."""
    ink = _round_stamp(height, rng)
    wide = round(height * rng.uniform(3, 8))
    out = blank(len(ink), ink.shape[1] + wide)
    lay(out, ink, 0, 0)
    x = np.arange(0.0, wide, 3)
    for y in np.linspace(0.25, 0.75, rng.integers(3, 7)) * len(ink):
        wave = y + 0.3 * height * np.sin(x / height * 2)
        polyline(out, np.stack([x + ink.shape[1], wave], axis=1), max(1, 0.12 * height))
    return out


def screened(height: float, rng: np.random.Generator) -> Grey:
    """Return a printed picture of dots of many sizes, as newspapers have."""
    size = round(height * rng.uniform(2, 6))
    coarse = Image.fromarray(rng.random((4, 4)).astype(np.float32))
    dark = np.asarray(coarse.resize((size, size), Image.Resampling.BICUBIC))
    pitch = max(3.0, height * rng.uniform(0.08, 0.3))
    y, x = np.mgrid[0:size:pitch, 0:size:pitch].reshape(2, -1)
    widths = pitch * 1.3 * dark[y.astype(int), x.astype(int)].clip(0, 1)
    out = blank(size, size)
    lines(out, np.stack([x, y, x, y], axis=1), np.maximum(widths, 0.01))
    return out


MAKERS = (
    barcode,
    barcode,
    matrix_code,
    logo,
    logo,
    stamp,
    stamp,
    postmark,
    screened,
    displays.number,
)


def emblem(height: float, rng: np.random.Generator) -> Grey:
    """Return the ink (h, w) of something printed that is no line of text.

    Args:
        height: of a capital letter of text in it, in pixels.
        rng: draws what it is.
    """
    return chosen(rng, MAKERS)(height, rng)
