"""A field to explain the reading of, as a picture file: for docs/pictures.

    python -m benchmarks.example_field runs/explanation.png
    byhand read runs/explanation.png --explain docs/pictures

Letters: H, W height and width of the field in pixels.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image

import byhand
from byhand.augment.fields import LEAST_INK, set_row
from byhand.augment.pen import draw

DIGITS = (18, 4, 15, 10, 0, 9)  # which of MNIST's test images: 3, 4, 5, 0, 7, 9
GAPS = (-2, 4, 14, 2, -3)  # pixels between them; below 0 they overlap
COMMA = 3  # it stands before this digit
TIMES = 2.5  # enlarged
PAPER, PEN = 225.0, 0.8  # grey level, and how much of it ink takes away
SHADOW, NOISE = 70.0, 4.0  # grey levels
TURN = 5.0  # degrees, counter-clockwise


def field(seed: int = 0) -> Image.Image:
    """Return six of MNIST's test digits with a comma on a ruled line, dark on light.

    Two pairs touch, the paper lies askew, and a shadow falls on its right.
    """
    images = byhand.load_dataset("mnist").test.images
    row = set_row([images[k] for k in DIGITS], GAPS)  # (H, W)
    before = set_row([images[k] for k in DIGITS[:COMMA]], GAPS[: COMMA - 1])
    x = int(np.flatnonzero((before >= LEAST_INK).any(axis=0))[-1]) + 7.0
    y = float(np.flatnonzero((before >= LEAST_INK).any(axis=1))[-1]) - 4
    row = np.maximum(row, _stroke(row.shape, (y, x), (y + 5, x - 2), 2.2))
    low = row.shape[0] - 9.0
    row = np.maximum(row, _stroke(row.shape, (low, -9), (low, row.shape[1] + 9.0), 1.2))
    size = [round(side * TIMES) for side in row.shape[::-1]]
    large = Image.fromarray(row).resize((size[0], size[1]), Image.Resampling.BICUBIC)
    ink = np.asarray(large.rotate(TURN, Image.Resampling.BICUBIC), np.float32) / 255
    sheet = PAPER - SHADOW * np.linspace(0, 1, size[0]) ** 2
    sheet = sheet * (1 - PEN * ink)
    sheet = sheet + np.random.default_rng(seed).normal(0, NOISE, sheet.shape)
    return Image.fromarray(np.clip(np.rint(sheet), 0, 255).astype(np.uint8))


def _stroke(
    shape: tuple[int, ...], begin: tuple[float, float], end: tuple[float, float],
    width: float,
) -> NDArray[np.uint8]:  # fmt: skip
    """Return a straight stroke (H, W) from one place (row, column) to another."""
    image = np.zeros((1, *shape), np.uint8)
    draw(image, np.array([0]), np.array([begin]), np.array([end]), width)
    return image[0]


if __name__ == "__main__":
    path = Path(sys.argv[1])
    path.parent.mkdir(parents=True, exist_ok=True)
    field().save(path)
