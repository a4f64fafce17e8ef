"""Samples and labels of scikit-learn's kinds as the network has them.

Letters: N samples, D features, H × W pixels, C channels, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.types import Array, Integers, Shape


def image_shape(samples: Any) -> Shape | None:
    """Return (H, W) of images (N, H, W), None for anything else."""
    return samples.shape[1:] if getattr(samples, "ndim", 2) == 3 else None


def as_rows(samples: Any, expected: Sequence[int] | None) -> Any:
    """Return images (N, H, W) as rows (N, D), anything else as it is.

    Raises:
        ValueError: images of another shape than the one expected, if any is.
    """
    shape = image_shape(samples)
    if shape is None:
        return samples
    if expected is not None and shape != tuple(expected):
        raise ValueError(f"X: expected samples of shape {tuple(expected)}, got {shape}")
    return np.asarray(samples).reshape(len(samples), math.prod(shape))


def columns(x: Array, shape: Shape) -> Array:
    """Return what is scaled together as columns: all pixels, or each feature."""
    return x if len(shape) == 1 else x.reshape(-1, 1)


def classes_of(given: Any, known: Array | None) -> Array:
    """Return the classes (K,), sorted, of a call of `partial_fit`.

    Args:
        given: all labels that will come, in any order; None if they were given before.
        known: the classes of the first call; None if this is it.

    Raises:
        ValueError: there are none, or others than in the first call.
    """
    found = known if given is None else np.unique(np.asarray(given))
    if found is None:
        raise ValueError("classes must be passed on the first call to partial_fit")
    if known is not None and not np.array_equal(found, known):
        raise ValueError(
            f"classes: expected those of the first call, {known}, got {found}"
        )
    return found


def numbers_of(labels: Array, classes: Array) -> Integers:
    """Return the numbers of labels (N,) among sorted classes (K,).

    Raises:
        ValueError: a label is none of the classes.
    """
    if unknown := {*labels.tolist()} - {*classes.tolist()}:
        raise ValueError(
            f"y: expected labels among the classes {classes}, got {min(unknown)!r}"
        )
    return np.searchsorted(classes, labels)
