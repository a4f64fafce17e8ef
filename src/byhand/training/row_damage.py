"""What rows suffer before they are read: rests of print beside them, uneven ink.

Letters: H, W height and width of a strip in pixels.
"""

from __future__ import annotations

import numpy as np
from PIL import Image
from scipy import ndimage

from byhand.reading.strips import DIGIT_HEIGHT, HEIGHT
from byhand.synthesis.drawing import eroded, lay, polyline
from byhand.training.row_source import Rng, RowSource
from byhand.types import Grey

ROOM = 24  # pixels above and below a row while it is set
FOOT = ROOM + DIGIT_HEIGHT  # where digits end


def add_rests(canvas: Grey, source: RowSource, rng: Rng) -> None:
    """Add rests of frames, rules and letters, and dirt: all of them no symbols."""
    inked = np.flatnonzero(canvas.any(axis=0))
    first, last = (inked[0], inked[-1]) if len(inked) else (canvas.shape[1] // 2,) * 2
    for _ in range(int(rng.integers(1, 4))):
        kind = rng.random()
        if kind < 0.35:  # the side of a frame, beside the row
            x = first - rng.uniform(2, 10) if rng.random() < 0.5 else (
                last + rng.uniform(2, 10))  # fmt: skip
            top, bottom = sorted(rng.uniform(ROOM - 12, FOOT + 10, 2))
            lean = rng.normal(0, 1)
            _stroke(canvas, (x, top), (x + lean, bottom), rng.uniform(0.7, 2.2))
        elif kind < 0.65:  # a rule above or below, or its rest
            y = rng.choice([ROOM - rng.uniform(1, 6), FOOT + rng.uniform(0, 6)])
            left, right = sorted(rng.uniform(0, canvas.shape[1], 2))
            _stroke(canvas, (left, y), (right, y), rng.uniform(0.7, 2))
        elif kind < 0.8:
            x, y = rng.uniform(0, canvas.shape[1]), rng.uniform(ROOM - 5, FOOT + 5)
            _stroke(canvas, (x, y), (x + rng.normal(0, 1.5), y + rng.normal(0, 1.5)),
                    rng.uniform(0.6, 2.0))  # fmt: skip
        else:  # a letter at an end
            patch, hang = source.letter(rng)
            w = patch.shape[1]
            x = last + 5 if rng.random() < 0.5 else first - w - 5
            if 0 <= x < canvas.shape[1] - w:
                lay(canvas, patch, FOOT - len(patch) + hang, x)


def _stroke(
    canvas: Grey, begin: tuple[float, float], end: tuple[float, float], width: float
) -> None:
    polyline(canvas, np.array([begin, end]), width)


def seen(row: Grey, width: int, rng: Rng) -> Grey:
    """Return a row (FOOT + ROOM, W) as a strip (H, width): its height, its ink uneven.

    Where the row is higher or lower than digits are, its width says so too.
    """
    image = Image.fromarray(_sheared(row, rng) if rng.random() < 0.5 else row)
    if rng.random() < 0.3:  # as of a picture with less detail
        fine = float(rng.uniform(0.6, 1.0))
        size = max(round(image.width * fine), 1), max(round(image.height * fine), 1)
        small = image.resize(size, Image.Resampling.BILINEAR)
        image = small.resize(image.size, Image.Resampling.BICUBIC)
    high = HEIGHT * image.width / width
    top = ROOM + DIGIT_HEIGHT / 2 + rng.normal(0, 1.2) - high / 2
    box = (0.0, top, float(image.width), top + high)
    strip = image.resize((width, HEIGHT), Image.Resampling.BICUBIC, box)
    return _inked(np.asarray(strip), rng)


def _sheared(row: Grey, rng: Rng) -> Grey:
    """Return a row leaning otherwise, as rows do that were deslanted, and wider."""
    lean = rng.uniform(-0.25, 0.45)  # columns to the left for each row up
    middle = ROOM + DIGIT_HEIGHT / 2
    wider = np.pad(row, ((0, 0), (5, 5)))
    matrix = (1.0, -lean, lean * middle, 0.0, 1.0, 0.0)
    how = Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR
    return np.asarray(Image.fromarray(wider).transform(wider.shape[::-1], *how))


def _inked(strip: Grey, rng: Rng) -> Grey:
    """Return a strip with other edges, levels or holes in its ink."""
    kind = rng.random()
    if kind < 0.06:
        strip = eroded(strip, rng.uniform(0.05, 0.2), rng, rng.uniform(1, 3))
    elif kind < 0.3:
        strip = np.where(strip > rng.uniform(60, 180), 255, 0).astype(np.uint8)
    x = strip.astype(np.float32)
    if rng.random() < 0.4:
        x = ndimage.gaussian_filter(x, rng.uniform(0.2, 0.9))
    x *= rng.uniform(0.6, 1.6)
    return np.asarray(np.clip(x, 0, 255), np.uint8)
