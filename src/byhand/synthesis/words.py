"""Printed text as patches of ink: lines of it, paragraphs, tables.

Letters: h × w pixels of a patch; H × W of a layer.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageDraw

from byhand.synthesis import texts
from byhand.synthesis.drawing import blank, chosen, cropped, eroded, lay, sheared
from byhand.synthesis.fonts import Face, face, font
from byhand.types import Grey

CAPITAL = 0.72  # height of a capital letter, of the size of its font


def printed(text: str, height: float, rng: np.random.Generator, use: Face) -> Grey:
    """Return the ink (h, w) of a line of text, cropped.

    Args:
        text: one line.
        height: of a capital letter, in pixels.
        rng: for the wear of the print.
        use: the font and how it is changed.
    """
    shape = font(use.path, max(4, round(height / CAPITAL)))
    if use.spacing:
        ink = _spaced(text, shape, round(use.spacing * height))
    else:
        ink = _set(text, shape)
    if use.lean or use.narrow != 1:
        ink = sheared(ink, use.lean, use.narrow)
    if use.bold:
        ink = widened(ink, use.bold * height)
    if rng.random() < 0.1:  # worn type, cheap toner
        ink = eroded(ink, rng.uniform(0.05, 0.3), rng, max(1.5, 0.15 * height))
    return cropped(ink)


def _set(text: str, shape: object) -> Grey:
    """Return a line of text as the font has it, with a pixel around it."""
    left, top, right, bottom = map(math.floor, shape.getbbox(text))  # type: ignore[attr-defined]
    image = Image.new("L", (max(1, right - left) + 2, max(1, bottom - top) + 2))
    ImageDraw.Draw(image).text((1 - left, 1 - top), text, 255, shape)  # type: ignore[arg-type]
    return np.asarray(image)


def _spaced(text: str, shape: object, more: int) -> Grey:
    """Return a line of text with wider spaces between its characters."""
    lengths = [math.ceil(shape.getlength(letter)) + more for letter in text]  # type: ignore[attr-defined]
    ascent, descent = shape.getmetrics()  # type: ignore[attr-defined]
    image = Image.new("L", (sum(lengths) + 4, ascent + descent + 4))
    draw, x = ImageDraw.Draw(image), 2
    for letter, length in zip(text, lengths, strict=True):
        draw.text((x, 2), letter, 255, shape)  # type: ignore[arg-type]
        x += length
    return np.asarray(image)


def widened(ink: Grey, by: float) -> Grey:
    """Return ink with its strokes widened by some pixels, parts of one included."""
    out = np.pad(ink, 1 + math.ceil(by))
    while by > 0:
        part = np.uint8(255 * min(by, 1.0))
        right, down = np.roll(out, 1, 1), np.roll(out, 1, 0)
        if by < 1:
            right, down = (np.minimum(a, part) for a in (right, down))
        out = np.maximum(np.maximum(out, right), down)
        by -= 1
    return out


def label(height: float, rng: np.random.Generator, use: Face | None = None) -> Grey:
    """Return the ink of a printed label, such as stands before a field."""
    return printed(texts.label(rng), height, rng, use or face(rng))


def number(height: float, rng: np.random.Generator, use: Face | None = None) -> Grey:
    """Return the ink of a printed number, date or price."""
    return printed(texts.number(rng), height, rng, use or face(rng))


def paragraph(
    size: tuple[float, float],
    height: float,
    rng: np.random.Generator,
    numbers: float = 0.1,
) -> Grey:
    """Return a layer (H, W) filled with lines of printed text in one font.

    Args:
        size: H and W in pixels.
        height: of a capital letter.
        rng: draws text, font, spacing and where the lines are set.
        numbers: share of words that are numbers.
    """
    layer, use = blank(*size), face(rng)
    pitch = height * rng.uniform(1.5, 2.8)
    setting = chosen(rng, ("left", "left", "centre", "right"))
    words = max(1, round(size[1] / (4.5 * height * use.narrow * (1 + use.spacing))))
    y = 0.0
    while y + height < size[0]:
        short = rng.random() < 0.2
        count = int(rng.integers(1, words + 1)) if short else words
        if rng.random() < 0.93:
            said = texts.sentence(rng, count, use.foreign, numbers)
            ink = printed(said, height, rng, use)[:, : layer.shape[1]]
            free = layer.shape[1] - ink.shape[1]
            left = {"left": 0.0, "centre": free / 2, "right": float(free)}[setting]
            lay(layer, ink, y, left)
        y += pitch
    return layer


def heading(height: float, rng: np.random.Generator) -> Grey:
    """Return the ink of a few large words."""
    said = texts.sentence(rng, int(rng.integers(1, 4)), numbers=0.15)
    return printed(said.upper() if rng.random() < 0.3 else said, height, rng, face(rng))


def column(size: tuple[float, float], height: float, rng: np.random.Generator) -> Grey:
    """Return a layer (H, W) with a column of numbers or short labels, one font."""
    layer, use = blank(*size), face(rng)
    make = chosen(
        rng,
        (
            texts.digits,
            texts.price,
            texts.date,
            texts.label,
            texts.reference,
            texts.page_number,
        ),
    )
    pitch, right = height * rng.uniform(1.5, 3.0), rng.random() < 0.5
    for y in np.arange(0, size[0] - height, pitch):
        ink = printed(make(rng), height, rng, use)[:, : layer.shape[1]]
        lay(layer, ink, float(y), layer.shape[1] - ink.shape[1] if right else 0)
    return layer
