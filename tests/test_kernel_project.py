"""Layers seen by a projection: against plain NumPy, and where they must come out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from byhand.errors import ShapeError
from byhand.kernels import reference
from byhand.types import Array

LAYER = np.random.default_rng(5).integers(0, 256, (11, 17, 3), dtype=np.uint8)
TURNED = np.array([[0.9, -0.3, 2.5], [0.2, 1.1, -1.5], [0.002, -0.001, 1.0]])


def shown(layer: Array, matrix: Array, smooth: bool) -> Array:
    out = np.full((9, 13, layer.shape[2]), 77, np.uint8)
    reference.projected(layer, matrix, smooth, out)
    return out


@pytest.mark.parametrize("smooth", [False, True])
@pytest.mark.parametrize("matrix", [np.eye(3), TURNED, np.linalg.inv(TURNED)])
@pytest.mark.parametrize("channels", [1, 3])
def test_compiled_does_what_numpy_does(matrix: Array, smooth: bool, channels: int):
    pytest.importorskip("numba")
    from byhand.kernels import project

    layer = np.ascontiguousarray(LAYER[..., :channels])
    out = np.full((9, 13, channels), 77, np.uint8)
    project.projected(layer, matrix, smooth, out)
    assert_array_equal(out, shown(layer, matrix, smooth))


@pytest.mark.parametrize("smooth", [False, True])
def test_nothing_moves_by_the_identity(smooth: bool):
    assert_array_equal(shown(LAYER, np.eye(3), smooth), LAYER[:9, :13])


def test_half_a_pixel_further_is_the_mean_of_two():
    half = np.array([[1, 0, 0.5], [0, 1, 0], [0, 0, 1]])
    two = LAYER[:9, :13].astype(int) + LAYER[:9, 1:14]
    assert_array_equal(shown(LAYER, half, True), (two + 1) // 2)


def test_outside_it_is_black_and_the_edge_is_not():
    down = np.array([[1, 0, 0], [0, 1, 4.25], [0, 0, 1]])
    out = shown(LAYER, down, True)
    assert_array_equal(out[7:], 0)
    assert_array_equal(out[6], (3 * LAYER[10, :13].astype(int) + LAYER[10, :13]) // 4)


def test_a_result_of_other_channels_is_refused():
    pytest.importorskip("numba")
    from byhand.kernels import project

    with pytest.raises(ShapeError, match="out"):
        project.projected(LAYER, np.eye(3), True, np.empty((9, 13, 1), np.uint8))
