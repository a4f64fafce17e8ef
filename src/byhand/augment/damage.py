"""Images spoilt as paper, pens, scanners and cameras spoil them.

Every function takes images (N, H, W) uint8, ink bright on 0; a strength for each, (N,)
from 0, hardly visible, to 1, as bad as a person still reads with ease; and a generator.
It returns new images. Neighbours outside the image count as blank.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from byhand.augment.geometry import neighbours
from byhand.augment.pen import strokes
from byhand.types import Floats, Images

Damage = Callable[[Images, Floats, np.random.Generator], Images]


def thicker(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Spread the ink to the pixels beside it (a grey dilation), more or less."""
    spread = images.copy()
    for beside in _beside(images):
        np.maximum(spread, beside, out=spread)
    return _mixed(images, spread, strength)


def thinner(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Take away the ink that has blank paper beside it (a grey erosion)."""
    left = images.copy()
    for beside in _beside(images):
        np.minimum(left, beside, out=left)
    return _mixed(images, left, strength)


def blurred(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Put the ink out of focus: binomial weights, up to a deviation of 1.6 pixels."""
    smooth = images.astype(np.float32)
    for _ in range(5):  # each adds a variance of a half
        smooth = _binomial(smooth)
    return _mixed(_binomial(images.astype(np.float32)), smooth, strength)


def coarse(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Lose resolution: blocks of 2 × 2 pixels become one grey, more or less."""
    n, height, width = images.shape
    down, across = rng.integers(0, 2, 2)  # where blocks begin
    padded = np.pad(images, ((0, 0), (down, 2), (across, 2))).astype(np.float32)
    rows, columns = padded.shape[1] // 2, padded.shape[2] // 2
    blocks = padded[:, : 2 * rows, : 2 * columns].reshape(n, rows, 2, columns, 2)
    means = blocks.mean(axis=(2, 4))
    wide = means.repeat(2, axis=1).repeat(2, axis=2)
    wide = wide[:, down : down + height, across : across + width]
    return _mixed(images, wide, strength)


def noisy(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Add noise to every pixel, normal, with a deviation of up to 60 grey levels."""
    noise = rng.standard_normal(images.shape, np.float32)
    return grey(images + noise * (60 * strength[:, None, None]))


def specked(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Give up to a tenth of the pixels any grey level."""
    hit = rng.random(images.shape, np.float32) < 0.1 * strength[:, None, None]
    return np.where(hit, rng.integers(0, 256, images.shape, np.uint8), images)


def faint(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Leave as little as a fifth of the contrast."""
    return grey(images * (1 - 0.8 * strength[:, None, None]))


def uneven(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Lay a shadow over the paper that grows from one side to the other."""
    n, height, width = images.shape
    angle = rng.uniform(0, 2 * np.pi, (n, 1, 1)).astype(np.float32)
    i, j = np.indices((height, width), np.float32)
    slope = np.cos(angle) * (i / height - 0.5) + np.sin(angle) * (j / width - 0.5)
    shadow = 0.5 * strength[:, None, None] * np.clip(0.5 + slope, 0, 1)
    return grey(images + (255 - images.astype(np.float32)) * shadow)


def binary(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Binarise, with a threshold from a third of full ink to two thirds."""
    threshold = 85 + 85 * strength[:, None, None]
    return np.where(images > threshold, 255, 0).astype(np.uint8)


def scanned(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Binarise at half the resolution, and enlarge that smoothly."""
    full, least = np.ones_like(strength), np.zeros_like(strength)
    return blurred(binary(coarse(images, full, rng), strength, rng), least, rng)


def cut(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Interrupt the strokes: a straight gap, 1 to 3 pixels wide, anywhere."""
    gap = strokes(*_across(images, rng), 1 + 2 * strength, images.shape)
    return np.minimum(images, 255 - gap)


def lined(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Draw a line across, as ruled paper has, as bright as the strength says."""
    line = strokes(*_across(images, rng), 0.6 + rng.random(len(images)), images.shape)
    return np.maximum(images, grey(line * (0.3 + 0.7 * strength[:, None, None])))


def dotted(images: Images, strength: Floats, rng: np.random.Generator) -> Images:
    """Drop a fleck or a short stray stroke on the paper, up to 5 pixels long."""
    sides = np.array(images.shape[1:])
    begin = rng.uniform(0, 1, (len(images), 2)) * sides
    end = begin + rng.uniform(-5, 5, begin.shape) * strength[:, None]
    return np.maximum(images, strokes(begin, end, 1.5, images.shape))


DAMAGES: dict[str, Damage] = {
    change.__name__: change
    for change in (
        thicker,
        thinner,
        blurred,
        coarse,
        noisy,
        specked,
        faint,
        uneven,
        binary,
        scanned,
        cut,
        lined,
        dotted,
    )
}


def _across(images: Images, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Return two places of each image, on opposite sides: left and right, or top."""
    n, height, width = images.shape
    begin, end = rng.uniform(0, 1, (2, n, 2)).astype(np.float32)
    down = rng.random(n) < 0.5  # from top to bottom
    begin[:, 1], end[:, 1] = 0, 1
    begin[down], end[down] = begin[down, ::-1], end[down, ::-1]
    sides = np.array([height - 1, width - 1], np.float32)
    return begin * sides, end * sides


def _beside(images: Images) -> list[Images]:
    """Return the images moved by one pixel up, down, left and right."""
    height, width = images.shape[1:]
    padded = np.pad(images, ((0, 0), (1, 1), (1, 1)))
    starts = ((0, 1), (2, 1), (1, 0), (1, 2))
    return [padded[:, i : i + height, j : j + width] for i, j in starts]


def _binomial(x: Floats) -> Floats:
    """Return x (N, H, W) smoothed down and across by quarters of 1, 2, 1."""
    for axis in (1, 2):
        before, middle, after = neighbours(x, axis)
        x = np.asarray((before + 2 * middle + after) / 4, np.float32)
    return x


def _mixed(one: Images | Floats, other: Images | Floats, strength: Floats) -> Images:
    """Return the first at strength 0, the second at 1, and what lies between."""
    share = strength[:, None, None]
    return grey(one + share * (other - one.astype(np.float32)))


def grey(x: Floats) -> Images:
    """Return the nearest grey levels from 0 to 255."""
    return np.asarray(np.clip(np.rint(x), 0, 255), np.uint8)
