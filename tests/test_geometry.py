"""byhand.augment.geometry: boxes of ink, and images fitted into one."""

from __future__ import annotations

import numpy as np
from numpy.testing import assert_array_equal

from byhand.augment.geometry import boxes, fit


def test_boxes_are_where_the_ink_is():
    images = np.zeros((2, 9, 8), np.uint8)
    images[0, 2:5, 3:7] = 200
    assert_array_equal(np.array(boxes(images))[:, 0], [2, 5, 3, 7])
    assert_array_equal(np.array(boxes(images))[:, 1], [0, 9, 0, 8])  # blank: all


def test_fit_puts_ink_into_the_middle_box():
    images = np.zeros((1, 28, 28), np.uint8)
    images[0, 1:11, 2:7] = 250
    top, bottom, left, right = (int(side[0]) for side in boxes(fit(images)))
    assert bottom - top in (20, 21)
    assert right - left in (10, 11)
    assert abs(top + bottom - 28) <= 1
    assert abs(left + right - 28) <= 1
