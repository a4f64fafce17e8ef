"""Upsampling and pixel shuffle: by hand, by plain loops, and what they refuse."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import PixelShuffle, Run, Upsample, build

SIDES = st.integers(1, 4)


def test_a_pixel_becomes_a_block_by_hand():
    y, cache = Upsample(2).forward(np.array([[[[1.0], [2.0]]]]), Run())
    assert_array_equal(y[0, :, :, 0], [[1, 1, 2, 2], [1, 1, 2, 2]])
    dy = np.arange(8.0).reshape(1, 2, 4, 1)
    dx, _ = Upsample(2).backward(dy, cache)
    assert_array_equal(dx[0, :, :, 0], [[0 + 1 + 4 + 5, 2 + 3 + 6 + 7]])


def test_channels_become_a_block_by_hand():
    x = np.arange(8.0).reshape(1, 1, 1, 8)
    y, cache = PixelShuffle(2).forward(x, Run())
    assert_array_equal(y[0], [[[0, 1], [2, 3]], [[4, 5], [6, 7]]])
    assert_array_equal(PixelShuffle(2).backward(y, cache)[0], x)


@settings(deadline=None)
@given(SIDES, SIDES, SIDES, SIDES, st.booleans())
def test_loops_give_the_same(height, width, channels, size, compiled):
    rng = np.random.default_rng(1)
    for kind, inputs in (("upsample", 1), ("pixelshuffle", size**2)):
        network = build(f"{kind} {size}", (height, width, inputs * channels))
        if not compiled:
            network.stages = list(enumerate(network.layers))
        ((_, stage),) = network.stages
        x = rng.standard_normal((2, height, width, inputs * channels))
        y, cache = stage.forward(x, Run())
        dy = rng.standard_normal(y.shape)
        expected, dx = np.empty_like(y), np.zeros_like(x)
        for n, p, q, c in np.ndindex(y.shape):
            a, b = p % size, q % size
            from_c = c if kind == "upsample" else (size * a + b) * channels + c
            at = n, p // size, q // size, from_c
            expected[n, p, q, c] = x[at]
            dx[at] += dy[n, p, q, c]
        assert_array_equal(y, expected)
        np.testing.assert_allclose(stage.backward(dy, cache)[0], dx, atol=1e-12)


@pytest.mark.parametrize("kind", ["upsample", "pixelshuffle"])
def test_float32_stays_float32(kind, rng):
    layer = build(f"{kind} 2", (3, 2, 8)).layers[0]
    y, cache = layer.forward(np.ones((2, 3, 2, 8), np.float32), Run())
    assert y.dtype == np.float32
    assert layer.backward(y, cache)[0].dtype == np.float32


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pixelshuffle 2", "expected a multiple of 4 channels, got"),
        ("pixelshuffle 0", "expected a size of 1 or more, got 0"),
        ("upsample -1", "expected a size of 1 or more, got -1"),
        ("upsample two", "cannot read 'upsample two'"),
        ("flatten | upsample 2", "expected images, got"),
    ],
)
def test_what_fits_nothing_is_refused(text, message):
    with pytest.raises(ShapeError, match=message):
        build(text, (4, 6, 6))
