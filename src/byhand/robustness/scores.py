"""How much of its accuracy a model keeps on test images that were changed or spoilt.

The network is given the images of a condition as they are; `byhand.prepare` sees them
first only where the condition's name says so.

Letters: N images, H × W pixels, E examples.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from byhand.evaluation import check_fit, wilson
from byhand.robustness.conditions import CONDITIONS, MNIST_C, Condition, changed
from byhand.types import Images, Labels
from byhand.words import percent

if TYPE_CHECKING:
    from byhand.data.datasets import Split
    from byhand.model import Model

EXAMPLES = 8  # images kept of every condition, for pictures


@dataclass(frozen=True, eq=False)
class ConditionScore:
    """What a model read in the images of one condition.

    Attributes:
        group: the condition's.
        name: the condition's.
        count: N.
        correct: how many of them were right.
        accuracy: correct / count, a fraction.
        interval: Wilson's 95 % interval of the accuracy.
        examples: (E, H, W), the first images as the network saw them.
        labels: (E,) class numbers, the truth about them.
        predictions: (E,) class numbers, what they were read as.
    """

    group: str
    name: str
    count: int
    correct: int
    accuracy: float
    interval: tuple[float, float]
    examples: Images
    labels: Labels
    predictions: Labels

    def __repr__(self) -> str:
        accuracy = percent(self.accuracy)
        return f"ConditionScore({self.name}: {accuracy} of {self.count} images)"


def robustness(
    model: Model,
    split: Split,
    conditions: Sequence[Condition] | None = None,
    on_score: Callable[[ConditionScore], None] = lambda score: None,
) -> list[ConditionScore]:
    """Score a model on a split under each condition, by default all CONDITIONS.

    Args:
        model: reads images of the split's height and width.
        split: its class numbers are the model's.
        conditions: which, in the order of the scores.
        on_score: called with each score as soon as it is known.

    Raises:
        ShapeError: the images are not of the model's height and width.
        DataError: no images, or a label that the model has no class for.
    """
    check_fit(model, split)
    scores = []
    for condition in CONDITIONS if conditions is None else conditions:
        scores.append(_score(model, split, condition))
        on_score(scores[-1])
    return scores


def mean_accuracy(scores: Sequence[ConditionScore], group: str = MNIST_C) -> float:
    """Return the mean accuracy over the conditions of a group; nan if none."""
    some = [score.accuracy for score in scores if score.group == group]
    return sum(some) / len(some) if some else float("nan")


def _score(model: Model, split: Split, condition: Condition) -> ConditionScore:
    """Score a model under one condition."""
    read = [
        (images[:EXAMPLES].copy(), model.predict(images))
        for images in changed(split, condition)
    ]
    examples = read[0][0]
    predictions = np.concatenate([numbers for _, numbers in read])  # (N,)
    labels = np.asarray(split.labels)
    count, correct = len(labels), int((predictions == labels).sum())
    return ConditionScore(
        condition.group,
        condition.name,
        count,
        correct,
        correct / count,
        wilson(correct, count),
        examples,
        labels[:EXAMPLES],
        predictions[:EXAMPLES],
    )
