"""Stages for windows of any stride, batch norm and averages; their plain twins."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import Arena, BatchNorm, MaxPool2d, Network, ReLU, Run, build

pytest.importorskip("numba")
from byhand.nn.fused_average import Average
from byhand.nn.fused_enlarging import Shuffled, Upsampled
from byhand.nn.fused_norm import BatchNormReLU
from byhand.nn.fused_pointwise import Pointwise
from byhand.nn.fused_windows import ConvWindows
from byhand.nn.fused_winograd import ConvReLU

# architecture of one stage, image shape, the stage
CASES: dict[str, tuple[str, tuple[int, ...], type]] = {
    "stride 2, padded": (
        "conv 16 3x3 stride 2 pad 1 | relu", (7, 10, 8), ConvWindows),
    "stride 2 on images without channels": (
        "conv 8 3x3 stride 2 pad 1 | relu", (9, 8), ConvWindows),
    "stride 3, few channels, many filters": (
        "conv 40 2x3 stride 3 pad 2 | relu", (11, 12, 3), ConvWindows),
    "windows that jump over pixels": (
        "conv 8 1x2 stride 4", (10, 9, 5), ConvWindows),
    "one output": ("conv 8 4x3 stride 2 | relu", (4, 3, 2), ConvWindows),
    "outputs that see padding alone": (
        "conv 8 2x2 stride 3 pad 3 | relu", (5, 4, 1), ConvWindows),
    "stride 1, large windows": ("conv 24 5x7 pad 2", (9, 11, 3), ConvWindows),
    "3 × 3 on channels that Winograd does not take": (
        "conv 72 3x3 pad 1 | relu", (4, 5, 12), ConvWindows),
    "as many outputs in a row as no block has": (
        "conv 8 1x2 | relu", (2, 24, 8), ConvWindows),
    "1 × 1": ("conv 16 1x1 | relu", (5, 6, 8), Pointwise),
    "1 × 1, few channels, few filters": ("conv 5 1x1", (5, 6, 3), Pointwise),
    "1 × 1 on images without channels": ("conv 20 1x1 | relu", (5, 7), Pointwise),
    "1 × 1, strided": ("conv 8 1x1 stride 2", (5, 7, 3), ConvWindows),
    "3 × 3, images of several bands": (
        "conv 16 3x3 pad 1 | relu", (52, 41, 64), ConvReLU),
    "3 × 3, bands of one row each, no padding": (
        "conv 8 3x3", (7, 1031, 8), ConvReLU),
    "upsample": ("upsample 2", (3, 4, 16), Upsampled),
    "upsample, few channels": ("upsample 3", (3, 4, 5), Upsampled),
    "upsample one channel": ("upsample 2", (3, 4), Upsampled),
    "pixel shuffle": ("pixelshuffle 2", (3, 5, 20), Shuffled),
    "pixel shuffle by 3": ("pixelshuffle 3", (3, 5, 9), Shuffled),
    "3 × 3 without ReLU": ("conv 16 3x3 pad 1", (5, 6, 8), ConvReLU),
    "norm": ("batchnorm", (5, 3, 24), BatchNormReLU),
    "norm of a flat input": ("batchnorm | relu", (40,), BatchNormReLU),
    "norm with another eps": ("batchnorm eps 0.5 | relu", (3, 4, 16), BatchNormReLU),
    "norm and pool": ("batchnorm | relu | maxpool 2", (6, 4, 16), BatchNormReLU),
    "norm and pool, odd sizes": (
        "batchnorm | relu | maxpool 2", (7, 5, 8), BatchNormReLU),
    "norm of more numbers than a chunk": (
        "batchnorm | relu | maxpool 2", (17, 19, 104), BatchNormReLU),
    "mean of blocks": ("avgpool 2", (6, 4, 8), Average),
    "mean of blocks, odd sizes, few channels": ("avgpool 3", (7, 11, 3), Average),
    "mean of oblong blocks": ("avgpool 2x3", (7, 11, 8), Average),
    "mean of blocks of one channel": ("avgpool 2", (5, 7), Average),
    "mean of all": ("globalpool", (5, 3, 24), Average),
    "mean of all, few channels": ("globalpool", (4, 7, 5), Average),
}  # fmt: skip
every_case = pytest.mark.parametrize("case", CASES)
# one case of each stage in float64 as well, with what is uneven about its blocks: each
# compiles kernels of its own, and they differ in the type alone
DOUBLE = (
    "stride 3, few channels, many filters",
    "1 × 1, few channels, few filters",
    "3 × 3, bands of one row each, no padding",
    "upsample, few channels",
    "pixel shuffle",
    "norm and pool, odd sizes",
    "mean of blocks, odd sizes, few channels",
    "mean of all",
)
every_case_and_type = pytest.mark.parametrize(
    ("case", "dtype", "within"),
    [(case, np.float32, 2e-5) for case in CASES]
    + [(case, np.float64, 1e-12) for case in DOUBLE],
)


def both(text: str, shape: tuple[int, ...], dtype: Any) -> tuple[Network, Network]:
    """Return the network fused and plain, with equal parameters and state, random."""
    rng = np.random.default_rng(2)
    network = build(text, shape, rng=rng).astype(dtype)
    for array in network.params.values():
        array[...] = rng.standard_normal(array.shape)
    for array in network.state.values():
        array[...] = rng.random(array.shape) + 0.5
    plain = network.with_arrays(network.arrays)
    plain.stages = list(enumerate(plain.layers))
    return network, plain


def results(network: Network, x: np.ndarray, run: Run) -> dict[str, np.ndarray]:
    """Return y, what was measured, dx and the gradients, for a dy that is random."""
    y, caches = network.forward(x, run)
    assert caches
    d = np.random.default_rng(3).standard_normal(y.shape).astype(y.dtype)
    found = {"y": y.copy(), **network.measured(caches)}
    for (_, stage), cache in zip(network.stages[::-1], caches[::-1], strict=True):
        d, grads = stage.backward(d, cache)
        assert d is not None
        found |= grads
    return found | {"dx": d}


def inputs(case: str, count: int, dtype: Any) -> np.ndarray:
    rng = np.random.default_rng(4)
    return (rng.standard_normal((count, *CASES[case][1])) * 2 + 1).astype(dtype)


def assert_same(ours: Any, expected: Any, within: float) -> None:
    assert ours.keys() == expected.keys()
    for name, value in expected.items():
        assert ours[name].shape == value.shape, name
        assert ours[name].dtype == value.dtype, name
        scale = max(np.abs(value).max(), 0.1)
        assert_allclose(ours[name], value, rtol=0, atol=within * scale, err_msg=name)


@every_case
def test_the_stage_is_found(case):
    text, shape, kind = CASES[case]
    ((_, stage),) = build(text, shape).stages
    assert type(stage) is kind


@every_case_and_type
@pytest.mark.parametrize(
    ("count", "training"), [(1, False), (2, True), (5, False), (5, True)]
)
def test_a_stage_gives_what_the_plain_layers_give(case, dtype, within, count, training):
    ours, plain = both(*CASES[case][:2], dtype)
    x, run = inputs(case, count, dtype), Run(training=training)
    assert_same(results(ours, x, run), results(plain, x, run), within)


@every_case
def test_an_arena_changes_no_bit(case):
    ours, _ = both(*CASES[case][:2], np.float32)
    x, arena = inputs(case, 5, np.float32), Arena()
    results(ours, inputs(case, 3, np.float32) * 9, Run(training=True, arena=arena))
    found = results(ours, x, Run(training=True, arena=arena))
    for name, value in results(ours, x, Run(training=True)).items():
        assert_array_equal(found[name], value)


@every_case
def test_a_pass_without_gradients_gives_the_same(case):
    ours, _ = both(*CASES[case][:2], np.float32)
    x = inputs(case, 3, np.float32)
    expected = ours.forward(x, Run(training=True))[0]
    found, caches = ours.forward(x, Run(training=True, gradients=False))
    assert_array_equal(found, expected)
    assert caches is None


@every_case
def test_another_type_and_a_view_are_taken(case):
    ours, _ = both(*CASES[case][:2], np.float32)
    x = inputs(case, 3, np.float32)
    expected = results(ours, x, Run(training=True))
    view = np.stack([x, x], axis=-1)[..., 0]
    assert not view.flags.c_contiguous
    assert_same(results(ours, view, Run(training=True)), expected, 0)
    if CASES[case][2] not in (Average, Shuffled, Upsampled):  # of no type of their own
        wide = results(ours, x.astype(np.float64), Run(training=True))
        assert_same(wide, expected, 0)


@every_case
def test_dx_is_left_out_where_it_is_not_needed(case):
    ours, _ = both(*CASES[case][:2], np.float32)
    ((_, stage),) = ours.stages
    y, cache = stage.forward(inputs(case, 3, np.float32), Run(training=True))
    dx, grads = stage.backward(y, cache, need_dx=False)
    expected = stage.backward(y, cache)[1]
    assert dx is None
    for name, g in expected.items():
        assert_array_equal(grads[name], g)


@every_case
def test_a_gradient_of_another_shape_is_refused(case):
    ours, _ = both(*CASES[case][:2], np.float32)
    ((_, stage),) = ours.stages
    y, cache = stage.forward(inputs(case, 3, np.float32), Run(training=True))
    for wrong in (y[:2], y[..., :-1], np.concatenate([y, y])):
        with pytest.raises(ShapeError, match="kernel: expected dy of shape"):
            stage.backward(wrong, cache)


@pytest.mark.parametrize("case", [c for c in CASES if "norm" not in c])
def test_the_kept_part_of_a_cache_gives_the_chosen_images_gradients(case):
    ours, _ = both(*CASES[case][:2], np.float32)
    ((_, stage),) = ours.stages
    x, chosen = inputs(case, 5, np.float32), np.array([3, 1, 1])
    y, cache = stage.forward(x, Run())
    dx, grads = stage.backward(y[chosen], stage.kept(cache, chosen))
    expected_y, few = stage.forward(x[chosen], Run())
    expected_dx, expected = stage.backward(expected_y, few)
    assert_same({"dx": dx, **grads}, {"dx": expected_dx, **expected}, 0)


@settings(max_examples=10)  # most compile a kernel of their own
@given(
    st.integers(1, 9), st.integers(1, 9), st.integers(1, 9), st.integers(1, 4),
    st.integers(1, 4), st.integers(1, 4), st.integers(0, 3), st.booleans(),
)  # fmt: skip
def test_convolution_of_any_size_is_the_plain_one(
    height, width, channels, rows, columns, stride, pad, relu
):
    if height + 2 * pad < rows or width + 2 * pad < columns:
        return
    text = f"conv 8 {rows}x{columns} stride {stride} pad {pad}{' | relu' * relu}"
    ours, plain = both(text, (height, width, channels), np.float32)
    x = np.random.default_rng(1).standard_normal((2, height, width, channels))
    x = x.astype(np.float32)
    assert_same(results(ours, x, Run()), results(plain, x, Run()), 2e-5)


# --- batch norm -----------------------------------------------------------------------


@pytest.mark.parametrize("offset", [0, 1e3, -3e4])
def test_a_mean_far_from_0_costs_no_digits_of_the_variance(offset, rng):
    x = (rng.standard_normal((40, 9, 8, 16)) + offset).astype(np.float32)
    network = build("batchnorm | relu", (9, 8, 16))
    _, caches = network.forward(x, Run(training=True))
    found, x64 = network.measured(caches), x.reshape(-1, 16).astype(np.float64)
    assert_allclose(found["0.mean"], x64.mean(axis=0), rtol=1e-6, atol=1e-6)
    assert_allclose(found["0.var"], x64.var(axis=0), rtol=1e-5)


def test_a_channel_that_is_constant_has_variance_0(rng):
    x = np.full((3, 5, 4, 8), 0.1, np.float32)
    network = build("batchnorm | relu | maxpool 2", (5, 4, 8))
    y, caches = network.forward(x, Run(training=True))
    assert_allclose(network.measured(caches)["0.var"], 0, atol=1e-12)
    assert_allclose(y, 0, atol=1e-4)


@pytest.mark.parametrize("values", [2, 3])
@pytest.mark.parametrize("gamma", [1.5, 0.0, -2.0])
def test_the_first_of_equal_maxima_gets_the_gradient(values, gamma, rng):
    ours, plain = both("batchnorm | relu | maxpool 2", (6, 8, 8), np.float32)
    x = rng.integers(0, values, (4, 6, 8, 8)).astype(np.float32)  # most blocks tie
    for network in (ours, plain):
        network.params["0.gamma"][...] = gamma
        network.params["0.beta"][...] = 3.0
    found, expected = (results(n, x, Run(training=True)) for n in (ours, plain))
    assert_same(found, expected, 2e-5)


@pytest.mark.parametrize(
    ("layers", "kinds"),
    [
        ((BatchNorm(12), ReLU()), [BatchNorm, ReLU]),  # no multiple of 8
        ((BatchNorm(8), ReLU(), MaxPool2d(3)), [BatchNormReLU, MaxPool2d]),
        ((BatchNorm(8), ReLU(), MaxPool2d((2, 1))), [BatchNormReLU, MaxPool2d]),
    ],
)
def test_what_no_kernel_is_made_for_stays_plain(layers, kinds):
    assert [type(stage) for _, stage in Network(layers).stages] == kinds


@pytest.mark.parametrize(
    ("text", "shape"), [("batchnorm", (5, 4, 8)), ("batchnorm | relu", (8,))]
)
def test_other_channels_are_refused(text, shape):
    network = build(text, shape)
    with pytest.raises(ShapeError, match=r"batchnorm: expected \(\.\.\., 8\), got"):
        network.forward(np.zeros((3, *shape[:-1], 9), np.float32))


def test_pooling_needs_images():
    network = Network([BatchNorm(8), ReLU(), MaxPool2d(2)])
    with pytest.raises(ShapeError, match=r"batchnorm: expected \(N, H, W, 8\), got"):
        network.forward(np.zeros((3, 8), np.float32))


def test_a_cache_of_other_channels_is_refused():
    stages = [build("batchnorm | relu", (4, 2, n)).stages[0][1] for n in (8, 16)]
    y, cache = stages[0].forward(np.ones((3, 4, 2, 8), np.float32), Run(training=True))
    with pytest.raises(ShapeError, match="kernel: expected gamma of shape"):
        stages[1].backward(y, cache)


def test_a_cache_of_other_windows_is_refused():
    texts = ["conv 8 3x2 stride 2", "conv 8 2x3 stride 2", "conv 16 3x2 stride 2"]
    stages = [build(text, (9, 8, 3)).stages[0][1] for text in texts]
    y, cache = stages[0].forward(np.ones((3, 9, 8, 3), np.float32), Run())
    for other in stages[1:]:
        with pytest.raises(ShapeError, match="kernel: expected w of shape"):
            other.backward(y, cache)


def test_state_moves_as_with_the_plain_layers(rng):
    text = "conv 8 3x3 | batchnorm | relu | maxpool 2 | flatten | dense 16 | batchnorm"
    networks = both(text, (8, 9), np.float32)
    x = rng.standard_normal((6, 8, 9)).astype(np.float32)
    for network in networks:
        network.merge(network.measured(network.forward(x, Run(training=True))[1]))
    ours, plain = (network.state for network in networks)
    assert ours.keys() == {"1.mean", "1.var", "6.mean", "6.var"}
    for name, value in plain.items():
        assert_allclose(ours[name], value, rtol=1e-5, atol=1e-6)
