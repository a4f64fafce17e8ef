"""A model and images in JSON, as the page must know them: of the server and of a file.

Letters: H × W pixels.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable
from typing import Any

import numpy as np

from byhand.data.datasets import Dataset, Split
from byhand.errors import PluginError
from byhand.model import Model
from byhand.registry import is_ours
from byhand.types import Array, Labels


def described(model: Model, name: str) -> dict[str, Any]:
    """Return a model's name, layers, shape, classes and calibration.

    Args:
        model: of grey images; ShapeError if it takes colours.
        name: for people.

    Raises:
        PluginError: it has layers of a plug-in, which the page cannot compute.
    """
    check_layers(model)
    return {
        "name": name,
        "architecture": str(model.network),
        "shape": model.grey_shape,
        "classes": list(model.class_names),
        "reject": model.has_reject_class,
        "temperature": float(model.calibration.temperature),
        "threshold": float(model.calibration.threshold),
    }


def check_layers(model: Model) -> None:
    """Raise PluginError unless all layers are byhand's own, which the page has too."""
    for layer in model.network.layers:
        if not is_ours(type(layer)):
            raise PluginError(
                f"lab: expected layers that its page can compute, got {layer.kind}, of"
                " a plug-in; try byhand evaluate or byhand predict"
            )


def described_data(data: Dataset, count: int) -> dict[str, Any]:
    """Return a data set's name and classes, and of how many images a page may ask."""
    return {"name": data.name, "classes": list(data.class_names), "count": count}


def described_images(split: Split, indices: Iterable[int]) -> list[dict[str, Any]]:
    """Return images (H, W) of a split with their labels."""
    return [
        {
            "index": int(index),
            "label": int(split.labels[index]),
            "pixels": base64.b64encode(split.images[index].tobytes()).decode(),
        }
        for index in indices
    ]


def margins(scores: Array, labels: Labels) -> Array:
    """Return by how much each image's class is ahead of the next, (N,).

    Args:
        scores: (N, K) of images.
        labels: (N,) their classes; an image is hard where its class is hardly ahead.
    """
    own = np.arange(len(labels)), labels
    others = scores.copy()
    others[own] = -np.inf
    return np.asarray(scores[own] - others.max(axis=1))
