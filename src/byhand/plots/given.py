"""What the library returns, as the arrays that are drawn.

Letters: N images, H × W pixels, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from byhand.data.datasets import Dataset, Split
from byhand.errors import DataError
from byhand.evaluation import Evaluation
from byhand.types import Floats, Images, Integers, Labels


class Predicted(NamedTuple):
    """Images with what they are and what they were taken for."""

    images: Images
    labels: Labels
    predictions: Labels
    confidences: Floats | None
    class_names: Sequence[str] | None


def predicted(evaluation: Evaluation, data: Any, chosen: Integers | slice) -> Predicted:
    """Return the chosen ones of the images that were evaluated.

    Args:
        evaluation: what `byhand.evaluate` returned.
        data: what it was given: a Dataset, a Split, or images and labels.
        chosen: which of them.

    Raises:
        DataError: other data than were evaluated, or none.
    """
    split = data.test if isinstance(data, Dataset) else data
    if not isinstance(split, Split | tuple):
        raise DataError(
            "plots: expected an Evaluation and the Dataset or Split that was evaluated,"
            f" got {type(data).__name__}; try plots.mistakes(evaluation, mnist.test)"
        )
    images, labels = (np.asarray(array) for array in split)
    if len(labels) != evaluation.count or len(images) != evaluation.count:
        raise DataError(
            f"plots: expected the {evaluation.count} images that were evaluated, got"
            f" {len(images)}; try the same Split for both"
        )
    return Predicted(
        images[chosen],
        labels[chosen],
        evaluation.predictions[chosen],
        evaluation.confidences[chosen],
        evaluation.class_names,
    )


def required(array: Any, name: str) -> Any:
    """Return an argument as an array; DataError where it was not given."""
    if array is None:
        raise DataError(
            f"plots: expected {name}, or what the library returns, got none; try"
            " plots.mistakes(evaluation, mnist) or plots.samples(mnist)"
        )
    return np.asarray(array)
