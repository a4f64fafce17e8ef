"""What a run is: the job, which stays, and the state, which changes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from byhand.augment.augmentation import Augmentation
from byhand.data.datasets import Dataset
from byhand.model import Model
from byhand.nn import Network, Optimizer
from byhand.training.batches import EveryBatch
from byhand.training.objective import Loss
from byhand.training.own import CheckedAugmentation, Own
from byhand.training.recipe import Recipe
from byhand.types import Arrays, Integers


@dataclass(frozen=True)
class Start:
    """What is trained further.

    Attributes:
        model: as it was.
        mine: the new data, its labels in the numbers of all classes.
        olds: the data that it was trained on, as far as it is here; labels likewise.
        described: what a model's file says of the new data.
    """

    model: Model
    mine: Dataset
    olds: tuple[Dataset, ...]
    described: dict[str, Any]


@dataclass(frozen=True)
class Job:
    """What stays as it is while a run goes on.

    Attributes:
        recipe: how to train.
        dataset: on what.
        seed: of all chance.
        batches: the indices of each step's images.
        held_out: the indices of the images to measure on, none of them trained on.
        steps: of the optimiser, in all.
        loss: what is minimised.
        own: the optimiser, schedule, loss and augmentation that are not the recipe's.
        change: how images are changed, where not as the recipe says.
        own_augmentation: what changes them after that; None for nothing.
        calibrated_on: the indices of the images that the calibration is fitted on;
            those held out unless given.
        start: the model that is trained further, if one is.
    """

    recipe: Recipe
    dataset: Dataset
    seed: int
    batches: EveryBatch
    held_out: Integers
    steps: int
    loss: Loss
    own: Own = field(default_factory=Own)
    change: Augmentation | None = None
    own_augmentation: CheckedAugmentation | None = None
    calibrated_on: Integers | None = None
    start: Start | None = None

    @property
    def augmentation(self) -> Augmentation:
        """How training images are changed."""
        return self.change or self.recipe.augmentation

    def lr_at(self, step: int) -> float:
        """Return the learning rate of step number `step`, from 0."""
        return self.own.lr_at(self.recipe, step, self.steps)


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
        validation_loss: mean cross-entropy of the images held out, nats an image,
            without penalties, smoothing or a teacher; None without any, and in files of
            older versions.
    """

    number: int
    step: int
    loss: float
    training_accuracy: float
    validation_accuracy: float | None
    lr: float
    seconds: float
    validation_loss: float | None = None


@dataclass(frozen=True)
class Progress:
    """Where a run is, after each step.

    Attributes:
        step: steps done.
        steps: steps in all.
        loss: of this step's batch, nats an image, penalties included.
        seconds: since the start of the run.
        images_per_second: trained on, on average since the start.
        epoch: what was measured, where this step ended an epoch or the run.
        lr: the learning rate of this step.
    """

    step: int
    steps: int
    loss: float
    seconds: float
    images_per_second: float
    epoch: Epoch | None
    lr: float = math.nan


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
    # the exponential moving average of all arrays, if the recipe asks for it
    ema: Arrays = field(default_factory=dict)
    best: Arrays = field(default_factory=dict)
    # of the last step, clipped; scratch memory, valid until the next one
    grads: Arrays = field(default_factory=dict, repr=False)
    best_accuracy: float = -1.0

    @property
    def outcome(self) -> Network:
        """The network as it would be kept now: of averaged weights, or as it is."""
        return self.network.with_arrays(self.ema) if self.ema else self.network

    def update_ema(self, decay: float) -> None:
        """Move the averages towards the weights; they keep this share of themselves."""
        update_ema(self.ema, self.network.arrays, self.step, decay)

    def count(self, loss: float, right: int, images: int) -> None:
        """Add a step that was done."""
        self.step += 1
        self.seen += images
        self.loss += loss * images
        self.right += right
        self.images += images

    def close_epoch(
        self, lr: float, accuracy: float | None = None, loss: float | None = None
    ) -> Epoch:
        """Add an epoch to the history, and begin to count the next one.

        Args:
            lr: of the last step.
            accuracy: on the images held out, if there are any.
            loss: on them, nats an image.
        """
        epoch = Epoch(
            number=len(self.history) + 1,
            step=self.step,
            loss=self.loss / self.images,
            training_accuracy=self.right / self.images,
            validation_accuracy=accuracy,
            lr=lr,
            seconds=self.seconds,
            validation_loss=loss,
        )
        self.history.append(epoch)
        self.loss, self.right, self.images = 0.0, 0, 0
        return epoch


def update_ema(ema: Arrays, arrays: Arrays, step: int, decay: float) -> None:
    """Move averages towards arrays in place; they keep this share of themselves.

    A young average keeps less, so that the start is soon forgotten.
    """
    decay = min(decay, (step + 1) / (step + 10))
    for name, array in arrays.items():
        mean = ema[name]
        mean += np.float32(1 - decay) * (array - mean)
