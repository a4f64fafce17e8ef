"""Images that the data lacks, made of those it has: other forms, and what is no digit.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from byhand.image.damage import draw
from byhand.image.geometry import mapped, moved

Images = NDArray[np.uint8]
Labels = NDArray[np.int64]

INK = 96  # grey levels from which a pixel counts as ink
BOX = 20 / 28  # the longer side of a character, of the image's side
# what is still a digit, or nearly, when turned so
WITH_PIECES_LIKE_DIGITS = (1, 6, 7, 9)  # a 0 in 6 and 9, a 1 in 7 and 9
LIKE_ITSELF = {
    "mirrored": (0, 1, 2, 5, 8),
    "turned": (0,),
    "upside down": (0, 1, 2, 5, 6, 8, 9),
}


def european(images: Images, labels: Labels, rng: np.random.Generator) -> None:
    """Give each 7 a bar, each 1 a flag and sometimes a foot, each 0 a slash; in place.

    MNIST was written by Americans; elsewhere 1 and 7 are told apart in this way, and
    some tell 0 from O by a slash.

    Args:
        images: (N, H, W); others than 0, 1 and 7, and blank ones, stay as they are.
        labels: (N,).
        rng: draws sizes and places.
    """
    sevens = np.flatnonzero((labels == 7) & images.any(axis=(1, 2)))
    if len(sevens):
        top, bottom, left, right = boxes(images[sevens])
        row = top + (bottom - top) * rng.uniform(0.45, 0.6, len(sevens))
        column = _columns_of_ink(images[sevens], np.rint(row).astype(int))
        half = 0.5 * (bottom - top) * rng.uniform(0.35, 0.6, len(sevens))
        slope = rng.uniform(-0.3, 0.1, len(sevens)) * half
        begin = np.stack([row - slope, column - half], axis=1)
        end = np.stack([row + slope, column + half], axis=1)
        draw(images, sevens, begin, end, rng.uniform(1.5, 2.8, len(begin)))
    zeros = np.flatnonzero((labels == 0) & images.any(axis=(1, 2)))
    if len(zeros):
        top, bottom, left, right = boxes(images[zeros])
        inset, over = rng.uniform(-0.1, 0.25, (2, len(zeros)))
        low = np.stack(
            [bottom - over * (bottom - top), left + inset * (right - left)], 1
        )
        high = np.stack(
            [top + over * (bottom - top), right - inset * (right - left)], 1
        )
        draw(images, zeros, low, high, rng.uniform(1.2, 2.4, len(zeros)))
    ones = np.flatnonzero((labels == 1) & images.any(axis=(1, 2)))
    if len(ones):
        top, bottom, left, right = boxes(images[ones])
        height = bottom - top
        column = _columns_of_ink(images[ones], top + 1)
        begin = np.stack([top + 0.5, column], axis=1)
        reach = height[:, None] * rng.uniform(0.2, 0.55, (len(ones), 2))
        draw(
            images,
            ones,
            begin,
            begin + reach * [1, -1],
            rng.uniform(1.5, 2.8, len(begin)),
        )
        some = np.flatnonzero(rng.random(len(ones)) < 0.3)
        foot = _columns_of_ink(images[ones], bottom - 1)[some]
        half = height[some] * rng.uniform(0.15, 0.35, len(some))
        low = bottom[some] - 0.5
        begin, end = (np.stack([low, foot + side * half], axis=1) for side in (-1, 1))
        draw(images, ones[some], begin, end, rng.uniform(1.5, 2.8, len(begin)))


def nondigits(images: Images, labels: Labels, rng: np.random.Generator) -> Images:
    """Return as many images of things that are no digit, made of digits and strokes.

    Args:
        images: (N, H, W) digits.
        labels: (N,) which they are.
        rng: draws what is done.
    """
    out = np.empty_like(images)
    kinds = rng.integers(len(KINDS), size=len(images))
    for number, make in enumerate(KINDS):
        some = np.flatnonzero(kinds == number)
        if len(some):
            others = rng.integers(len(images), size=len(some))
            out[some] = make(images[some], labels[some], images[others], rng)
    fitted = rng.random(len(out)) < 0.8  # as `prepare` would show them
    out[fitted] = fit(out[fitted])
    return out


def boxes(images: Images) -> tuple[Labels, Labels, Labels, Labels]:
    """Return top, bottom, left and right of the ink, (N,) each; bottom, right beyond.

    An image without ink is taken to be ink all over.
    """
    inked = images >= np.minimum(INK, images.max(axis=(1, 2), keepdims=True))
    sides = []
    for axis in (2, 1):
        any_ink = inked.any(axis=axis)
        sides += [any_ink.argmax(axis=1),
                  any_ink.shape[1] - any_ink[:, ::-1].argmax(axis=1)]  # fmt: skip
    return sides[0], sides[1], sides[2], sides[3]


def fit(images: Images) -> Images:
    """Return the images with their ink in a box of 20/28 of the side, in the middle."""
    top, bottom, left, right = boxes(images)
    height, width = images.shape[1:]
    scale = np.maximum(bottom - top, right - left) / (BOX * min(height, width))
    matrices = np.zeros((len(images), 2, 3), np.float32)
    matrices[:, 0, 0] = matrices[:, 1, 1] = scale
    matrices[:, 0, 2] = (top + bottom - height) / 2
    matrices[:, 1, 2] = (left + right - width) / 2
    return mapped(images, matrices)


def _read_at(images: Images, down: tuple[int, int], across: tuple[int, int]) -> Images:
    """Return the images turned or mirrored: (i, j) is read at down · (i, j) and so on.

    Places count from the middle. What of an oblong image would stick out is cut off.
    """
    one = np.array([[*down, 0], [*across, 0]], np.float32)
    return mapped(images, np.tile(one, (len(images), 1, 1)))


def _piece(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Keep what lies on one side of a line through the digit, or a bit of it."""
    n, height, width = images.shape
    angle = rng.uniform(0, 2 * np.pi, (n, 1, 1))
    i, j = np.indices((height, width)) - np.array([[[height]], [[width]]]) / 2
    side = np.cos(angle) * i + np.sin(angle) * j
    kept = side > rng.uniform(0, 4, (n, 1, 1))
    out = np.where(kept, images, 0).astype(np.uint8)
    like = np.isin(labels, WITH_PIECES_LIKE_DIGITS)
    out[like] = _shuffled(images[like], labels[like], others[like], rng)
    return out


def _two(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Put two digits side by side, touching or not."""
    apart = rng.integers(4, 8, len(images))
    still = np.zeros(len(images), np.int64)
    return np.maximum(moved(images, still, -apart), moved(others, still, apart))


def _over(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Write a digit over another that was turned a quarter."""
    return np.maximum(images, _read_at(others, (0, 1), (1, 0)))


def _turned(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Mirror a digit or turn it, unless it would look like one."""
    quarter = rng.choice([1, -1])
    ways = {
        "mirrored": images[:, :, ::-1],
        "turned": _read_at(images, (0, quarter), (-quarter, 0)),
        "upside down": images[:, ::-1, ::-1],
    }
    kinds = rng.integers(len(ways), size=len(images))
    out = _over(images, labels, others, rng)
    for number, (way, turned) in enumerate(ways.items()):
        some = (kinds == number) & ~np.isin(labels, LIKE_ITSELF[way])
        out[some] = turned[some]
    return out


def _shuffled(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Let the four quarters of a digit change places."""
    height, width = (side // 2 * 2 for side in images.shape[1:])
    out = np.zeros_like(images)
    top, left = slice(0, height // 2), slice(0, width // 2)
    low, right = slice(height // 2, height), slice(width // 2, width)
    new = (low, right), (top, right), (top, left), (low, left)
    old = (top, left), (low, left), (low, right), (top, right)
    for to, at in zip(new, old, strict=True):
        out[:, *to] = images[:, *at]
    return out


def _strokes(
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
        before = pen
        for t in (0.2, 0.4, 0.6, 0.8, 1.0):  # along a parabola, Bézier's
            here = (1 - t) ** 2 * pen + 2 * t * (1 - t) * bend + t**2 * end
            draw(out, drawn, before[drawn], here[drawn], width[drawn])
            before = here
        pen = end
    return out


def _scribbled(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Scribble over what is left of a digit: as dense as letters of other scripts."""
    piece = _piece(images, labels, others, rng)
    return np.maximum(piece, _strokes(images, labels, others, rng))


def _shapes(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Draw triangles, boxes and five-pointed stars."""
    n, sides = len(images), np.array(images.shape[1:])
    corners = rng.integers(3, 6, (n, 1))
    step = np.where(corners == 5, 2, 1)  # a pentagon would look like a 0
    start, width = rng.uniform(0, 2 * np.pi, (n, 1)), rng.uniform(1.2, 3, n)
    radius = rng.uniform(0.2, 0.42, (n, 2)) * sides
    out = np.zeros_like(images)

    def corner(number: int) -> NDArray[np.floating]:
        angle = start + 2 * np.pi * step * number / corners
        along = np.concatenate([np.cos(angle), np.sin(angle)], axis=1)
        return np.asarray(sides / 2 + radius * along)

    for number in range(5):
        draw(out, np.arange(n), corner(number), corner(number + 1), width)
    return out


def _blobs(
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
    grain = rng.standard_normal(images.shape, np.float32)
    grain *= rng.uniform(0, 60, (n, 1, 1)).astype(np.float32)
    return np.where(filled, np.clip(grey + grain, 0, 255), 0).astype(np.uint8)


def _noise(
    images: Images, labels: Labels, others: Images, rng: np.random.Generator
) -> Images:
    """Fill the image with noise, dense or sparse."""
    n = len(images)
    noise = rng.integers(0, 256, images.shape, np.uint8)
    return np.where(rng.random(images.shape) < rng.random((n, 1, 1)), noise, 0).astype(
        np.uint8
    )


KINDS: tuple[Callable[[Images, Labels, Images, np.random.Generator], Images], ...] = (
    _piece,
    _piece,
    _two,
    _two,
    _over,
    _over,
    _turned,
    _turned,
    _turned,
    _turned,
    _shuffled,
    _strokes,
    _strokes,
    _strokes,
    _scribbled,
    _scribbled,
    _scribbled,
    _shapes,
    _blobs,
    _noise,
)


def _columns_of_ink(images: Images, rows: Labels) -> NDArray[np.floating]:
    """Return the mean column of the ink in a row of each image; its middle if none."""
    rows = np.minimum(rows, images.shape[1] - 1)
    lines = images[np.arange(len(images)), rows].astype(float) + 1e-6  # (N, W)
    mean: NDArray[np.floating] = lines @ np.arange(images.shape[2]) / lines.sum(axis=1)
    return mean
