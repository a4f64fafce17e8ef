"""byhand.synthesis.photographs: pictures without writing."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.synthesis.photographs import SCENES, photograph

SIZE = (90, 130)


@pytest.mark.parametrize("name", SCENES)
def test_a_scene_has_its_size_and_more_than_one_colour(name: str):
    image = SCENES[name](SIZE, np.random.default_rng(5))
    assert image.mode == "RGB"
    assert image.size == SIZE[::-1]
    assert np.asarray(image).std() > 1


def test_photographs_depend_on_the_generator_alone():
    one, again, other = (
        [photograph(SIZE, np.random.default_rng(s + n)) for n in range(12)]
        for s in (1, 1, 50)
    )
    for a, b, c in zip(one, again, other, strict=True):
        assert a.shape == (*SIZE, 3)
        assert a.dtype == np.uint8
        assert_array_equal(a, b)
        assert (a != c).any()
