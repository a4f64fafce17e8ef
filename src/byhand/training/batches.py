"""Which images each step sees: a function of the seed and the step's number alone.

Nothing is remembered from step to step, so a resumed run goes on bit for bit the same.
"""

from __future__ import annotations

import enum
import functools
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from byhand.types import Integers

AT_ONCE = 16  # steps drawn for at once: to make a generator takes as long as to use it
VALIDATION_SEED = 20_010_101  # one split for all runs: their accuracies compare


class Stream(enum.IntEnum):
    """What randomness is for; each use has a stream of its own."""

    INIT = 0
    ORDER = 1
    LAYERS = 2
    AUGMENT = 3
    BACKWARD = 4


def generator(
    seed: int, stream: Stream, step: int = 0, shard: int = 0
) -> np.random.Generator:
    """Return the one generator of this seed, use, step and shard."""
    return np.random.default_rng(np.random.SeedSequence((seed, stream, step, shard)))


def uniform(seed: int, stream: Stream, step: int, shard: int) -> float:
    """Return the one number of this seed, use, step and shard, from 0 to below 1."""
    table = _uniforms(seed, stream, step // AT_ONCE, shard // AT_ONCE)
    return float(table[step % AT_ONCE, shard % AT_ONCE])


@functools.lru_cache(maxsize=64)
def _uniforms(seed: int, stream: Stream, steps: int, shards: int) -> NDArray[Any]:
    return generator(seed, stream, steps, shards).random((AT_ONCE, AT_ONCE))


def split(count: int, validation: int) -> tuple[Integers, Integers]:
    """Return the indices to train on and those held out, each in ascending order."""
    order = np.random.default_rng(VALIDATION_SEED).permutation(count)
    return np.sort(order[validation:]), np.sort(order[:validation])


class EveryBatch(Protocol):
    """The indices of every step's images, by `batches[step]`, counted from 0.

    Attributes:
        indices: of the images that an epoch is a pass over.
        steps_an_epoch: after which the images held out are measured.
    """

    indices: Integers
    steps_an_epoch: int

    def __getitem__(self, step: int) -> Integers: ...


class Batches:
    """The indices of every step's images, by `batches[step]`.

    Args:
        indices: (N,) what to draw from.
        batch: images a step; the last step of an epoch may have fewer.
        seed: of the run.
        replacement: "per_epoch": each epoch goes once through a new permutation;
            "per_batch": each batch is drawn from all N, whatever came before.
    """

    def __init__(
        self, indices: Integers, batch: int, seed: int, replacement: str
    ) -> None:
        self.indices, self.seed = indices, seed
        self.per_batch = replacement == "per_batch"
        self.batch = min(batch, len(indices))
        self.steps_an_epoch = -(-len(indices) // self.batch)  # rounded up
        # an epoch's order, or AT_ONCE batches; asked for step by step
        self.stretch, self.order = -1, indices

    def _drawn(self, rng: np.random.Generator) -> Integers:
        """Return the indices of AT_ONCE batches, one after another."""
        count = len(self.indices)
        chosen = [
            rng.choice(count, self.batch, replace=False, shuffle=False)
            for _ in range(AT_ONCE)
        ]
        return self.indices[np.concatenate(chosen)]

    def __getitem__(self, step: int) -> Integers:
        """Return the indices of step number `step`, counted from 0."""
        steps = AT_ONCE if self.per_batch else self.steps_an_epoch
        stretch, place = divmod(step, steps)
        if stretch != self.stretch:
            rng = generator(self.seed, Stream.ORDER, stretch)
            self.order = (
                self._drawn(rng) if self.per_batch else rng.permutation(self.indices)
            )
            self.stretch = stretch
        return self.order[place * self.batch : (place + 1) * self.batch]
