"""The job `classic` in plain figures: what every side of the comparison has to do.

A network of 784-30-60-10 with ReLU between learns MNIST from raw pixel values in 1000
steps of plain gradient descent, each on 2000 images drawn without replacement.
The loss is the mean cross-entropy plus ½ · DECAY · Σ w² over the three weight matrices.

Letters: N images in all, D inputs and M outputs of a layer.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

SIZES = (784, 30, 60, 10)
BATCH = 2000
LEARNING_RATE = 0.01
DECAY = 1e-3  # the gradient of each weight w gains DECAY · w; biases gain nothing
SIGMA = 0.01  # standard deviation of every weight and bias at the start

Array = NDArray[Any]
Parameters = list[tuple[Array, Array]]  # a layer's w (D, M) and b (M,), first to last


def start(rng: np.random.Generator, sizes: tuple[int, ...] = SIZES) -> Parameters:
    """Return weights and biases to begin with, in float64."""
    return [
        (rng.normal(0, SIGMA, (n_in, n_out)), rng.normal(0, SIGMA, n_out))
        for n_in, n_out in pairwise(sizes)
    ]


def draw(
    rng: np.random.Generator, count: int, steps: int, batch: int = BATCH
) -> list[NDArray[np.int64]]:
    """Return the indices of each step's images, out of `count`."""
    return [rng.choice(count, batch, replace=False) for _ in range(steps)]
