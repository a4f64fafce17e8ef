"""byhand.augment.examples: one row of images for every change."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from byhand.augment.damage import DAMAGES
from byhand.augment.examples import augmented


def test_examples_have_a_row_for_every_change(rng):
    images = rng.integers(0, 256, (6, 28, 28)).astype(np.uint8)
    images[:, :, :9] = images[:, :, 19:] = 0  # higher than wide: it can be stretched
    rows = augmented(images, np.array([0, 1, 2, 3, 5, 7]))
    assert {"as they are", "elastic", "roam", "European", *DAMAGES} <= set(rows)
    assert_array_equal(rows["as they are"], images)
    assert len(rows["European"]) == 3
    others = [
        row for name, row in rows.items() if name not in ("as they are", "European")
    ]
    assert all(row.shape == images.shape for row in others)
    assert all((row != images).any() for row in others)
    assert "European" not in augmented(images, np.full(6, 5))
