"""Convolution and pooling: by hand, by plain loops, by differences, against SciPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy.signal import correlate

from byhand.errors import ShapeError
from byhand.nn import (
    SGD,
    Arena,
    AvgPool2d,
    Conv2d,
    Dense,
    Flatten,
    GlobalAvgPool,
    MaxPool2d,
    Network,
    Pixels,
    ReLU,
    Run,
    build,
    softmax_cross_entropy,
)
from byhand.nn.gradcheck import TOLERANCE, check_layer, spread
from byhand.nn.init import HE

INFERENCE = Run()
CONVS = {
    "plain": ((3, 4, (3, 2)), {}, (2, 5, 6, 3)),
    "stride 2": ((3, 4, (3, 2)), {"stride": 2}, (2, 6, 7, 3)),
    "pad 1": ((3, 4, (3, 2)), {"pad": 1}, (2, 5, 6, 3)),
    "stride 2 pad 2": ((2, 5, (2, 3)), {"stride": 2, "pad": 2}, (3, 4, 5, 2)),
    "one channel": ((1, 4, (3, 2)), {}, (2, 5, 6)),
    "window of 1": ((3, 4, (1, 1)), {}, (2, 5, 6, 3)),
    "window as large as the image": ((3, 4, (5, 6)), {}, (2, 5, 6, 3)),
}
POOLS = {
    "maxpool 2": (MaxPool2d(2), (2, 5, 6, 3)),
    "maxpool 3": (MaxPool2d(3), (2, 7, 6, 4)),
    "maxpool 2x1": (MaxPool2d("2x1"), (2, 5, 6, 3)),
    "maxpool 1x3": (MaxPool2d((1, 3)), (2, 2, 7, 4)),
    "maxpool of plain images": (MaxPool2d(2), (2, 4, 6)),
    "avgpool 2": (AvgPool2d(2), (2, 5, 6, 3)),
    "avgpool 2x3": (AvgPool2d("2x3"), (2, 5, 7, 3)),
    "avgpool of plain images": (AvgPool2d(2), (2, 4, 6)),
    "globalpool": (GlobalAvgPool(), (2, 5, 6, 3)),
    "globalpool of plain images": (GlobalAvgPool(), (2, 5, 6)),
}


def conv_by_loops(x, w, b, stride, pad):
    """The sum of the docstring, term by term."""
    rows, columns, channels, filters = w.shape
    n, height, width, _ = x.shape
    p_end = (height + 2 * pad - rows) // stride + 1
    q_end = (width + 2 * pad - columns) // stride + 1
    y = np.zeros((n, p_end, q_end, filters))
    for i, p, q, f in np.ndindex(y.shape):
        y[i, p, q, f] = b[f]
        for r, s, c in np.ndindex(rows, columns, channels):
            down, across = p * stride + r - pad, q * stride + s - pad
            if 0 <= down < height and 0 <= across < width:
                y[i, p, q, f] += x[i, down, across, c] * w[r, s, c, f]
    return y


def make(case: str, rng: np.random.Generator) -> tuple[Conv2d, np.ndarray]:
    arguments, options, shape = CONVS[case]
    layer = Conv2d(*arguments, rng=rng, **options)
    layer.astype(np.float64)
    layer.params["b"] = rng.standard_normal(arguments[1])
    return layer, rng.standard_normal(shape)


@pytest.mark.parametrize("case", CONVS)
def test_convolution_is_the_sum_that_its_docstring_says(case, rng):
    layer, x = make(case, rng)
    expected = conv_by_loops(
        x if x.ndim == 4 else x[..., None],
        layer.params["w"], layer.params["b"], layer.stride, layer.pad,
    )  # fmt: skip
    assert_allclose(layer.forward(x, INFERENCE)[0], expected, rtol=1e-12, atol=1e-12)
    assert layer.output_shape(x.shape[1:]) == expected.shape[1:]


def test_convolution_is_scipys_correlation(rng):
    layer = Conv2d(1, 1, (3, 4), rng=rng)
    layer.astype(np.float64)
    x = rng.standard_normal((1, 9, 8))
    expected = correlate(x[0], layer.params["w"][:, :, 0, 0], mode="valid")
    assert_allclose(layer.forward(x, INFERENCE)[0][0, :, :, 0], expected, rtol=1e-12)


def test_convolution_gives_what_is_worked_out_by_hand():
    layer = Conv2d(1, 1, (2, 2))
    layer.params = {
        "w": np.array([[1.0, 2], [3, 4]]).reshape(2, 2, 1, 1),
        "b": np.array([10.0]),
    }
    x = np.array([[[1.0, 2, 0], [0, 1, 3]]])  # one image of 2 × 3
    y, cache = layer.forward(x, INFERENCE)
    # 1·1 + 2·2 + 3·0 + 4·1 + 10 = 19;  1·2 + 2·0 + 3·1 + 4·3 + 10 = 27
    assert_array_equal(y, np.array([[[[19.0], [27.0]]]]))
    dx, grads = layer.backward(np.array([[[[1.0], [2.0]]]]), cache)
    assert_array_equal(dx, [[[1.0, 4, 4], [3, 10, 8]]])
    assert_array_equal(grads["w"][:, :, 0, 0], [[1 + 4, 2 + 0], [0 + 2, 1 + 6]])
    assert_array_equal(grads["b"], [3.0])


@pytest.mark.parametrize("case", CONVS)
def test_the_gradients_of_convolution_are_the_central_differences(case, rng):
    arguments, options, shape = CONVS[case]
    layer = Conv2d(*arguments, rng=rng, **options)
    assert check_layer(layer, spread(rng, shape), rng) < TOLERANCE


@pytest.mark.parametrize("case", POOLS)
def test_the_gradients_of_pooling_are_the_central_differences(case, rng):
    layer, shape = POOLS[case]
    assert check_layer(layer, spread(rng, shape), rng) < TOLERANCE


@pytest.mark.parametrize("size", [1, 2, 3, (2, 1), (2, 3)])
def test_max_pooling_does_what_plain_loops_do_and_pays_the_first_of_ties(size, rng):
    x = rng.integers(0, 3, (3, 7, 6, 2)).astype(np.float64)  # three values: many ties
    layer = MaxPool2d(size)
    y, cache = layer.forward(x, INFERENCE)
    dy = rng.standard_normal(y.shape)
    dx, _ = layer.backward(dy, cache)
    expected, expected_dx = np.zeros(y.shape), np.zeros(x.shape)
    rows, columns = size if isinstance(size, tuple) else (size, size)
    assert y.shape == (3, 7 // rows, 6 // columns, 2)
    for n, p, q, c in np.ndindex(y.shape):
        corners = itertools.product(range(rows), range(columns))
        places = [(n, p * rows + r, q * columns + s, c) for r, s in corners]
        best = max(places, key=lambda place: x[place])  # max keeps the first
        expected[n, p, q, c] = x[best]
        expected_dx[best] += dy[n, p, q, c]
    assert_array_equal(y, expected)
    assert_array_equal(dx, expected_dx)


def test_average_pooling_gives_what_is_worked_out_by_hand():
    x = np.arange(15.0).reshape(1, 3, 5)  # the third row and fifth column have no block
    y, cache = AvgPool2d(2).forward(x, INFERENCE)
    assert_array_equal(y[0, :, :, 0], [[3.0, 5.0]])  # (0 + 1 + 5 + 6) / 4, ...
    dx, _ = AvgPool2d(2).backward(np.array([[[[4.0], [8.0]]]]), cache)
    assert_array_equal(dx[0], [[1, 1, 2, 2, 0], [1, 1, 2, 2, 0], [0] * 5])


def test_average_pooling_of_oblong_blocks_gives_what_is_worked_out_by_hand():
    x = np.arange(15.0).reshape(1, 3, 5)
    y, cache = AvgPool2d((1, 4)).forward(x, INFERENCE)
    assert_array_equal(y[0, :, :, 0], [[1.5], [6.5], [11.5]])
    dx, _ = AvgPool2d((1, 4)).backward(np.array([[[[4.0]], [[8]], [[0]]]]), cache)
    assert_array_equal(dx[0], [[1, 1, 1, 1, 0], [2, 2, 2, 2, 0], [0] * 5])


def test_global_pooling_is_the_mean_of_each_channel(rng):
    x = rng.standard_normal((2, 3, 5, 4))
    y = GlobalAvgPool().forward(x, INFERENCE)[0]
    assert_allclose(y, x.reshape(2, 15, 4).mean(axis=1), rtol=1e-12)


@pytest.mark.parametrize("case", [*CONVS, *POOLS])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_an_arena_changes_no_bit_and_types_stay(case, dtype, rng):
    layer, x = make(case, rng) if case in CONVS else (POOLS[case][0], None)
    x = rng.standard_normal(POOLS[case][1]) if x is None else x
    layer.astype(dtype)
    x = x.astype(dtype)
    results = []
    for arena in (None, Arena()):
        y, cache = layer.forward(x, Run(arena=arena))
        dx, grads = layer.backward(np.ones_like(y), cache)
        results.append([y, dx, *grads.values()])
    for plain, reused in zip(*results, strict=True):
        assert plain.dtype == reused.dtype == dtype
        assert_array_equal(plain, reused)


@pytest.mark.parametrize("case", [*CONVS, *POOLS])
def test_backward_can_be_asked_twice(case, rng):
    layer, x = make(case, rng) if case in CONVS else (POOLS[case][0], None)
    x = rng.standard_normal(POOLS[case][1]) if x is None else x
    y, cache = layer.forward(x, INFERENCE)
    first, again = (layer.backward(np.ones_like(y), cache) for _ in range(2))
    assert_array_equal(first[0], again[0])
    for name, g in first[1].items():
        assert_array_equal(g, again[1][name])


def test_convolution_computes_no_gradient_that_is_not_needed(rng):
    layer, x = make("plain", rng)
    y, cache = layer.forward(x, INFERENCE)
    dx, grads = layer.backward(y, cache, need_dx=False)
    assert dx is None
    assert grads.keys() == {"w", "b"}


def test_convolution_starts_with_the_weights_of_he_and_biases_of_0():
    layer = Conv2d(6, 64, (5, 4), rng=np.random.default_rng(0))
    assert layer.params["w"].std() == pytest.approx(np.sqrt(2 / (5 * 4 * 6)), rel=0.03)
    assert not layer.params["b"].any()
    assert layer.params["w"].dtype == np.float32


@pytest.mark.parametrize("layer", [Conv2d(3, 4, (2, 2)), MaxPool2d(), AvgPool2d()])
@pytest.mark.parametrize("shape", [(2, 5), (2, 1, 1, 3), (2, 3, 4, 5, 3)])
def test_what_is_no_batch_of_images_or_too_small_is_refused(layer, shape):
    with pytest.raises(ShapeError, match="expected"):
        layer.forward(np.zeros(shape), INFERENCE)


def test_another_number_of_channels_is_refused():
    with pytest.raises(ShapeError, match=r"conv: expected images of 3 channels"):
        Conv2d(3, 4, (2, 2)).forward(np.zeros((2, 5, 6, 4)), INFERENCE)


@pytest.mark.parametrize(
    "options", [{"stride": 0}, {"pad": -1}, {"window": (0, 2)}, {"window": (2, -1)}]
)
def test_impossible_convolutions_are_refused(options):
    with pytest.raises(ShapeError, match="conv: expected channels, filters, window"):
        Conv2d(**{"n_in": 1, "n_out": 1, "window": (2, 2), **options}, init=HE)


def test_a_pool_of_nothing_is_refused():
    with pytest.raises(ShapeError, match="maxpool: expected a size of 1 or more"):
        MaxPool2d(0)
    with pytest.raises(ShapeError, match="got 2x0"):
        AvgPool2d("2x0")
    with pytest.raises(ShapeError, match=r"expected at least 2x4, got \(3, 3, 1\)"):
        MaxPool2d("2x4").output_shape((3, 3, 1))


@pytest.mark.parametrize(
    "text",
    [
        "conv 24 5x4",
        "conv 24 5x4 stride 2",
        "conv 24 5x4 pad 1",
        "conv 24 5x4 stride 3 pad 2",
        "maxpool 2",
        "maxpool 2x1",
        "avgpool 3",
        "avgpool 1x4",
        "globalpool",
        "conv 8 3x3 | batchnorm",
    ],
)
def test_a_layer_says_the_words_it_is_built_from(text, rng):
    assert str(build(text, (20, 21), rng=rng)) == text


@pytest.mark.parametrize(
    "text",
    [
        "conv 24",
        "conv 24 5",
        "conv 24 5x5 stride",
        "conv 24 5x5 speed 2",
        "maxpool x",
        "maxpool 2x",
        "maxpool 2x1x1",
        "avgpool 2 1",
        "flatten | conv 8 3x3",
        "flatten | maxpool 2",
        "conv 8 30x3",
        "batchnorm",
        "conv 8 3x3 | batchnorm 3",
    ],
)
def test_words_that_describe_no_layer_are_refused(text, rng):
    with pytest.raises(ShapeError):
        build(text, (20, 21), rng=rng)


def test_a_square_block_is_written_as_one_number():
    assert str(MaxPool2d("2x2")) == str(MaxPool2d((2, 2))) == "maxpool 2"
    assert str(AvgPool2d(np.int64(3))) == "avgpool 3"


def test_a_window_may_be_one_number():
    assert str(Conv2d(1, 16, 5)) == str(Conv2d(1, 16, (5, 5))) == "conv 16 5x5"
    assert Conv2d(1, 16, np.int64(3)).params["w"].shape == (3, 3, 1, 16)


def test_a_network_without_generators_learns(rng):
    """Its weights are drawn, not placeholders, and can be changed in place."""
    layers = [Pixels(), Conv2d(1, 8, 3), ReLU(), Flatten(), Dense(8 * 6 * 6, 2)]
    network = Network(layers)
    images = np.zeros((40, 8, 8), np.uint8)
    labels = np.arange(40) % 2
    images[labels == 1, 2:6] = 255  # a bar
    images[labels == 0, :, 2:6] = 255
    losses = []
    for _ in range(20):
        logits, caches = network.forward(images, Run(training=True, rng=rng))
        loss, dlogits = softmax_cross_entropy(logits, labels)
        losses.append(loss)
        SGD().step(network.params, network.backward(dlogits, caches), lr=0.02)
    assert losses[-1] < losses[0] / 2


@pytest.mark.parametrize("sizes", [(0, 4, 3), (1, 0, 3), (1, 4, 0), (1, 4, (3, 0))])
def test_sizes_below_1_are_refused(sizes):
    with pytest.raises(ShapeError, match="of 1 or more"):
        Conv2d(*sizes)
