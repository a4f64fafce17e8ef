"""What is minimised: the loss that a recipe chooses, made once a run.

Letters: N images, K outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from byhand.data.datasets import Dataset
from byhand.errors import RecipeError
from byhand.kernels.cache import compiled_wanted
from byhand.model import load
from byhand.nn import Network
from byhand.nn.inference import folded
from byhand.nn.losses import check_labels, distillation, softmax_cross_entropy
from byhand.nn.run import Arena, Run, call
from byhand.training.recipe import Recipe
from byhand.types import Array, Images, Labels

TEACHER_TEMPERATURE = 2.0  # at which a teacher's probabilities are learnt


@dataclass(frozen=True)
class Examples:
    """The images of a shard as the network has seen them.

    Attributes:
        images: (N, H, W).
        labels: (N,), the reject class among them.
        batch: images in the batch, over which the mean is taken.
        arena: scratch memory for what a loss computes of its own.
        launch: calls a kernel, as `Run.launch`.
    """

    images: Images
    labels: Labels
    batch: int
    arena: Arena
    launch: Callable[..., None] = call


class Loss(Protocol):
    """Losses of the shards of a batch add up to that of the batch, gradients too.

    One that is `recordable` does all its work in kernels, for which its loss is an
    array of one number.
    """

    def __call__(self, logits: Array, examples: Examples) -> tuple[Any, Array]:
        """Return the loss, nats an image of the batch, and d loss / d logits (N, K)."""


@dataclass(frozen=True)
class CrossEntropy:
    """The cross-entropy with the labels.

    Attributes:
        smoothing: share of the target spread evenly over all classes.
    """

    smoothing: float = 0.0
    recordable = True

    def __call__(self, logits: Array, examples: Examples) -> tuple[Any, Array]:
        """Return the loss and its gradient."""
        labels, batch = examples.labels, examples.batch
        if not compiled_wanted():
            return softmax_cross_entropy(logits, labels, batch, self.smoothing)
        from byhand.kernels import softmax

        check_labels(logits, labels)
        dlogits = examples.arena.empty(logits.shape, logits.dtype)
        loss = examples.arena.empty((1,), np.float64)
        examples.launch(
            softmax.cross_entropy, logits, labels, dlogits, loss,
            np.array([self.smoothing]), batch,
        )  # fmt: skip
        return loss, dlogits


@dataclass(frozen=True)
class Distillation:
    """In part the loss of the labels, in part how far a teacher is away.

    Attributes:
        labelled: the loss of the labels.
        teacher: another network, ready for inference.
        share: the teacher's share.
    """

    labelled: Loss
    teacher: Network
    share: float

    def __call__(self, logits: Array, examples: Examples) -> tuple[float, Array]:
        """Return the loss and its gradient."""
        loss, dhard = self.labelled(logits, examples)
        hard = float(np.sum(loss))
        run = Run(arena=examples.arena, gradients=False)
        scores = self.teacher.forward(examples.images, run)[0]
        scores = scores[:, : logits.shape[1]]  # without its reject class
        soft, dsoft = distillation(logits, scores, examples.batch, TEACHER_TEMPERATURE)
        rest = 1 - self.share
        return rest * hard + self.share * soft, rest * dhard + self.share * dsoft


def make_loss(recipe: Recipe, dataset: Dataset) -> Loss:
    """Return the loss that a recipe asks for.

    Raises:
        RecipeError: it has a teacher, who knows other images or classes.
    """
    labelled = CrossEntropy(recipe.label_smoothing)
    if not recipe.distill:
        return labelled
    model = load()
    found = dataset.image_shape, len(dataset.class_names)
    if (model.image_shape, len(model.class_names)) != found:
        raise RecipeError(
            f"recipe {recipe.name}: expected images of {model.image_shape} and "
            f"{len(model.class_names)} classes, as its teacher knows them, got {found}"
        )
    return Distillation(labelled, folded(model.network), recipe.distill)
