"""Forms of digits that the data lacks: how they are written in Europe.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import numpy as np

from byhand.augment.geometry import boxes, columns_of_ink
from byhand.augment.pen import curve, draw
from byhand.types import Floats, Images, Integers, Labels


def european(images: Images, labels: Labels, rng: np.random.Generator) -> None:
    """Give digits the forms that they have in Europe; in place.

    MNIST was written by Americans. Elsewhere a 1 has a flag, as long as itself at
    times, and some have a foot; a 7 has a bar, which a 1 never has; a 0 may
    have a slash, against O, or the curl with which it was begun or ended. The tail of a
    9 is hooked, and a 4 stays open: a bolt with a stroke through it.

    Args:
        images: (N, H, W); 2, 3, 5, 6 and 8, and blank ones, stay as they are.
        labels: (N,).
        rng: draws sizes and places.
    """
    for digit, change in FORMS.items():
        some = np.flatnonzero((labels == digit) & images.any(axis=(1, 2)))
        if len(some):
            change(images, some, rng)


def slashed(images: Images, some: Integers, rng: np.random.Generator) -> None:
    """Draw a slash through half of the 0s, and a curl at the top of the others."""
    half = rng.random(len(some)) < 0.5
    _curled(images, some[~half], rng)
    some = some[half]
    top, bottom, left, right = boxes(images[some])
    inset, over = rng.uniform(-0.1, 0.25, (2, len(some)))
    low = np.stack([bottom - over * (bottom - top), left + inset * (right - left)], 1)
    high = np.stack([top + over * (bottom - top), right - inset * (right - left)], 1)
    draw(images, some, low, high, rng.uniform(1.2, 2.4, len(some)))


def _curled(images: Images, some: Integers, rng: np.random.Generator) -> None:
    """Draw a short curve from the top of each 0, into it or away to the right."""
    top, bottom, left, right = boxes(images[some])
    begin = np.stack([top + 1.0, columns_of_ink(images[some], top + 1)], axis=1)
    height, width = bottom - top, right - left
    down, across = (
        rng.uniform(-0.15, 0.45, len(some)),
        rng.uniform(-0.4, 0.7, len(some)),
    )
    end = begin + np.stack([down * height, across * width], axis=1)
    bend = (begin + end) / 2 + rng.normal(0, 2.5, end.shape)
    curve(images, some, begin, bend, end, rng.uniform(1.2, 2.6, len(some)))


def flagged(images: Images, some: Integers, rng: np.random.Generator) -> None:
    """Draw a flag from the head of each 1 down to the left, and some a foot."""
    top, bottom, _, _ = boxes(images[some])
    height = bottom - top
    column = columns_of_ink(images[some], top + 1)
    begin = np.stack([top + 0.5, column], axis=1)
    down, across = rng.uniform(0.2, 0.8, len(some)), rng.uniform(0.2, 0.55, len(some))
    end = begin + height[:, None] * np.stack([down, -across], axis=1)
    draw(images, some, begin, end, rng.uniform(1.5, 2.8, len(begin)))
    footed = np.flatnonzero(rng.random(len(some)) < 0.3)
    foot = columns_of_ink(images[some], bottom - 1)[footed]
    half = height[footed] * rng.uniform(0.15, 0.35, len(footed))
    low = bottom[footed] - 0.5
    begin, end = (np.stack([low, foot + side * half], axis=1) for side in (-1, 1))
    draw(images, some[footed], begin, end, rng.uniform(1.5, 2.8, len(begin)))


def bolted(images: Images, some: Integers, rng: np.random.Generator) -> None:
    """Write half of the 4s from scratch: a bolt with a stroke through it."""
    some = some[rng.random(len(some)) < 0.5]
    top, bottom, left, right = boxes(images[some])
    height, wide = (bottom - top)[:, None], (right - left)[:, None]
    wide = np.maximum(wide, 0.6 * height)
    corner = np.stack([top, left], axis=1)

    def place(down: float, across: float) -> Floats:
        jitter = rng.uniform(-0.14, 0.14, (2, len(some), 1))
        shares = np.concatenate([down + jitter[0], across + jitter[1]], axis=1)
        return np.asarray(corner + shares * np.concatenate([height, wide], axis=1))

    width = rng.uniform(1.5, 2.8, len(some))
    images[some] = 0
    low_left, begin, end = place(0.6, 0.08), place(0.42, 0.82), place(0.95, 0.68)
    curve(images, some, place(0.03, 0.55), place(0.35, 0.3), low_left, width)
    draw(images, some, low_left, place(0.65, 0.95), width)
    draw(images, some, begin, end, width)


def barred(images: Images, some: Integers, rng: np.random.Generator) -> None:
    """Draw a bar through the stem of each 7."""
    top, bottom, _, _ = boxes(images[some])
    row = top + (bottom - top) * rng.uniform(0.45, 0.6, len(some))
    column = columns_of_ink(images[some], np.rint(row).astype(int))
    half = 0.5 * (bottom - top) * rng.uniform(0.35, 0.6, len(some))
    slope = rng.uniform(-0.3, 0.1, len(some)) * half
    begin = np.stack([row - slope, column - half], axis=1)
    end = np.stack([row + slope, column + half], axis=1)
    draw(images, some, begin, end, rng.uniform(1.5, 2.8, len(begin)))


def hooked(images: Images, some: Integers, rng: np.random.Generator) -> None:
    """Bend the tail of each 9 round to the left."""
    top, bottom, _, _ = boxes(images[some])
    height = bottom - top
    column = columns_of_ink(images[some], bottom - 1)
    begin = np.stack([bottom - 1.0, column], axis=1)
    reach = height[:, None] * rng.uniform(0.3, 0.7, (len(some), 1))
    deep, up = rng.uniform(0.0, 0.3, len(some)), rng.uniform(0.0, 0.5, len(some))
    bend = begin + reach * np.stack([deep, -0.6 + 0 * deep], axis=1)
    end = begin + reach * np.stack([-up, -1 + 0 * up], axis=1)
    curve(images, some, begin, bend, end, rng.uniform(1.5, 2.8, len(some)))


FORMS = {0: slashed, 1: flagged, 4: bolted, 7: barred, 9: hooked}
