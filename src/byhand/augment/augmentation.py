"""Augmentation: training images changed at random, their labels left as they are.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from byhand import kernels
from byhand.augment.damage import DAMAGES
from byhand.augment.european import european
from byhand.augment.geometry import BOX, boxes
from byhand.augment.nondigits import nondigits
from byhand.augment.touching import cut_from_row
from byhand.errors import RecipeError

Images = NDArray[np.uint8]
Floats = NDArray[np.float32]

KNOTS = 4  # pixels from one random displacement to the next
SIGMA = 4.0  # pixels: how far a displacement reaches, as Simard's elasticity
WIDEST = 3.0  # times as wide as it was
SMALLER = 0.6  # of what stands anywhere, the share that is smaller as well
OUTSIDE = 2  # pixels of a digit that stands anywhere that may be cut off


SHARES = ("stretch", "roam", "damage", "european", "touching", "nondigits")


@dataclass(frozen=True)
class Augmentation:
    """How far each image may be changed; nothing where all is 0.

    Everything is drawn for each image anew, evenly within ± the limit. All bending is
    done at once, so an image is interpolated once only.

    Attributes:
        shift: whole pixels down and across.
        rotate: degrees.
        scale: 0.1 makes it 1/1.1 to 1.1 times as large.
        aspect: 0.1 makes it 1/1.1 to 1.1 times as wide for its height.
        shear: rows move by this much of their distance from the middle.
        elastic: pixels, the standard deviation of the places that pixels come from, in
            a random field that is smooth over some pixels (Simard et al. 2003).
        stretch: share of the images that are made wider, up to three times, until their
            ink is at most as wide as high: as scanners do that fill a square.
        roam: share of the images that stand anywhere, most of them made smaller, down
            to half.
        damage: share of the images that suffer one of `damage.DAMAGES`.
        european: share of the 0s, 1s, 4s, 7s and 9s that get European forms.
        touching: share of the images that are cut out beside a neighbour they touch.
        nondigits: share of the images that become something else, labelled -1.
    """

    shift: int = 0
    rotate: float = 0.0
    scale: float = 0.0
    aspect: float = 0.0
    shear: float = 0.0
    elastic: float = 0.0
    stretch: float = 0.0
    roam: float = 0.0
    damage: float = 0.0
    european: float = 0.0
    touching: float = 0.0
    nondigits: float = 0.0

    def __post_init__(self) -> None:
        """Refuse limits below 0 and shares above 1."""
        for field in fields(self):
            limit = 1 if field.name in SHARES else np.inf
            value = getattr(self, field.name)
            if not 0 <= value <= limit:
                name = f"augmentation: expected {field.name}"
                raise RecipeError(f"{name} from 0 to {limit:g}, got {value}")

    @property
    def random(self) -> bool:
        """Whether anything is drawn."""
        return self != NOTHING

    @property
    def bends(self) -> bool:
        """Whether more is done to images than moving them by whole pixels."""
        return any((self.rotate, self.scale, self.aspect, self.shear, self.elastic,
                    self.stretch, self.roam))  # fmt: skip

    def __call__(
        self,
        images: Images,
        labels: NDArray[np.int64],
        indices: NDArray[np.int64],
        rng: np.random.Generator | None,
        out: Images,
    ) -> NDArray[np.int64]:
        """Set out (N, H, W) to images[indices], changed; the images stay as they are.

        Args:
            images: (M, H, W), blank is 0.
            labels: (M,).
            indices: (N,).
            rng: draws the changes; None will do where nothing is `random`.
            out: (N, H, W).

        Returns:
            The labels (N,), -1 for what is no digit any more.
        """
        count, labels = len(indices), labels[indices]
        if rng is None:
            still = np.zeros((2, count), np.int64)
            kernels.gathered()(images, indices, still[0], still[1], out)
            return labels
        if some := self._drawn(self.european, count, rng):
            images, indices = images[indices], np.arange(count)
            formed = images[some]
            european(formed, labels[some], rng)
            images[some] = formed
        if self.bends:
            matrices = self.matrices(images, indices, rng)
            bent = elastic_fields(count, images.shape[1:], self.elastic, rng)
            kernels.warped()(images, indices, matrices, bent, out)
        else:
            moves = rng.integers(-self.shift, self.shift + 1, (2, count))
            kernels.gathered()(images, indices, moves[0], moves[1], out)
        if some := self._drawn(self.touching, count, rng):
            others = out[rng.integers(count, size=len(some))]
            out[some] = cut_from_row(out[some], others, rng)
        if some := self._drawn(self.nondigits, count, rng):
            out[some], labels[some] = nondigits(out[some], labels[some], rng), -1
        self._damage(out, rng)
        return labels

    def _drawn(self, share: float, count: int, rng: np.random.Generator) -> list[int]:
        """Return which images of so many are in the share, drawn for each."""
        return np.flatnonzero(rng.random(count) < share).tolist() if share else []

    def _damage(self, out: Images, rng: np.random.Generator) -> None:
        """Spoil some of the images, in place."""
        if not self.damage:
            return
        kinds = rng.integers(len(DAMAGES), size=len(out))
        kinds[rng.random(len(out)) >= self.damage] = -1
        for number, change in enumerate(DAMAGES.values()):
            some = np.flatnonzero(kinds == number)
            if len(some):
                strengths = rng.random(len(some), np.float32)
                out[some] = change(out[some], strengths, rng)

    def matrices(
        self, images: Images, indices: NDArray[np.int64], rng: np.random.Generator
    ) -> Floats:
        """Return the maps (N, 2, 3) from a pixel's place to where it is read.

        images (M, H, W) and indices (N,) as of a call.

        The middle of the image is (0, 0). With the image's own change
        A = rotation · shear · sizes, and t how far it goes, a pixel p of the result
        shows what was at A⁻¹ (p - t).
        """
        count, shape = len(indices), np.array(images.shape[1:])
        draw = rng.uniform(-1, 1, (6, count)).astype(np.float32)
        angle = draw[0] * np.float32(np.radians(self.rotate))
        size = (1 + self.scale) ** draw[1]
        wider = (1 + self.aspect) ** (draw[2] / 2)
        slant = self.shear * draw[3]
        move = np.round(self.shift * draw[4:])  # (2, N)
        if some := self._drawn(self.stretch, count, rng):
            top, bottom, left, right = boxes(images[indices[some]])
            ratio = np.clip((bottom - top) / (right - left), 1, WIDEST)
            ratio **= rng.uniform(0, 0.5, len(some))  # the root: half of it is size
            size[some] *= ratio
            wider[some] *= ratio
        if free := self._drawn(self.roam, count, rng):
            smaller = rng.random(len(free)) < SMALLER
            size[free] *= np.where(smaller, rng.uniform(0.45, 1.05, len(free)), 1)
            room = shape[:, None] * (1 - BOX * size[free]) / 2
            move[:, free] = rng.uniform(-1, 1, (2, len(free))) * (room + OUTSIDE)
        cos, sin = np.cos(angle), np.sin(angle)
        inverse = np.empty((count, 2, 3), np.float32)
        # A⁻¹ = sizes⁻¹ · shear⁻¹ · rotation⁻¹, rows (down) and columns (across)
        inverse[:, 0, 0] = cos * wider / size
        inverse[:, 0, 1] = -sin * wider / size
        inverse[:, 1, 0] = (sin - slant * cos) / (size * wider)
        inverse[:, 1, 1] = (cos + slant * sin) / (size * wider)
        inverse[:, :, 2] = -np.einsum("nij,jn->ni", inverse[:, :, :2], move)
        return inverse


NOTHING = Augmentation()


def elastic_fields(
    count: int, shape: tuple[int, ...], deviation: float, rng: np.random.Generator
) -> Floats:
    """Return smooth random displacements (N, 2, H, W) in pixels, or none, (0, 2, H, W).

    Independent normal numbers on a coarse grid are blurred by a Gaussian, as G a Gᵀ:
    what Simard does with a number for each pixel, at a twentieth of the numbers. For a
    Gaussian of 4 pixels a grid of 4 is fine enough to leave no trace.

    Source: Simard, Steinkraus and Platt 2003, "Best practices for convolutional neural
    networks applied to visual document analysis", section 2.
    """
    height, width = shape[:2]
    if not deviation:
        return np.empty((0, 2, height, width), np.float32)
    down, across = blur_from_knots(height), blur_from_knots(width)
    coarse = rng.standard_normal(
        (2 * count, down.shape[1], across.shape[1]), np.float32
    )
    field = np.matmul(down, coarse @ across.T)  # (2N, H, W)
    field *= np.float32(deviation)
    bent: Floats = field.reshape(count, 2, height, width)
    return bent


@functools.cache
def blur_from_knots(size: int) -> Floats:
    """Return G (size, knots); G a has variance 1 everywhere if a has."""
    knots = np.arange(-2 * KNOTS, size + 2 * KNOTS, KNOTS)
    distance = np.arange(size)[:, None] - knots - (size - 1) % KNOTS / 2
    g = np.exp(-0.5 * (distance / SIGMA) ** 2)
    g /= np.sqrt((g**2).sum(axis=1, keepdims=True))
    return np.asarray(g, np.float32)
