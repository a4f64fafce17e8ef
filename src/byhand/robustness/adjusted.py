"""Images changed by hand: turned, moved, enlarged, written thicker, spoilt by noise.

All images are changed alike, unlike those of a `Condition`. Letters: N images,
H × W pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from byhand.augment import damage
from byhand.augment.geometry import mapped
from byhand.types import Floats, Images

THICKEST = 2.0  # pixels
NOISE = 60.0  # grey levels: what `damage.noisy` adds at strength 1


@dataclass(frozen=True)
class Adjustment:
    """What is done to every image; nothing unless given.

    Attributes:
        degrees: of rotation about the middle, clockwise.
        right: pixels.
        down: pixels.
        scale: about the middle; above 0, and 1 leaves the size.
        thickness: pixels that ink gains at its edges, or loses below 0; up to 2.
        noise: deviation of the normal noise on each pixel, grey levels.
    """

    degrees: float = 0.0
    right: float = 0.0
    down: float = 0.0
    scale: float = 1.0
    thickness: float = 0.0
    noise: float = 0.0


def adjusted(images: Images, by: Adjustment, rng: np.random.Generator) -> Images:
    """Return images (N, H, W): first their strokes changed, then placed, then noise."""
    change = damage.thicker if by.thickness > 0 else damage.thinner
    left = min(abs(by.thickness), THICKEST)
    while left > 0:
        images = change(images, _strength(images, min(left, 1)), rng)
        left -= 1
    if (by.degrees, by.right, by.down, by.scale) != (0, 0, 0, 1):
        images = mapped(images, np.repeat(matrix(by)[None], len(images), axis=0))
    if by.noise > 0:
        images = damage.noisy(images, _strength(images, by.noise / NOISE), rng)
    return images


def matrix(by: Adjustment) -> Floats:
    """Return from a pixel's place about the middle to where it is read, (2, 3)."""
    angle = np.radians(by.degrees)
    cos, sin = np.cos(angle) / by.scale, np.sin(angle) / by.scale
    back = np.array([[cos, -sin], [sin, cos]])  # down, across
    shift = -back @ np.array([by.down, by.right])
    return np.column_stack([back, shift]).astype(np.float32)


def _strength(images: Images, value: float) -> Floats:
    return np.full(len(images), value, np.float32)
