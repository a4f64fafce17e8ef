"""Images that show no digit, made of digits and strokes: what a network must reject.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from byhand.augment.geometry import fit, mapped, moved
from byhand.augment.pen import along, curve, draw
from byhand.types import Floats, Images, Labels

Make = Callable[[Images, Labels, Images, np.random.Generator], Images]

LEAST_NEIGHBOUR = 0.35  # of a digit's ink; beside less, a digit is still one
FRAGMENTS_ARE_DIGITS = (1, 6, 7, 9)  # a 0 in 6 and 9, a 1 in 7 and 9
STILL_A_DIGIT = {  # digits that are still one, or nearly, when changed like this
    "mirrored": (0, 1, 2, 5, 8),
    "rotated": (0,),
    "upside down": (0, 1, 2, 5, 6, 8, 9),
}


def nondigits(images: Images, labels: Labels, rng: np.random.Generator) -> Images:
    """Return as many images that show no digit, made of digits and strokes.

    Args:
        images: (N, H, W) digits.
        labels: (N,) their classes.
        rng: draws the kind of each image and how it is made.
    """
    out = np.empty_like(images)
    makers = [make for make, weight in KINDS.items() for _ in range(weight)]
    drawn = rng.integers(len(makers), size=len(images))
    for number, make in enumerate(makers):
        some = np.flatnonzero(drawn == number)
        if len(some):
            others = rng.integers(len(images), size=len(some))
            out[some] = make(images[some], labels[some], images[others], rng)
    fitted = rng.random(len(out)) < 0.8  # as `prepare` would pass them on
    out[fitted] = fit(out[fitted])
    return out


def _read_at(images: Images, down: tuple[int, int], across: tuple[int, int]) -> Images:
    """Return the images rotated or mirrored: (i, j) is read at down · (i, j) and so on.

    Places count from the middle. What of an oblong image would stick out is cut off.
    """
    one = np.array([[*down, 0], [*across, 0]], np.float32)
    return mapped(images, np.tile(one, (len(images), 1, 1)))


def fragment(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Keep what lies on one side of a line through the digit."""
    n, height, width = images.shape
    angle = rng.uniform(0, 2 * np.pi, (n, 1, 1))
    i, j = np.indices((height, width)) - np.array([[[height]], [[width]]]) / 2
    side = np.cos(angle) * i + np.sin(angle) * j
    kept = side > rng.uniform(0, 4, (n, 1, 1))
    out = np.where(kept, images, 0).astype(np.uint8)
    like = np.isin(labels, FRAGMENTS_ARE_DIGITS)
    out[like] = shuffled(images[like], labels[like], others[like], rng)
    return out


def pair(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Put two digits side by side, touching or not."""
    apart = rng.integers(4, 8, len(images))
    still = np.zeros(len(images), np.int64)
    return np.maximum(moved(images, still, -apart), moved(others, still, apart))


def overwritten(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Write a digit over another that was rotated by 90°."""
    return np.maximum(images, _read_at(others, (0, 1), (1, 0)))


def mirrored_or_rotated(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Mirror a digit or rotate it, unless the result would look like a digit."""
    quarter = rng.choice([1, -1])
    changed = {
        "mirrored": images[:, :, ::-1],
        "rotated": _read_at(images, (0, quarter), (-quarter, 0)),
        "upside down": images[:, ::-1, ::-1],
    }
    kinds = rng.integers(len(changed), size=len(images))
    out = overwritten(images, labels, others, rng)
    for number, (name, result) in enumerate(changed.items()):
        some = (kinds == number) & ~np.isin(labels, STILL_A_DIGIT[name])
        out[some] = result[some]
    return out


def shuffled(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Swap the four quarters of a digit."""
    height, width = (side // 2 * 2 for side in images.shape[1:])
    out = np.zeros_like(images)
    top, left = slice(0, height // 2), slice(0, width // 2)
    low, right = slice(height // 2, height), slice(width // 2, width)
    new = (low, right), (top, right), (top, left), (low, left)
    old = (top, left), (low, left), (low, right), (top, right)
    for to, at in zip(new, old, strict=True):
        out[:, *to] = images[:, *at]
    return out


def scribbles(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Scribble: three to eight strokes, straight or bent, from anywhere to anywhere."""
    n, sides = len(images), np.array(images.shape[1:])
    out, width = np.zeros_like(images), rng.uniform(1.5, 3.5, n)
    pen = rng.uniform(0.15, 0.85, (n, 2)) * sides
    for number in range(8):
        drawn = np.flatnonzero(rng.random(n) < (1 if number < 3 else 0.4))
        lifted = rng.random((n, 1)) < 0.5
        pen = np.where(lifted, rng.uniform(0.15, 0.85, (n, 2)) * sides, pen)
        bend, end = rng.uniform(0.15, 0.85, (2, n, 2)) * sides
        bend = np.where(rng.random((n, 1)) < 0.5, bend, (pen + end) / 2)
        curve(out, drawn, pen[drawn], bend[drawn], end[drawn], width[drawn])
        pen = end
    return out


def characters(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Write signs of no script: bars and stems, crossed by strokes that hook and loop.

    There are always two strokes that do not belong together in a digit.
    """
    n, side = len(images), min(images.shape[1:])
    out, width = np.zeros_like(images), rng.uniform(1.2, 3.2, n)
    middle = np.array(images.shape[1:]) / 2
    barred = rng.random(n) < 0.75
    for number in range(4):
        chance = (1, 0.85, 0.4, 0.2)[number]
        drawn = np.flatnonzero(barred & (rng.random(n) < chance))
        vertical = rng.random(len(drawn)) < (0.2 if number == 0 else 0.6)
        angle = rng.normal(0, 0.15, len(drawn)) + np.where(vertical, np.pi / 2, 0)
        ray = np.stack([np.sin(angle), np.cos(angle)], axis=1)
        half = ray * rng.uniform(0.18, 0.4, (len(drawn), 1)) * side
        centre = middle + rng.uniform(-0.25, 0.25, (len(drawn), 2)) * side
        draw(out, drawn, centre - half, centre + half, width[drawn])
    for number in range(3):
        chances = np.where(barred, (1, 0.5, 0.2)[number], (1, 1, 0.5)[number])
        drawn = np.flatnonzero(rng.random(n) < chances)
        begin = middle + rng.uniform(-0.35, 0.3, (len(drawn), 2)) * side
        turning = rng.normal(0, 3.5, (2, len(drawn)))
        length = rng.uniform(0.5, 1.7, len(drawn)) * side
        heading = rng.uniform(-0.5, 2.5, len(drawn))
        along(out, drawn, begin, heading, (turning[0], turning[1]), length,
              width[drawn])  # fmt: skip
    return out


def with_neighbour(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Put a digit beside a large part of another, as a wrong cut leaves it."""
    n, width = len(images), images.shape[2]
    apart = rng.integers(6, 10, n)
    still, side = np.zeros(n, np.int64), rng.choice([-1, 1], n)
    beside = moved(others, rng.integers(-2, 3, n), apart * side)
    columns = np.arange(width) - width / 2
    reach = apart * side * rng.uniform(0.8, 1.4, n)
    kept = columns * side[:, None] < (reach * side)[:, None]  # (N, W)
    part = np.where(kept[:, None, :], beside, 0).astype(np.uint8)
    little = part.sum(axis=(1, 2)) < LEAST_NEIGHBOUR * beside.sum(axis=(1, 2))
    part[little] = beside[little]
    return np.maximum(moved(images, still, -apart * side // 2), part)


def scribbled_fragment(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Scribble over a fragment of a digit: as dense as letters of other scripts."""
    kept = fragment(images, labels, others, rng)
    return np.maximum(kept, scribbles(images, labels, others, rng))


def shapes(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Draw triangles, boxes and five-pointed stars."""
    n, sides = len(images), np.array(images.shape[1:])
    corners = rng.integers(3, 6, (n, 1))
    step = np.where(corners == 5, 2, 1)  # a pentagon would look like a 0
    start, width = rng.uniform(0, 2 * np.pi, (n, 1)), rng.uniform(1.2, 3, n)
    radius = rng.uniform(0.2, 0.42, (n, 2)) * sides
    out = np.zeros_like(images)

    def corner(number: int) -> Floats:
        angle = start + 2 * np.pi * step * number / corners
        along = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
        return np.asarray(sides / 2 + radius * along)

    for number in range(5):
        draw(out, np.arange(n), corner(number), corner(number + 1), width)
    return out


def blobs(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Fill areas with even or speckled grey, as pictures of things have them."""
    n, height, width = images.shape
    rows, columns = (
        np.linspace(-1, 1, side, dtype=np.float32) for side in (height, width)
    )
    waves = np.zeros(images.shape, np.float32)
    for _ in range(4):
        down, across = rng.uniform(-6, 6, (2, n, 1, 1)).astype(np.float32)
        phase = rng.uniform(0, 2 * np.pi, (n, 1, 1)).astype(np.float32)
        waves += np.cos(down * rows[:, None] + across * columns + phase)
    filled = waves > rng.uniform(-2, 1, (n, 1, 1)).astype(np.float32)
    grey = rng.uniform(60, 255, (n, 1, 1)).astype(np.float32)
    speckle = rng.standard_normal(images.shape, np.float32)
    speckle *= rng.uniform(0, 60, (n, 1, 1)).astype(np.float32)
    return np.where(filled, np.clip(grey + speckle, 0, 255), 0).astype(np.uint8)


def noise(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Fill the image with noise, dense or sparse."""
    levels = rng.integers(0, 256, images.shape, np.uint8)
    chosen = rng.random(images.shape) < rng.random((len(images), 1, 1))
    return np.where(chosen, levels, 0).astype(np.uint8)


KINDS: dict[Make, int] = {  # how often each is drawn, of 25 times
    fragment: 2,
    pair: 2,
    with_neighbour: 2,
    overwritten: 2,
    mirrored_or_rotated: 4,
    shuffled: 1,
    scribbles: 2,
    characters: 4,
    scribbled_fragment: 3,
    shapes: 1,
    blobs: 1,
    noise: 1,
}
