"""Drawings by people who do not exist, unlike MNIST's, to train a model further on.

Letters: N drawings of h × w pixels; K points of a stroke.
"""

from __future__ import annotations

import numpy as np

from byhand import kernels
from byhand.augment.augmentation import inverse_maps
from byhand.augment.elastic import elastic_fields
from byhand.data.datasets import Split


def bent_hand(source: Split, per_class: int, seed: int) -> Split:
    """Return digits (N, 28, 28) in a hand that bends those of a source.

    Every digit is turned, slanted, stretched and bent by the same field, which is the
    hand; a little more is its own. So other digits than the source's become usual.

    Args:
        source: images (M, 28, 28) and their labels.
        per_class: digits of each class, none twice.
        seed: whose hand it is, and which digits.
    """
    rng = np.random.default_rng((16, seed))
    every = [rng.permutation(np.flatnonzero(source.labels == k)) for k in range(10)]
    chosen = np.concatenate([of_k[:per_class] for of_k in every])
    n, shape = len(chosen), source.images.shape[1:]
    sides = rng.choice([-1.0, 1.0], 3)

    def about(low: float, high: float, side: float, spread: float) -> np.ndarray:
        drawn = side * rng.uniform(low, high) + rng.normal(0, spread, n)
        return drawn.astype(np.float32)

    matrices = inverse_maps(
        about(0.2, 0.5, sides[0], 0.05),  # radians
        np.exp(about(-0.1, 0.1, 1.0, 0.03)),
        np.exp(about(0.15, 0.35, sides[1], 0.03)),
        about(0.3, 0.7, sides[2], 0.05),
        np.zeros((2, n), np.float32),
    )
    fields = elastic_fields(n, shape, 0.5, rng)
    fields += elastic_fields(1, shape, float(rng.uniform(1.0, 1.8)), rng)
    images = np.empty((n, *shape), np.uint8)
    kernels.warped()(source.images, chosen, matrices, fields, images)
    return Split(images, np.asarray(source.labels[chosen], np.int64))
