"""The conditions of a robustness test: what is done to the test images.

Every condition has a random generator of its own with a fixed seed, so that the same
images come out each time.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from byhand.augment import damage
from byhand.augment.geometry import moved
from byhand.ink.prepare import prepare
from byhand.robustness.corruptions import CORRUPTIONS, SIDE, rotated_by
from byhand.types import Images

if TYPE_CHECKING:
    from byhand.data.datasets import Split

Change = Callable[[Images, np.random.Generator], Images]

CHUNK = 500  # images that are changed at a time
SEED = 1906_02337
MNIST_C = "MNIST-C"
STRAIGHT = ((1, 0), (-1, 0), (0, 1), (0, -1))  # directions, down and right
DIAGONAL = ((1, 1), (1, -1), (-1, 1), (-1, -1))


@dataclass(frozen=True)
class Condition:
    """What is done to the test images, under which name.

    Attributes:
        group: "unchanged", "place", "pen", "paper" or "MNIST-C".
        name: unlike that of any other condition.
        change: takes images (N, H, W) uint8 and a generator; returns new images.
    """

    group: str
    name: str
    change: Change


def changed(split: Split, condition: Condition) -> Iterator[Images]:
    """Yield the images of a split under a condition, (up to 500, H, W) at a time."""
    rng = np.random.default_rng([SEED, zlib.crc32(condition.name.encode())])
    for start in range(0, len(split.labels), CHUNK):
        yield condition.change(np.array(split.images[start : start + CHUNK]), rng)


def unchanged(images: Images, rng: np.random.Generator) -> Images:
    """Leave the images as they are."""
    return images


def shifted(pixels: int, directions: tuple[tuple[int, int], ...]) -> Change:
    """Return a change that moves images by this many pixels of 28, in a direction."""

    def change(images: Images, rng: np.random.Generator) -> Images:
        """Move along a direction, drawn for each image, by the whole distance."""
        drawn = rng.integers(0, len(directions), len(images))
        steps = np.array(directions)[drawn]  # (N, 2)
        far = [max(1, round(pixels * side / SIDE)) for side in images.shape[1:]]
        return moved(images, steps[:, 0] * far[0], steps[:, 1] * far[1])

    return change


def rotated(degrees: float) -> Change:
    """Return a change that rotates each image by this angle, to the left or right."""

    def change(images: Images, rng: np.random.Generator) -> Images:
        """Rotate about the middle."""
        signs = 2 * rng.integers(0, 2, len(images)) - 1
        return rotated_by(images, np.radians(degrees) * signs)

    return change


def halved(images: Images, rng: np.random.Generator) -> Images:
    """Shrink to half the size, in the middle: a pixel is the mean of four."""
    n, height, width = images.shape
    even = np.pad(images, ((0, 0), (0, height % 2), (0, width % 2)))
    h, w = even.shape[1] // 2, even.shape[2] // 2
    small = even.reshape(n, h, 2, w, 2).mean(axis=(2, 4))
    top, left = (height - h) // 2, (width - w) // 2
    out = np.zeros_like(images)
    out[:, top : top + h, left : left + w] = damage.grey(small)
    return out


def halved_anywhere(images: Images, rng: np.random.Generator) -> Images:
    """Shrink to half the size and move to where all ink is still in the image."""
    small = halved(images, rng)
    moves = []
    for across in (2, 1):
        inked = np.asarray(small.any(axis=across))  # (N, H) or (N, W)
        before, after = inked.argmax(axis=1), inked[:, ::-1].argmax(axis=1)
        moves.append(rng.integers(-before, after + 1))
    return moved(small, *moves)


def inverted(images: Images, rng: np.random.Generator) -> Images:
    """Make ink dark and paper bright."""
    return 255 - images


def inverted_and_prepared(images: Images, rng: np.random.Generator) -> Images:
    """Invert the images, and bring them back into form by `byhand.prepare`."""
    height, width = images.shape[1:]
    out = np.empty_like(images)
    for n, image in enumerate(inverted(images, rng)):
        out[n] = prepare(image, (height, width))
    return out


def fully(spoil: damage.Damage) -> Change:
    """Return a damage at its full strength, 1."""

    def change(images: Images, rng: np.random.Generator) -> Images:
        """Spoil every image."""
        return spoil(images, np.ones(len(images), np.float32), rng)

    return change


CONDITIONS: tuple[Condition, ...] = (
    Condition("unchanged", "clean", unchanged),
    Condition("place", "shift 3", shifted(3, STRAIGHT)),
    Condition("place", "shift 6", shifted(6, STRAIGHT)),
    Condition("place", "shift 3, diagonal", shifted(3, DIAGONAL)),
    Condition("place", "shift 6, diagonal", shifted(6, DIAGONAL)),
    Condition("place", "half size, centred", halved),
    Condition("place", "half size, anywhere", halved_anywhere),
    Condition("place", "rotation 15°", rotated(15)),
    Condition("place", "rotation 30°", rotated(30)),
    Condition("pen", "thin", fully(damage.thinner)),
    Condition("pen", "thick", fully(damage.thicker)),
    Condition("paper", "noise", fully(damage.noisy)),
    Condition("paper", "blur", fully(damage.blurred)),
    Condition("paper", "low contrast", fully(damage.faint)),
    Condition("paper", "inverted", inverted),
    Condition("paper", "inverted, prepared", inverted_and_prepared),
    *(
        Condition(MNIST_C, name.replace("_", " "), change)
        for name, change in CORRUPTIONS.items()
    ),
)
