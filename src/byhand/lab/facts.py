"""What a page is given of a model and of a data set.

Letters: H × W pixels.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from safetensors.numpy import save

from byhand.data.datasets import Dataset, Split
from byhand.lab.answers import DataFacts, Example, ModelFacts
from byhand.lab.described import described, described_data, described_images
from byhand.model import Model


def model_facts(model: Model, name: str) -> ModelFacts:
    """Return the facts of a model; ShapeError if it takes colours."""
    return ModelFacts(**described(model, name))


def data_facts(data: Dataset | None) -> DataFacts | None:
    """Return the facts of a data set, None for none."""
    if data is None:
        return None
    return DataFacts(**described_data(data, len(data.test)))


def weights(model: Model) -> bytes:
    """Return a safetensors file with all parameters and state as float32."""
    arrays = model.network.arrays
    return bytes(
        save({name: np.asarray(a, np.float32, "C") for name, a in arrays.items()})
    )


def examples(split: Split, indices: Iterable[int]) -> list[Example]:
    """Return images (H, W) of a split with their labels."""
    return [Example(**image) for image in described_images(split, indices)]
