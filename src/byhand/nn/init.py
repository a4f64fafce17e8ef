"""Initialisers: how weights and biases start.

Each is a function of a generator, a shape and the number of inputs a unit sums over.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Initialiser = Callable[[np.random.Generator, tuple[int, ...], int], NDArray[np.float32]]


def he_normal(
    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int
) -> NDArray[np.float32]:
    """Normal(0, 2 / fan_in): keeps the variance through ReLU layers.

    Source: He et al. 2015, arXiv:1502.01852, eq. 10.
    """
    return (rng.standard_normal(shape) * math.sqrt(2 / fan_in)).astype(np.float32)


def glorot_uniform(
    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int
) -> NDArray[np.float32]:
    """Uniform(-a, a) with a² = 6 / (fan_in + fan_out); fan_out is the last axis.

    Source: Glorot and Bengio 2010, "Understanding the difficulty of training deep
    feedforward neural networks", eq. 16.
    """
    limit = math.sqrt(6 / (fan_in + shape[-1]))
    return rng.uniform(-limit, limit, shape).astype(np.float32)


def normal_001(
    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int
) -> NDArray[np.float32]:
    """Normal(0, 0.01²) whatever the layer: the article's."""
    return (rng.standard_normal(shape) * 0.01).astype(np.float32)


def zeros(
    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int
) -> NDArray[np.float32]:
    """Return zeros, for biases; weights that start equal would stay equal."""
    return np.zeros(shape, np.float32)


def placeholder(
    rng: np.random.Generator, shape: tuple[int, ...], fan_in: int
) -> NDArray[np.float32]:
    """Return a read-only array that takes no memory, whatever its shape.

    For parameters that are about to be read from a file, whose header is not yet
    trusted, and for a network of which only the shapes are asked.
    """
    return np.broadcast_to(np.float32(0), shape)


class Init(NamedTuple):
    """How a layer's weights and its biases start."""

    weights: Initialiser
    bias: Initialiser

    def __repr__(self) -> str:
        return f"Init({self.weights.__name__}, {self.bias.__name__})"


HE = Init(he_normal, zeros)
INITS = {
    "he": HE,
    "glorot": Init(glorot_uniform, zeros),
    "normal 0.01": Init(normal_001, normal_001),
    "zeros": Init(zeros, zeros),  # to see that nothing is learnt
}
PLACEHOLDERS = Init(placeholder, placeholder)  # for a network that is to be loaded


def start(
    init: Initialiser,
    rng: np.random.Generator | None,
    shape: tuple[int, ...],
    fan_in: int,
) -> NDArray[np.float32]:
    """Return the array to start from; without a generator, drawn by a fresh one."""
    return init(np.random.default_rng() if rng is None else rng, shape, fan_in)
