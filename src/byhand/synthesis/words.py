"""Printed text as patches of ink: lines of it, paragraphs, tables.

Letters: h × w pixels of a patch; H × W of a layer.
"""

from __future__ import annotations

import math
import unicodedata

import numpy as np
from PIL import Image, ImageDraw

from byhand.synthesis import texts
from byhand.synthesis.drawing import blank, chosen, cropped, eroded, lay, sheared
from byhand.synthesis.fonts import ACCENTED, Face, Font, face, font, has
from byhand.types import Grey

VOCABULARY = 40  # different words of a paragraph
CAPITAL = 0.72  # height of a capital letter, of the size of its font


def printed(text: str, height: float, rng: np.random.Generator, use: Face) -> Grey:
    """Return the ink (h, w) of a line of text, cropped.

    Args:
        text: one line.
        height: of a capital letter, in pixels.
        rng: for the wear of the print.
        use: the font and how it is changed.
    """
    return cropped(_line(text, height, rng, use))


def _line(text: str, height: float, rng: np.random.Generator, use: Face) -> Grey:
    """Return the ink of a text in a patch as high for every text of a font."""
    shape = font(use.path, max(4, round(height / CAPITAL)))
    if not has(use.path, ACCENTED):
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore")
        text = plain.decode()
    ink = _set(text, shape, round(use.spacing * height))
    if use.lean or use.narrow != 1:
        ink = sheared(ink, use.lean, use.narrow)
    if use.bold:
        ink = widened(ink, use.bold * height)
    if use.wear:
        ink = eroded(ink, use.wear, rng, max(1.5, 0.15 * height))
    return ink


def _set(text: str, shape: Font, spacing: int) -> Grey:
    """Return a line of text as a font has it, its characters spaced by some pixels."""
    parts = list(text) if spacing else [text]
    lengths = [math.ceil(shape.getlength(part)) + spacing for part in parts]
    margin = sum(shape.getmetrics()) // 4  # italics reach beyond their length
    high = sum(shape.getmetrics()) + 2
    image = Image.new("L", (sum(lengths) + 2 * margin, high))
    draw, x = ImageDraw.Draw(image), margin
    for part, length in zip(parts, lengths, strict=True):
        draw.text((x, 1), part, 255, shape)
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

    Its words are some dozen, each set once, and come again and again.

    Args:
        size: H and W in pixels.
        height: of a capital letter.
        rng: draws text, font, spacing and where the lines are set.
        numbers: share of words that are numbers.
    """
    layer, use = blank(*size), face(rng)
    pitch, space = height * rng.uniform(1.5, 2.8), height * rng.uniform(0.3, 0.7)
    count = min(VOCABULARY, 2 + round(size[0] * size[1] / (4 * height * pitch)))
    said = [texts.sentence(rng, 1, use.foreign, numbers) for _ in range(count)]
    inks = [_trimmed(_line(text, height, rng, use)) for text in said]
    shift = chosen(rng, (0.0, 0.0, 0.5, 1.0))  # flush left, centred, flush right
    for y in np.arange(0, size[0] - height, pitch):
        if rng.random() < 0.93:
            filled = rng.random() if rng.random() < 0.2 else 1.0
            _lay_line(layer, inks, float(y), filled, space, shift, rng)
    return layer


def _trimmed(ink: Grey) -> Grey:
    """Return a patch without empty columns at its ends."""
    columns = np.flatnonzero(ink.any(axis=0))
    return ink[:, columns[0] : columns[-1] + 1] if len(columns) else ink[:, :1]


def _lay_line(
    layer: Grey, inks: list[Grey], y: float, filled: float, space: float, shift: float,
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Lay words side by side on a line, until a share of it is filled."""
    width, line = 0.0, list[tuple[float, Grey]]()
    while True:
        ink = chosen(rng, inks)
        if line and width + ink.shape[1] > filled * layer.shape[1]:
            break
        line.append((width, ink))
        width += ink.shape[1] + space
    left = shift * max(0.0, layer.shape[1] - width + space)
    for x, ink in line:
        lay(layer, ink, y, left + x)


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
