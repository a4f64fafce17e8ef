"""What a run is: the job, which stays, and the state, which changes."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from byhand.data.datasets import Dataset
from byhand.nn import Network, Optimizer
from byhand.nn.run import Arrays
from byhand.training.batches import Batches
from byhand.training.recipes import Recipe


@dataclass(frozen=True)
class Job:
    """What stays as it is while a run goes on."""

    recipe: Recipe
    dataset: Dataset
    seed: int
    batches: Batches
    held_out: NDArray[np.int64]
    steps: int
    teacher: Network | None = None


@dataclass(frozen=True)
class Epoch:
    """What was measured at the end of an epoch, or of the run.

    Attributes:
        number: from 1.
        step: steps done since the start of the run.
        loss: mean training loss over the epoch, nats an image.
        training_accuracy: fraction right of the images as they were trained on, each
            before its step.
        validation_accuracy: fraction right of the images held out; None without any.
        lr: the learning rate of the last step.
        seconds: since the start of the run.
    """

    number: int
    step: int
    loss: float
    training_accuracy: float
    validation_accuracy: float | None
    lr: float
    seconds: float


@dataclass
class State:
    """All that changes while a run goes on."""

    network: Network
    optimizer: Optimizer
    step: int = 0
    seconds: float = 0.0
    seen: int = 0  # images, each as often as it was trained on
    loss: float = 0.0  # this and the next two: sums over the epoch under way
    right: int = 0
    images: int = 0
    history: list[Epoch] = field(default_factory=list)
    average: Arrays = field(default_factory=dict)  # of the weights, if the recipe asks
    best: Arrays = field(default_factory=dict)
    best_accuracy: float = -1.0

    @property
    def outcome(self) -> Network:
        """The network as it would be kept now: of averaged weights, or as it is."""
        return self.network.with_arrays(self.average) if self.average else self.network

    def average_in(self, keep: float) -> None:
        """Move the averages towards the weights; they keep this share of themselves.

        A young average keeps less, so that the start is soon forgotten.
        """
        keep = min(keep, (self.step + 1) / (self.step + 10))
        for name, array in self.network.arrays.items():
            mean = self.average[name]
            mean += np.float32(1 - keep) * (array - mean)

    def count(self, loss: float, right: int, images: int) -> None:
        """Add a step that was done."""
        self.step += 1
        self.seen += images
        self.loss += loss * images
        self.right += right
        self.images += images
