"""Printed numbers that no font file has: of segments, of dots, and of strokes.

Letters: h × w pixels of a patch.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from byhand.synthesis import texts
from byhand.synthesis.drawing import (
    blank,
    chosen,
    cropped,
    lay,
    lines,
    polyline,
    sheared,
    smooth,
)
from byhand.types import Grey

# Segments a to g: from x, y to x, y; x from 0 to 1, y from 0 to 2
SEGMENTS = {
    "a": (0, 0, 1, 0), "b": (1, 0, 1, 1), "c": (1, 1, 1, 2), "d": (0, 2, 1, 2),
    "e": (0, 1, 0, 2), "f": (0, 0, 0, 1), "g": (0, 1, 1, 1),
}  # fmt: skip
LIT = {
    "0": "abcdef", "1": "bc", "2": "abged", "3": "abgcd", "4": "fgbc",
    "5": "afgcd", "6": "afgedc", "7": "abc", "8": "abcdefg", "9": "abcdfg", "-": "g",
}  # fmt: skip
DOTS = {  # seven rows of five dots, as needle printers have them; a bit each
    "0": "0e11 1315 1911 0e", "1": "040c 0404 0404 0e", "2": "0e11 0102 0408 1f",
    "3": "1f02 0402 0111 0e", "4": "0206 0a12 1f02 02", "5": "1f10 1e01 0111 0e",
    "6": "0608 101e 1111 0e", "7": "1f01 0204 0808 08", "8": "0e11 110e 1111 0e",
    "9": "0e11 110f 0102 0c", "-": "0000 001f 0000 00", ".": "0000 0000 000c 0c",
}  # fmt: skip
# Numbers of machines, OCR-A's and MICR's kind, and of drawing stencils: strokes of
# points x, y, where y goes from 0 to 10; sharp
STROKES = {
    "0": "0,0 5,0 5,10 0,10 0,0", "1": "1,0 3,0 3,10 / 0,10 5,10 5,7",
    "2": "0,0 5,0 5,5 0,5 0,10 5,10", "3": "0,0 5,0 5,10 0,10 / 1,5 5,5",
    "4": "0,0 0,6 5,6 / 4,3 4,10", "5": "5,0 0,0 0,5 5,5 5,10 0,10",
    "6": "1,0 0,0 0,10 5,10 5,5 0,5", "7": "0,2 0,0 5,0 5,3 2,6 2,10",
    "8": "1,0 4,0 4,5 5,5 5,10 0,10 0,5 1,5 1,0 / 1,5 4,5", "9": "5,10 5,0 0,0 0,5 5,5",
    "-": "0,5 4,5", "/": "4,0 0,10",
}  # fmt: skip


def segments(text: str, height: float, rng: np.random.Generator) -> Grey:
    """Return the ink of digits as displays of seven segments show them."""
    tall, width = height / 2, height * rng.uniform(0.35, 0.55)
    thick = height * rng.uniform(0.06, 0.16)
    short = thick * rng.uniform(0.0, 0.9)
    pitch = width + height * rng.uniform(0.2, 0.4)
    layer, drawn = blank(height + thick + 4, pitch * len(text) + thick + 4), []
    for number, character in enumerate(text):
        for name in LIT.get(character, ""):
            x0, y0, x1, y1 = SEGMENTS[name]
            dx, dy = (short / 2) * (x1 - x0), (short / 2) * (y1 - y0)
            left, top = thick / 2 + 2 + number * pitch, thick / 2 + 2
            drawn.append((left + x0 * width + dx, top + y0 * tall + dy,
                          left + x1 * width - dx, top + y1 * tall - dy))  # fmt: skip
    lines(layer, drawn, thick)
    return cropped(sheared(layer, chosen(rng, (0.0, 0.0, 0.12, 0.18))))


def dots(text: str, height: float, rng: np.random.Generator) -> Grey:
    """Return the ink of digits made of dots, as needle printers print them."""
    pitch = height / 6
    thick = pitch * rng.uniform(0.7, 1.3)
    squeeze = rng.uniform(0.7, 1.0)
    places = [
        (pitch * squeeze * (6 * number + column), pitch * row)
        for number, character in enumerate(text) if character in DOTS
        for row, bits in enumerate(bytes.fromhex(DOTS[character]))
        for column in range(5) if bits >> (4 - column) & 1
    ]  # fmt: skip
    if not places:
        return blank(1, 1)
    spots = np.array(places) + thick / 2 + 1
    spots = spots[
        rng.random(len(spots)) >= rng.choice([0.0, 0.0, 0.06])
    ]  # lost needles
    layer = blank(height + thick + 3, pitch * squeeze * 6 * len(text) + thick + 3)
    lines(layer, np.concatenate([spots, spots], axis=1), thick)
    return cropped(layer)


def strokes(text: str, height: float, rng: np.random.Generator) -> Grey:
    """Return the ink of digits of strokes of one width, each like the others."""
    scale, narrow = height / 10, rng.uniform(0.7, 1.1)
    thick = height * rng.uniform(0.06, 0.22)
    round_ = rng.random() < 0.5
    pitch = (5 * narrow + rng.uniform(2, 6)) * scale
    layer = blank(height + thick + 4, pitch * len(text) + thick + 4)
    for number, character in enumerate(text):
        for stroke in filter(None, STROKES.get(character, "").split("/")):
            points = np.array([p.split(",") for p in stroke.split()], float)
            points *= [scale * narrow, scale]
            points += [number * pitch + thick / 2 + 2, thick / 2 + 2]
            polyline(layer, smooth(points) if round_ else points, thick)
    return cropped(layer)


def meter(text: str, height: float, rng: np.random.Generator) -> Grey:
    """Return the ink of digits in boxes of a counter; dark boxes have light digits."""
    digit = chosen(rng, (segments, strokes))
    cell, tall = round(height * rng.uniform(0.9, 1.2)), round(1.5 * height)
    layer = blank(tall + 2, cell * len(text) + 2)
    for number, character in enumerate(text):
        ink = digit(character, height, rng)
        left = number * cell + (cell - ink.shape[1]) / 2
        lay(layer, ink, 0.25 * height, left)
    frame = [
        (number * cell + 1, 0, number * cell + 1, tall)
        for number in range(len(text) + 1)
    ]
    if rng.random() < 0.5:
        return np.asarray(255 - layer)
    lines(
        layer, [*frame, (0, 0, len(layer[0]), 0), (0, tall, len(layer[0]), tall)], 1.5
    )
    return layer


MAKERS: tuple[Callable[[str, float, np.random.Generator], Grey], ...] = (
    segments, dots, strokes, meter,
)  # fmt: skip


def number(height: float, rng: np.random.Generator) -> Grey:
    """Return the ink (h, w) of a number as machines print or show it."""
    return chosen(rng, MAKERS)(texts.digits(rng, 1, 9), height, rng)
