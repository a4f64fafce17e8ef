"""What a model gained on new images, and what it lost on those that it knew."""

from __future__ import annotations

from dataclasses import dataclass

from byhand.data.datasets import Split
from byhand.model import Model
from byhand.training.state import Start


@dataclass(frozen=True)
class Gain:
    """How often a model was right before it was trained further, and after.

    Attributes:
        data: the data set's name; of its test images.
        new: whether these are the images that it was trained further for.
        count: of the images.
        before: accuracy, a fraction; an image of a class that it did not have is wrong.
        after: accuracy, a fraction.
    """

    data: str
    new: bool
    count: int
    before: float
    after: float


def gains(start: Start, model: Model) -> tuple[Gain, ...]:
    """Return what a model that was trained further gained, on the new data first."""
    sets = [(start.mine, True), *((old, False) for old in start.olds)]
    return tuple(
        Gain(
            data.name,
            new,
            len(data.test),
            _accuracy(start.model, data.test),
            _accuracy(model, data.test),
        )
        for data, new in sets
        if len(data.test)
    )


def _accuracy(model: Model, split: Split) -> float:
    return float((model.predict(split.images) == split.labels).mean())
