"""Many digits of many hands, drawn once and used often.

Letters: N digits; h, w height and width of one; P pixels of all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from byhand.synthesis.digits import Hand, any_hand, written
from byhand.types import Array, Grey, Images, Integers, Labels

ARRAYS = ("pixels", "sizes", "labels", "hands")


@dataclass(frozen=True, eq=False)
class Pool:
    """Digits of many hands, each cut out around its ink.

    Within a hand the digits keep their sizes, so they can be set in a row as they are.

    Attributes:
        pixels: (P,) uint8, coverage; one digit after another, row by row.
        sizes: (N, 2), height and width of each digit.
        labels: (N,).
        hands: (N,) number of the hand; digits of one hand follow each other.
        height: of a digit in pixels, on average.
    """

    pixels: Array
    sizes: Integers
    labels: Labels
    hands: Integers
    height: float

    def __len__(self) -> int:
        """Return the number of digits."""
        return len(self.labels)

    def __getitem__(self, number: int) -> Grey:
        """Return the coverage (h, w) of a digit."""
        pixels = self.pixels[self._begins[number] : self._begins[number + 1]]
        return pixels.reshape(self.sizes[number])

    @property
    def count(self) -> int:
        """The number of hands."""
        return len(self._first) - 1

    def of_hand(self, hand: int) -> Integers:
        """Return the numbers of the digits of a hand."""
        return np.arange(self._first[hand], self._first[hand + 1])

    @cached_property
    def _begins(self) -> Integers:
        ends = np.cumsum(self.sizes.prod(axis=1, dtype=np.int64))
        return np.concatenate([[0], ends])

    @cached_property
    def _first(self) -> Integers:
        every = np.arange(self.hands.max(initial=-1) + 2)
        return np.asarray(np.searchsorted(self.hands, every))

    def save(self, path: Path) -> None:
        """Write the pool to a file, for another run."""
        arrays = {name: getattr(self, name) for name in ARRAYS}
        with path.open("wb") as file:
            np.savez(file, **arrays, height=self.height)


def load_pool(path: Path) -> Pool:
    """Return a pool from a file that `save` wrote."""
    with np.load(path) as file:
        arrays = {name: file[name] for name in ARRAYS}
        return Pool(**arrays, height=float(file["height"]))


def draw_hands(
    images: Images,
    labels: Labels,
    count: int,
    per_hand: int,
    height: float = 20.0,
    seed: int = 0,
    writer: Callable[[np.random.Generator], Hand] = any_hand,
) -> Pool:
    """Return digits of `count` hands, `per_hand` of each.

    Args:
        images: (M, 28, 28) digits from which they are drawn, each as often; ink bright
            on 0.
        labels: (M,).
        count: of hands.
        per_hand: digits of a hand.
        height: of a digit in pixels, on average.
        seed: decides every hand by itself, whatever the count.
        writer: draws a hand.
    """
    patches: list[Grey] = []
    drawn: list[Labels] = []
    for number in range(count):
        rng = np.random.default_rng((seed, number))
        chosen = rng.integers(len(labels), size=per_hand)
        drawn.append(labels[chosen])
        patches += written(images[chosen], drawn[-1], height, writer(rng), rng)
    return Pool(
        np.concatenate([patch.ravel() for patch in patches]),
        np.array([patch.shape for patch in patches]),
        np.concatenate(drawn),
        np.repeat(np.arange(count), per_hand),
        height,
    )
