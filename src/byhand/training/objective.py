"""What is minimised: the loss that a recipe chooses, made once a run.

Letters: N images, K outputs.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from byhand.data.datasets import Dataset
from byhand.errors import RecipeError
from byhand.model import load
from byhand.nn import Network
from byhand.nn.inference import folded
from byhand.nn.losses import distillation, softmax_cross_entropy
from byhand.nn.run import Arena, Run
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
    """

    images: Images
    labels: Labels
    batch: int
    arena: Arena


class Loss(Protocol):
    """Losses of the shards of a batch add up to that of the batch, gradients too."""

    def __call__(self, logits: Array, examples: Examples) -> tuple[float, Array]:
        """Return the loss, nats an image of the batch, and d loss / d logits (N, K)."""


@dataclass(frozen=True)
class CrossEntropy:
    """The cross-entropy with the labels.

    Attributes:
        smoothing: share of the target spread evenly over all classes.
    """

    smoothing: float = 0.0

    def __call__(self, logits: Array, examples: Examples) -> tuple[float, Array]:
        """Return the loss and its gradient."""
        return softmax_cross_entropy(
            logits, examples.labels, examples.batch, self.smoothing
        )


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
        hard, dhard = self.labelled(logits, examples)
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
