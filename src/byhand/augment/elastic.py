"""Elastic deformation: smooth random displacements of an image's pixels.

Letters: N images, H × W pixels.
"""

from __future__ import annotations

import functools

import numpy as np
from numpy.typing import NDArray

from byhand import kernels
from byhand.types import Shape

Floats = NDArray[np.float32]

KNOTS = 4  # pixels from one random displacement to the next
SIGMA = 4.0  # pixels: how far a displacement reaches, as Simard's elasticity


def elastic_fields(
    count: int, shape: Shape, deviation: float, rng: np.random.Generator
) -> Floats:
    """Return smooth random displacements (N, 2, H, W) in pixels, or none, (0, 2, H, W).

    Independent, nearly normal numbers on a coarse grid are blurred by a Gaussian, as
    G a Gᵀ: what Simard does with a number for each pixel, at a twentieth of the
    numbers. For a Gaussian of 4 pixels a grid of 4 is fine enough to leave no trace.

    Source: Simard, Steinkraus and Platt 2003, "Best practices for convolutional neural
    networks applied to visual document analysis", section 2.
    """
    height, width = shape[:2]
    if not deviation:
        return np.empty((0, 2, height, width), np.float32)
    field = np.empty((2 * count, height, width), np.float32)
    kernels.elastic()(drawn_key(rng), *elastic_factors(shape, deviation), field)
    return field.reshape(count, 2, height, width)


def drawn_key(rng: np.random.Generator) -> NDArray[np.uint32]:
    """Return a key (2,) of random numbers (`kernels.chance`)."""
    return rng.integers(2**32, size=2, dtype=np.uint32)


def elastic_factors(shape: Shape, deviation: float) -> tuple[Floats, Floats]:
    """Return what a field's random numbers a are multiplied by: down @ a @ across."""
    down, across = (blur_from_knots(size) for size in shape[:2])
    return down * np.float32(deviation), np.ascontiguousarray(across.T)


@functools.cache
def blur_from_knots(size: int) -> Floats:
    """Return G (size, knots); G a has variance 1 everywhere if a has."""
    knots = np.arange(-2 * KNOTS, size + 2 * KNOTS, KNOTS)
    distance = np.arange(size)[:, None] - knots - (size - 1) % KNOTS / 2
    g = np.exp(-0.5 * (distance / SIGMA) ** 2)
    g /= np.sqrt((g**2).sum(axis=1, keepdims=True))
    return np.asarray(g, np.float32)
