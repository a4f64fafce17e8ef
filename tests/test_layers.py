"""Each layer: by hand, by plain loops, by central differences; and what it leaves."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import Arena, Crop, Dense, Dropout, Flatten, Layer, Pixels, ReLU, Run
from byhand.nn.gradcheck import TOLERANCE, check_layer, spread
from byhand.nn.init import HE
from byhand.nn.network import LAYERS, build

INFERENCE = Run()
ONES = np.ones((5, 8), np.float32)

# By name: how to make the layer, an input's shape (all sizes different), and the seed
# of its own chance while training.
CASES: dict[str, tuple[Callable[[], Layer], tuple[int, ...], int | None]] = {
    "pixels": (lambda: Pixels("1/255", -0.4), (2, 3, 5), None),
    "crop": (lambda: Crop(1), (2, 3, 5), None),
    "flatten": (Flatten, (2, 3, 5), None),
    "dense": (lambda: Dense(4, 3, rng=np.random.default_rng(1)), (5, 4), None),
    "relu": (ReLU, (5, 4), None),
    "dropout": (lambda: Dropout(0.4), (5, 4), 7),
    "dropout at inference": (lambda: Dropout(0.4), (5, 4), None),
}
every_layer = pytest.mark.parametrize("case", CASES)
with_and_without_arena = pytest.mark.parametrize("arena", [False, True])


def one_pass(
    case: str, arena: Arena | None, dtype: Any = np.float32
) -> tuple[Layer, np.ndarray, np.ndarray, Any, np.ndarray, dict[str, np.ndarray]]:
    """Return layer, x, y, cache, dx, grads; equal numbers at each call."""
    make, shape, seed = CASES[case]
    rng = np.random.default_rng(3)
    layer = make()
    layer.astype(dtype)
    x = spread(rng, shape).astype(dtype)
    run = Run(seed is not None, np.random.default_rng(seed), arena)
    y, cache = layer.forward(x, run)
    dx, grads = layer.backward(rng.standard_normal(y.shape).astype(dtype), cache)
    assert dx is not None
    return layer, x, y, cache, dx, grads


def test_the_cases_are_all_the_layers_of_the_two_modules():
    modules = {"byhand.nn.layers", "byhand.nn.pixels"}
    here = {k for k, layer in LAYERS.items() if layer.__module__ in modules}
    assert {case.partition(" ")[0] for case in CASES} == here


# --- all layers -----------------------------------------------------------------------


@every_layer
@pytest.mark.parametrize("seed", [0, 1])
def test_the_gradients_are_the_central_differences(case, seed):
    make, shape, chance = CASES[case]
    rng = np.random.default_rng(seed)
    assert check_layer(make(), spread(rng, shape), rng, chance) <= TOLERANCE


@every_layer
def test_gradients_have_the_names_and_shapes_of_the_parameters(case):
    layer, x, y, _, dx, grads = one_pass(case, None)
    assert {name: g.shape for name, g in grads.items()} == {
        name: p.shape for name, p in layer.params.items()
    }
    assert dx.shape == x.shape
    assert y.shape == (len(x), *layer.output_shape(x.shape[1:]))


@every_layer
@with_and_without_arena
def test_forward_changes_nothing_in_the_layer(case, arena):
    make, shape, seed = CASES[case]
    layer, x = make(), spread(np.random.default_rng(0), shape).astype(np.float32)
    before, x_before = copy.deepcopy(vars(layer)), x.copy()
    run = Run(seed is not None, np.random.default_rng(seed), Arena() if arena else None)
    y, cache = layer.forward(x, run)
    dy = np.ones_like(y)
    layer.backward(dy, cache)
    after = vars(layer)
    assert after.keys() == before.keys()
    params = before.pop("params")
    assert {**after, "params": None} == {**before, "params": None}
    assert after["params"].keys() == params.keys()
    for name, p in params.items():
        assert_array_equal(after["params"][name], p)
    assert_array_equal(x, x_before)
    assert_array_equal(dy, np.ones_like(y))


@every_layer
@with_and_without_arena
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_float32_stays_float32_and_float64_float64(case, arena, dtype):
    _, _, y, _, dx, grads = one_pass(case, Arena() if arena else None, dtype)
    assert {a.dtype for a in (y, dx, *grads.values())} == {np.dtype(dtype)}


@every_layer
def test_an_arena_changes_no_bit_of_the_results(case):
    _, _, y, _, dx, grads = one_pass(case, None)
    arena = Arena()
    arena.empty((100,), np.float64)[:] = np.nan  # used memory, as in a second pass
    arena.rewind()
    _, _, y_arena, _, dx_arena, grads_arena = one_pass(case, arena)
    assert_array_equal(y, y_arena)
    assert_array_equal(dx, dx_arena)
    assert grads.keys() == grads_arena.keys()
    for name, g in grads.items():
        assert_array_equal(g, grads_arena[name])


@every_layer
def test_a_layer_is_made_again_from_the_words_that_describe_it(case):
    make, shape, _ = CASES[case]
    layer = make()
    kind, *words = str(layer).split()
    again = LAYERS[kind].parse(words, shape[1:], np.random.default_rng(0), HE)
    assert (type(again), str(again)) == (type(layer), str(layer))
    assert {**vars(again), "params": None} == {**vars(layer), "params": None}
    assert again.output_shape(shape[1:]) == layer.output_shape(shape[1:])


def test_the_base_class_computes_nothing():
    with pytest.raises(NotImplementedError):
        Layer().forward(np.zeros((2, 3)), INFERENCE)
    with pytest.raises(NotImplementedError):
        Layer().backward(np.zeros((2, 3)), None)


# --- arena ----------------------------------------------------------------------------


def test_an_arena_hands_out_the_same_memory_after_a_rewind():
    arena = Arena()
    first = [arena.empty((3, 5), np.float32), arena.empty((2,), np.float64)]
    buffers = [id(b) for b in arena.buffers]
    arena.rewind()
    second = [arena.empty((3, 5), np.float32), arena.empty((2,), np.float64)]
    assert [id(b) for b in arena.buffers] == buffers
    for a, b in zip(first, second, strict=True):
        assert a.ctypes.data == b.ctypes.data


def test_two_requests_of_one_pass_share_no_memory():
    arena = Arena()
    a, b = arena.empty((3,), np.float32), arena.empty((3,), np.float32)
    assert not np.shares_memory(a, b)


def test_an_arena_gives_the_shape_and_type_asked_for_whatever_was_there_before():
    arena = Arena()
    arena.empty((40,), np.float64)
    arena.rewind()
    smaller = arena.empty((3, 2), np.float32)
    assert (smaller.shape, smaller.dtype) == ((3, 2), np.float32)
    assert arena.empty((0, 4), np.float32).shape == (0, 4)


def test_an_array_stays_valid_when_a_later_pass_needs_a_larger_one():
    arena = Arena()
    small = arena.empty((2,), np.float32)
    small[:] = 5
    arena.rewind()
    arena.empty((1000,), np.float32)[:] = 6
    assert_array_equal(small, [5, 5])


# --- pixels ---------------------------------------------------------------------------


def test_pixels_are_scaled_then_moved():
    x = np.array([[[0, 51, 255]]], np.uint8)
    y, _ = Pixels("1/255", "-1/2").forward(x, INFERENCE)
    assert_allclose(y, [[[-0.5, -0.3, 0.5]]], rtol=1e-7)


def test_pixels_with_scale_1_are_the_raw_values():
    x = np.arange(256, dtype=np.uint8).reshape(1, 16, 16)
    y, _ = Pixels(1).forward(x, INFERENCE)
    assert y.dtype == np.float32
    assert_array_equal(y, x)


def test_pixels_without_words_go_from_0_to_1():
    y, _ = Pixels().forward(np.array([[[0, 255]]], np.uint8), INFERENCE)
    assert_array_equal(y, np.array([[[0, 1]]], np.float32))


@pytest.mark.parametrize("scale", ["nan", "inf", "1e400", float("nan"), "x"])
def test_pixels_refuse_a_scale_that_is_no_number(scale):
    with pytest.raises(ValueError, match=r"finite number|could not convert"):
        Pixels("1", scale)


def test_the_gradient_of_pixels_is_scaled_and_not_moved():
    dx, grads = Pixels("1/4", 3).backward(np.array([[[8.0, -2.0]]]), None)
    assert_array_equal(dx, [[[2.0, -0.5]]])
    assert grads == {}


def test_pixels_compute_no_gradient_that_is_not_needed():
    assert Pixels().backward(np.ones((1, 2, 3)), None, need_dx=False) == (None, {})


FRACTIONS = np.array([[[0, 0.5], [1, 0.25]]])


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.float16, np.bool_])
@pytest.mark.parametrize("text", ["pixels | flatten", "pixels | flatten | dense 8"])
def test_pixels_that_were_scaled_before_are_refused(dtype, text):
    network = build(text, (2, 2), rng=np.random.default_rng(0))
    message = r"pixels: expected grey levels from 0 to 255, got .* up to .*; try uint8"
    with pytest.raises(ShapeError, match=message):
        network.forward(FRACTIONS.astype(dtype))


@pytest.mark.parametrize(
    "x",
    [
        FRACTIONS * 255,
        (FRACTIONS > 2).astype(np.float32),  # blank
        np.ones((1, 2, 2), np.uint8),
        np.ones((1, 2, 2), np.int64),
        np.zeros((0, 2, 2)),
    ],
)
def test_grey_levels_of_any_type_are_taken(x):
    y, _ = Pixels().forward(x, INFERENCE)
    assert_allclose(y, x / 255, rtol=1e-6)


def test_pixels_of_scale_1_take_fractions():
    assert_allclose(Pixels(1).forward(FRACTIONS, INFERENCE)[0], FRACTIONS)


def test_pixels_that_are_no_numbers_are_refused():
    with pytest.raises(ShapeError, match="pixels: expected uint8 images, got <U1"):
        Pixels().forward(np.full((1, 2, 2), "x"), INFERENCE)


# --- flatten --------------------------------------------------------------------------


def test_a_crop_leaves_out_the_margin(rng):
    x = rng.standard_normal((2, 6, 7, 3))
    y, cache = Crop(2).forward(x, INFERENCE)
    assert y.shape[1:] == Crop(2).output_shape(x.shape[1:]) == (2, 3, 3)
    assert_array_equal(y, x[:, 2:4, 2:5])
    dx = Crop(2).backward(np.ones_like(y), cache)[0]
    assert dx is not None
    assert dx.sum() == y.size
    assert dx[:, 2:4, 2:5].min() == 1


@pytest.mark.parametrize("text", ["crop", "crop -1", "crop 1.5", "crop 3", "crop 1 2"])
def test_a_crop_that_cannot_be_is_refused(text):
    with pytest.raises(ShapeError, match="crop"):
        build(text, (6, 7))


def test_flatten_reads_each_image_row_by_row():
    x = np.arange(12).reshape(2, 2, 3)
    y, cache = Flatten().forward(x, INFERENCE)
    assert_array_equal(y, [[0, 1, 2, 3, 4, 5], [6, 7, 8, 9, 10, 11]])
    assert_array_equal(Flatten().backward(y, cache)[0], x)


# --- dense ----------------------------------------------------------------------------


def dense(w: Any, b: Any) -> Dense:
    layer = Dense(len(w), len(b))
    layer.params = {"w": np.array(w, np.float64), "b": np.array(b, np.float64)}
    return layer


def test_dense_gives_what_is_worked_out_by_hand():
    layer = dense([[1, 0, -1], [2, 1, 0]], [10, 20, 30])
    y, cache = layer.forward(np.array([[1.0, 2], [3, 4]]), INFERENCE)
    assert_array_equal(y, [[15, 22, 29], [21, 24, 27]])
    dx, grads = layer.backward(np.array([[1.0, 0, 2], [0, 1, 1]]), cache)
    assert_array_equal(dx, [[-1, 2], [-1, 1]])
    assert_array_equal(grads["w"], [[1, 3, 5], [2, 4, 8]])
    assert_array_equal(grads["b"], [1, 1, 3])


def test_dense_does_what_plain_loops_do(rng):
    count, inputs, outputs = 5, 4, 3
    w, b = rng.standard_normal((inputs, outputs)), rng.standard_normal(outputs)
    x, dy = rng.standard_normal((count, inputs)), rng.standard_normal((count, outputs))
    y, dx = np.zeros((count, outputs)), np.zeros((count, inputs))
    dw, db = np.zeros((inputs, outputs)), np.zeros(outputs)
    for n in range(count):
        for m in range(outputs):
            y[n, m] = b[m]
            db[m] += dy[n, m]
            for d in range(inputs):
                y[n, m] += x[n, d] * w[d, m]
                dx[n, d] += dy[n, m] * w[d, m]
                dw[d, m] += x[n, d] * dy[n, m]
    layer = dense(w, b)
    result, cache = layer.forward(x, INFERENCE)
    dx_result, grads = layer.backward(dy, cache)
    assert_allclose(result, y, rtol=1e-12)
    assert_allclose(dx_result, dx, rtol=1e-12)
    assert_allclose(grads["w"], dw, rtol=1e-12)
    assert_allclose(grads["b"], db, rtol=1e-12)


@pytest.mark.parametrize("shape", [(5, 3), (5, 4, 1), (4,), (5, 2, 2)])
def test_dense_refuses_an_input_of_another_shape(shape):
    with pytest.raises(ShapeError, match=r"Dense: expected x of shape \(N, 4\), got"):
        Dense(4, 3).forward(np.zeros(shape, np.float32), INFERENCE)


def test_dense_can_only_be_described_after_a_flat_input():
    with pytest.raises(ShapeError, match=r"flat input, got \(7, 6\); try flatten"):
        Dense.parse(["5"], (7, 6), None, HE)


def test_dense_computes_no_gradient_that_is_not_needed(rng):
    layer = Dense(4, 3, rng=rng)
    _, cache = layer.forward(np.ones((2, 4), np.float32), INFERENCE)
    dx, grads = layer.backward(np.ones((2, 3), np.float32), cache, need_dx=False)
    assert dx is None
    assert_array_equal(grads["b"], [2, 2, 2])


def test_dense_starts_with_the_weights_of_he_and_biases_of_0(rng):
    layer = Dense(800, 300, rng=rng)
    assert layer.params["w"].std() == pytest.approx(math.sqrt(2 / 800), rel=0.01)
    assert_array_equal(layer.params["b"], np.zeros(300))


# --- relu -----------------------------------------------------------------------------


def test_relu_keeps_what_is_positive_and_its_gradient_at_0_is_0():
    x = np.array([[-2.0, 0.0, 3.0, -0.0, 1e-30]])
    y, cache = ReLU().forward(x, INFERENCE)
    assert_array_equal(y, [[0, 0, 3, 0, 1e-30]])
    dx, grads = ReLU().backward(np.array([[5.0, 6, -7, 8, 9]]), cache)
    assert_array_equal(dx, [[0, 0, -7, 0, 9]])
    assert grads == {}


# --- dropout --------------------------------------------------------------------------


@pytest.mark.parametrize("rate", [0.1, 0.25, 0.5])
def test_dropout_drops_its_share_and_keeps_the_mean(rate):
    count = 40_000
    run = Run(training=True, rng=np.random.default_rng(2))
    y, _ = Dropout(rate).forward(np.ones((count, 2), np.float32), run)
    four_sigma = 4 * math.sqrt(rate * (1 - rate) / (2 * count))
    assert (y == 0).mean() == pytest.approx(rate, abs=four_sigma)
    assert_allclose(y[y != 0], 1 / (1 - rate), rtol=1e-6)


def test_dropout_drops_the_same_values_from_the_gradient():
    run = Run(training=True, rng=np.random.default_rng(2))
    y, cache = Dropout(0.5).forward(np.full((3, 4), 3.0), run)
    assert 0 < (y == 0).sum() < 12
    dx, grads = Dropout(0.5).backward(np.full((3, 4), 5.0), cache)
    assert_array_equal(dx, np.where(y == 0, 0, 10))
    assert grads == {}


@pytest.mark.parametrize(
    ("rate", "run"),
    [
        (0.5, Run(training=False, rng=np.random.default_rng(0))),
        (0.0, Run(training=True)),
    ],
    ids=["at inference", "with rate 0"],
)
def test_dropout_is_the_identity(rate, run):
    x = np.arange(6.0).reshape(2, 3)
    y, cache = Dropout(rate).forward(x, run)
    assert_array_equal(y, x)
    assert_array_equal(Dropout(rate).backward(x, cache)[0], x)


def test_dropout_repeats_itself_with_the_same_generator_only():
    def dropped(seed: int) -> list[bool]:
        run = Run(training=True, rng=np.random.default_rng(seed))
        return list((Dropout(0.5).forward(ONES, run)[0] == 0).flat)

    assert dropped(1) == dropped(1)
    assert dropped(1) != dropped(2)


def test_dropout_while_training_asks_for_a_generator():
    with pytest.raises(ShapeError, match=r"try Run\(training=True, rng="):
        Dropout(0.5).forward(ONES, Run(training=True))


@pytest.mark.parametrize("rate", [1, 1.5, -0.1, math.nan])
def test_dropout_refuses_a_rate_that_is_none(rate):
    with pytest.raises(ShapeError, match=r"dropout: expected a rate in \[0, 1\), got"):
        Dropout(rate)
