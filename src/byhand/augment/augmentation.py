"""Augmentation: training images changed at random, their labels left as they are.

Letters: N images, H × W pixels, C channels.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand import kernels
from byhand.augment.damage import DAMAGES
from byhand.augment.elastic import elastic_fields
from byhand.augment.european import european
from byhand.augment.geometry import BOX, boxes
from byhand.augment.nondigits import nondigits
from byhand.augment.own import known
from byhand.augment.touching import cut_from_row
from byhand.constraints import Constraint, Integer, Part, Real, check_settings
from byhand.types import Images, Integers, Labels

Floats = NDArray[np.float32]

OWN = "own"  # what stands for a function that the caller gave
WIDEST = 3.0  # times as wide as it was
SMALLER = 0.6  # of what stands anywhere, the share that is smaller as well
OUTSIDE = 2  # pixels of a digit that stands anywhere that may be cut off

# A setting, and what it may be.
CONSTRAINTS: dict[str, Constraint] = {
    "shift": Integer(0),
    "rotate": Real(0),
    "scale": Real(0),
    "aspect": Real(0),
    "shear": Real(0),
    "elastic": Real(0),
    "stretch": Real(0, 1),
    "roam": Real(0, 1),
    "damage": Real(0, 1),
    "european": Real(0, 1),
    "touching": Real(0, 1),
    "nondigits": Real(0, 1),
    "own": Part("", OWN, known=known),
}


@dataclass(frozen=True)
class Augmentation:
    """How far each image may be changed; not at all where everything is 0.

    Everything is drawn for each image by itself, evenly within ± the limit. All bending
    is done at once, so an image is interpolated only once.

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
        nondigits: share of the images that become non-digits, of the reject class.
        own: what changes them after all this: words of a plug-in's augmentation, as
            "erase 6"; "own" where `byhand.train` was given a function.
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
    own: str = ""

    def __repr__(self) -> str:
        changed = [f"{n}={v!r}" for n, v in vars(self).items() if v]
        return f"Augmentation({', '.join(changed)})"

    def __post_init__(self) -> None:
        """Refuse limits below 0 and shares above 1."""
        check_settings("augmentation", self, CONSTRAINTS)

    @property
    def random(self) -> bool:
        """Whether anything is drawn."""
        return self != NO_AUGMENTATION

    @property
    def moves_only(self) -> bool:
        """Whether images are moved and bent, and nothing is drawn into them."""
        drawn = self.damage, self.european, self.touching, self.nondigits
        return not (any(drawn) or self.own)

    @property
    def bends(self) -> bool:
        """Whether more is done to images than moving them by whole pixels."""
        return any((self.rotate, self.scale, self.aspect, self.shear, self.elastic,
                    self.stretch, self.roam))  # fmt: skip

    def __call__(
        self,
        images: Images,
        labels: Labels,
        indices: Integers,
        rng: np.random.Generator | None,
        out: Images,
        reject: int,
        ink: Images | None = None,
    ) -> Labels:
        """Set out (N, H, W) to images[indices], changed; the images stay as they are.

        Args:
            images: (M, H, W), blank is 0, or (M, H, W, C), each channel changed alike.
            labels: (M,).
            indices: (N,).
            rng: draws the changes; None will do where nothing is `random`.
            out: (N, H, W), or (N, H, W, C).
            reject: the number of the reject class.
            ink: (M, H, W), where the ink is; the images themselves unless given.

        Returns:
            The labels (N,), `reject` for what is no digit any more.
        """
        if images.ndim == 4:  # (M, H, W, C)
            return self._each_channel(images, labels, indices, rng, out, reject)
        labels = labels[indices]
        if rng is None:
            still = np.zeros((2, len(indices)), np.int64)
            kernels.gathered()(images, indices, still[0], still[1], out)
            return labels
        self._move(images, labels, indices, rng, out, ink)
        self._join_neighbours(out, rng)
        if some := _drawn(self.nondigits, len(out), rng):
            out[some], labels[some] = nondigits(out[some], labels[some], rng), reject
        self._damage(out, rng)
        return labels

    def _each_channel(
        self,
        images: Images,
        labels: Labels,
        indices: Integers,
        rng: np.random.Generator | None,
        out: Images,
        reject: int,
    ) -> Labels:
        """Change every channel by the same chance; as of a call."""
        chosen, given = images[indices], labels[indices]  # (N, H, W, C), (N,)
        ink = chosen.max(axis=3)  # one box of ink for all channels: `stretch` asks
        every = np.arange(len(indices))
        for channel in range(chosen.shape[3]):
            plane = np.ascontiguousarray(chosen[..., channel])
            result, same = np.empty_like(plane), copy.deepcopy(rng)
            found = self(plane, given, every, same, result, reject, ink)
            out[..., channel] = result
        return found

    def _move(
        self,
        images: Images,
        labels: Labels,
        indices: Integers,
        rng: np.random.Generator,
        out: Images,
        ink: Images | None,
    ) -> None:
        """Set out to the images, some in European form, bent or moved."""
        count = len(indices)
        if some := _drawn(self.european, count, rng):
            ink = None if ink is None else ink[indices]
            images, indices = images[indices], np.arange(count)
            formed = images[some]
            european(formed, labels[some], rng)
            images[some] = formed
        if self.bends:
            matrices = self.matrices(images if ink is None else ink, indices, rng)
            bent = elastic_fields(count, images.shape[1:], self.elastic, rng)
            kernels.warped()(images, indices, matrices, bent, out)
        else:
            moves = rng.integers(-self.shift, self.shift + 1, (2, count))
            kernels.gathered()(images, indices, moves[0], moves[1], out)

    def _join_neighbours(self, out: Images, rng: np.random.Generator) -> None:
        """Cut some of the images out beside a neighbour that they touch, in place."""
        if some := _drawn(self.touching, len(out), rng):
            others = out[rng.integers(len(out), size=len(some))]
            out[some] = cut_from_row(out[some], others, rng)

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
        self, images: Images, indices: Integers, rng: np.random.Generator
    ) -> Floats:
        """Return the maps (N, 2, 3) from a pixel's place to where it is read.

        images (M, H, W) and indices (N,) as of a call; `inverse_maps` has the formula.
        """
        count, shape = len(indices), np.array(images.shape[1:])
        draw = rng.uniform(-1, 1, (6, count)).astype(np.float32)
        angle = draw[0] * np.float32(np.radians(self.rotate))
        size = (1 + self.scale) ** draw[1]
        wider = (1 + self.aspect) ** (draw[2] / 2)
        slant = self.shear * draw[3]
        move = np.round(self.shift * draw[4:])  # (2, N)
        if some := _drawn(self.stretch, count, rng):
            top, bottom, left, right = boxes(images[indices[some]])
            ratio = np.clip((bottom - top) / (right - left), 1, WIDEST)
            ratio **= rng.uniform(0, 0.5, len(some))  # the root: half of it is size
            size[some] *= ratio
            wider[some] *= ratio
        if free := _drawn(self.roam, count, rng):
            smaller = rng.random(len(free)) < SMALLER
            size[free] *= np.where(smaller, rng.uniform(0.45, 1.05, len(free)), 1)
            room = shape[:, None] * (1 - BOX * size[free]) / 2
            move[:, free] = rng.uniform(-1, 1, (2, len(free))) * (room + OUTSIDE)
        return inverse_maps(angle, size, wider, slant, move)


NO_AUGMENTATION = Augmentation()


def _drawn(share: float, count: int, rng: np.random.Generator) -> list[int]:
    """Return which of `count` images are in the share, drawn for each."""
    return np.flatnonzero(rng.random(count) < share).tolist() if share else []


def inverse_maps(
    angle: Floats, size: Floats, wider: Floats, slant: Floats, move: Floats
) -> Floats:
    """Return the maps (N, 2, 3) of changes: angle, size ... (N,) each, move (2, N).

    The middle of the image is (0, 0). With the image's own change
    A = rotation · shear · sizes, and t how far it goes, a pixel p of the result
    shows what was at A⁻¹ (p - t).
    """
    cos, sin = np.cos(angle), np.sin(angle)
    inverse = np.empty((len(angle), 2, 3), np.float32)
    # A⁻¹ = sizes⁻¹ · shear⁻¹ · rotation⁻¹, rows (down) and columns (across)
    inverse[:, 0, 0] = cos * wider / size
    inverse[:, 0, 1] = -sin * wider / size
    inverse[:, 1, 0] = (sin - slant * cos) / (size * wider)
    inverse[:, 1, 1] = (cos + slant * sin) / (size * wider)
    inverse[:, :, 2] = -np.einsum("nij,jn->ni", inverse[:, :, :2], move)
    return inverse
