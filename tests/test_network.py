"""Networks: read from text, run forwards and backwards, compared with PyTorch."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import (
    INITS,
    Arena,
    Dense,
    Dropout,
    Flatten,
    Network,
    ReLU,
    Run,
    build,
    softmax_cross_entropy,
)
from byhand.nn.gradcheck import TOLERANCE, check_network
from byhand.nn.init import PLACEHOLDERS

DEEP = "pixels 1/255 -0.1 | flatten | dense 7 | relu | dense 6 | relu | dense 3"
LABELS = np.array([0, 2, 1, 1, 0, 2, 2, 1, 0, 0, 1])


@pytest.fixture
def images(rng):
    """Eleven images of 5 × 4 pixels."""
    return rng.integers(0, 256, (11, 5, 4)).astype(np.uint8)


@pytest.fixture
def network(rng):
    return build(DEEP, (5, 4), rng=rng)


def gradients(network: Network, images: np.ndarray, run: Run) -> dict[str, np.ndarray]:
    logits, caches = network.forward(images, run)
    return network.backward(softmax_cross_entropy(logits, LABELS)[1], caches)


def test_parameters_are_named_by_the_layers_number(network):
    shapes = {name: p.shape for name, p in network.params.items()}
    assert shapes == {
        **{"2.w": (20, 7), "2.b": (7,), "4.w": (7, 6), "4.b": (6,)},
        **{"6.w": (6, 3), "6.b": (3,)},
    }
    assert {p.dtype for p in network.params.values()} == {np.dtype(np.float32)}


def test_a_parameter_changed_in_place_changes_the_network(network, images):
    network.params["6.w"][:] = 0
    network.params["6.b"][:] = [1, 2, 3]
    assert_array_equal(network.forward(images)[0], np.tile([1, 2, 3], (11, 1)))


def test_forward_is_one_layer_after_the_other(network, images):
    x = images
    for layer in network.layers:
        x, _ = layer.forward(x, Run())
    assert_array_equal(network.forward(images)[0], x)


@pytest.mark.parametrize("architecture", [DEEP, "pixels 1 | flatten | dense 3"])
@pytest.mark.parametrize("seed", [0, 1])
def test_every_gradient_of_the_whole_loss_is_the_central_difference(
    architecture, seed, images
):
    rng = np.random.default_rng(seed)
    network = build(architecture, (5, 4), rng=rng)
    if architecture != DEEP:
        images //= 64  # raw pixels of hundreds would saturate the softmax
    assert check_network(network, images, LABELS, rng) <= TOLERANCE


@pytest.mark.parametrize(
    ("dtype", "rtol", "atol"),
    [(np.float64, 1e-10, 1e-13), (np.float32, 1e-4, 1e-6)],
    ids=["float64", "float32"],
)
@pytest.mark.parametrize("arena", [False, True])
def test_the_logits_and_all_gradients_are_those_of_pytorch(
    network, images, dtype, rtol, atol, arena
):
    torch = pytest.importorskip("torch")
    network.astype(dtype)
    logits, caches = network.forward(images, Run(arena=Arena() if arena else None))
    loss, dlogits = softmax_cross_entropy(logits, LABELS)
    grads = network.backward(dlogits, caches)

    params = {n: torch.tensor(p, requires_grad=True) for n, p in network.params.items()}
    x = torch.tensor(images.astype(dtype)).flatten(1) / 255 - 0.1
    x = torch.relu(x @ params["2.w"] + params["2.b"])
    x = torch.relu(x @ params["4.w"] + params["4.b"])
    x = x @ params["6.w"] + params["6.b"]
    expected = torch.nn.functional.cross_entropy(x, torch.tensor(LABELS))
    expected.backward()

    assert_allclose(logits, x.detach().numpy(), rtol=rtol, atol=atol)
    assert loss == pytest.approx(expected.item(), rel=rtol)
    assert grads.keys() == params.keys()
    for name, p in params.items():
        assert_allclose(grads[name], p.grad.numpy(), rtol=rtol, atol=atol, err_msg=name)
        assert grads[name].dtype == dtype


@pytest.mark.parametrize("text", [DEEP, "pixels 1/255 | flatten | dense 8"])
@pytest.mark.parametrize("shape", [(11, 6, 6), (11, 4, 4), (11, 5, 4, 2)])
def test_images_of_another_size_are_refused(text, shape, rng):
    network = build(text, (5, 4), rng=rng)
    with pytest.raises(ShapeError, match=r"Dense: expected x of .*, got \(11"):
        network.forward(np.ones(shape, np.uint8))


# --- memory ---------------------------------------------------------------------------


def test_forward_and_backward_change_nothing_in_the_network(network, images):
    before = {name: p.copy() for name, p in network.params.items()}
    kept = images.copy()
    gradients(network, images, Run(arena=Arena()))
    assert_array_equal(images, kept)
    assert network.params.keys() == before.keys()
    for name, p in network.params.items():
        assert_array_equal(p, before[name])


def test_caches_stay_valid_through_backward_until_the_next_forward(network, images):
    run = Run(arena=Arena())
    logits, caches = network.forward(images, run)
    kept = [array.copy() for array in arrays_in([logits, caches])]
    assert len(kept) > 5
    dy = np.ones_like(logits)
    first = copy.deepcopy(network.backward(dy, caches))
    for now, then in zip(arrays_in([logits, caches]), kept, strict=True):
        assert_array_equal(now, then)
    second = network.backward(dy, caches)  # so it can be run again
    for name, g in second.items():
        assert_array_equal(g, first[name])


def arrays_in(cache: Any) -> list[np.ndarray]:
    """Return the arrays in caches, however deep in lists and tuples."""
    if isinstance(cache, np.ndarray):
        return [cache]
    if isinstance(cache, list | tuple):
        return [array for inner in cache for array in arrays_in(inner)]
    return []


def test_a_second_pass_gets_the_very_same_memory(network, images):
    arena = Arena()
    first = gradients(network, images, Run(arena=arena))
    buffers = [(id(b), b.size) for b in arena.buffers]
    kept = copy.deepcopy(first)
    second = gradients(network, images, Run(arena=arena))
    assert [(id(b), b.size) for b in arena.buffers] == buffers
    for name, g in second.items():
        assert_array_equal(g, kept[name])
    for name in ("2.w", "4.w", "6.w"):
        assert second[name].ctypes.data == first[name].ctypes.data


def test_batches_of_changing_size_may_share_an_arena(network, images):
    run = Run(arena=Arena())
    for count in (5, 11, 2, 11):
        logits, _ = network.forward(images[:count], run)
        assert_array_equal(logits, network.forward(images[:count])[0])


# --- backward -------------------------------------------------------------------------


class NotBackwards(Flatten):
    """Raises if its gradient is asked for."""

    def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
        raise AssertionError("computed what nobody needs")


class First(Dense):
    """Raises if the gradient of its input is asked for."""

    def backward(self, dy: Any, cache: Any, need_dx: bool = True) -> Any:
        assert not need_dx
        return super().backward(dy, cache, need_dx)


def test_nothing_is_computed_below_the_first_layer_with_parameters(rng, images):
    network = Network([NotBackwards(), First(20, 3, rng=rng), ReLU()])
    logits, caches = network.forward(images.astype(np.float32))
    assert network.backward(logits, caches).keys() == {"1.w", "1.b"}


def test_the_first_layer_of_all_may_have_parameters(rng):
    network, x = Network([Dense(4, 3, rng=rng), ReLU()]), np.ones((5, 4), np.float32)
    logits, caches = network.forward(x)
    assert network.backward(logits, caches).keys() == {"0.w", "0.b"}


def test_a_network_without_parameters_has_no_gradients(images):
    network = Network([Flatten(), ReLU()])
    y, caches = network.forward(images)
    assert network.backward(y, caches) == {}


def test_only_a_network_with_dropout_needs_a_generator():
    assert Network([ReLU(), Dropout(0.5)]).random
    assert not Network([Flatten(), ReLU()]).random


# --- parameters -----------------------------------------------------------------------


def test_loaded_parameters_are_used(network, images):
    other = build(DEEP, (5, 4), rng=np.random.default_rng(8))
    network.load(other.params)
    assert_array_equal(network.forward(images)[0], other.forward(images)[0])


@pytest.mark.parametrize(
    "change",
    [
        lambda p: p.pop("2.b"),
        lambda p: p.update({"3.w": np.zeros(2)}),
        lambda p: p.update({"2.w": p["2.w"].T}),
        lambda p: p.update({"2.b": p["2.b"][None]}),
    ],
    ids=["one missing", "one too many", "transposed", "another rank"],
)
def test_parameters_that_do_not_fit_are_refused_and_none_is_taken(network, change):
    before = network.params
    params = {name: p + 1 for name, p in before.items()}
    change(params)
    with pytest.raises(ShapeError, match=r"network: expected .* of shape .*, got"):
        network.load(params)
    assert all(network.params[name] is p for name, p in before.items())


def test_all_arrays_are_the_parameters_and_the_state():
    network = build(
        "flatten | batchnorm | dense 3", (5, 4), rng=np.random.default_rng(0)
    )
    assert network.params.keys() == {"1.gamma", "1.beta", "2.w", "2.b"}
    assert network.state.keys() == {"1.mean", "1.var"}
    assert network.arrays == {**network.params, **network.state}
    other = {name: np.full_like(a, 7) for name, a in network.arrays.items()}
    network.load(other)
    assert network.arrays.keys() == other.keys()
    assert all(network.arrays[name] is a for name, a in other.items())


def test_the_state_moves_in_place_towards_what_a_pass_measured(rng, images):
    network = build("pixels 1 | flatten | batchnorm | dense 3", (5, 4), rng=rng)
    state, x = network.state, images.reshape(11, 20).astype(np.float64)
    _, caches = network.forward(images, Run(training=True))
    measured = network.measured(caches)
    assert measured.keys() == state.keys() == {"2.mean", "2.var"}
    assert_allclose(measured["2.mean"], x.mean(axis=0), rtol=1e-5)
    assert_allclose(measured["2.var"], x.var(axis=0), rtol=1e-5)
    network.merge(measured)
    assert_allclose(state["2.mean"], 0.1 * x.mean(axis=0), rtol=1e-5)
    assert_allclose(state["2.var"], 0.9 + 0.1 * x.var(axis=0), rtol=1e-5)
    network.merge(measured, share=1.0)
    assert network.state["2.mean"] is state["2.mean"]
    assert_allclose(state["2.mean"], x.mean(axis=0), rtol=1e-5)


# --- text -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "pixels 0.00392156862745098 0.0 | flatten | dense 60 | relu | dense 10",
        "pixels 1.0 -0.5 | flatten | dense 3 | dropout 0.25 | dense 2",
    ],
)
def test_a_network_says_the_text_it_is_built_from(text):
    assert str(build(text, (5, 4))) == text


def test_the_text_may_have_any_spaces():
    network = build("  flatten|dense   3 |relu", (5, 4))
    assert str(network) == "flatten | dense 3 | relu"


def test_the_output_shape_follows_from_the_images_shape():
    network = build("pixels | flatten | dense 3 | relu", (5, 4))
    assert network.output_shape((5, 4)) == (3,)
    assert build("pixels", (5, 4)).output_shape((5, 4)) == (5, 4)


@pytest.mark.parametrize("name", INITS)
def test_a_network_starts_as_its_init_says(name):
    init = INITS[name]
    rng = np.random.default_rng(1)
    network = build("flatten | dense 7", (5, 4), rng=rng, init=init)
    rng = np.random.default_rng(1)
    assert_array_equal(network.params["1.w"], init.weights(rng, (20, 7), 20))
    assert_array_equal(network.params["1.b"], init.bias(rng, (7,), 20))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("flatten | magic 3", "expected one of pixels, .*dropout.*, got 'magic'"),
        ("", "expected one of .*, got ''"),
        ("flatten | | relu", "expected one of .*, got ''"),
        ("dense 3", r"expected a flat input, got \(5, 4\); try flatten before it"),
        ("flatten | dense", "cannot read 'dense'"),
        ("flatten | dense 3 4", "cannot read 'dense 3 4'"),
        ("flatten | dense many", "cannot read 'dense many'"),
        ("flatten | dense 0", "cannot read 'dense 0'"),
        ("flatten | dense -3", "cannot read 'dense -3'"),
        ("flatten | dense 99999999999999999999999", "cannot read 'dense 9999"),
        ("pixels 1/0", "cannot read 'pixels 1/0'"),
        ("pixels one", "cannot read 'pixels one'"),
        ("pixels 1e400", "cannot read 'pixels 1e400'"),
        ("pixels nan", "cannot read 'pixels nan'"),
        ("pixels 1 2 3", "cannot read 'pixels 1 2 3'"),
        ("flatten | relu 5", "cannot read 'relu 5'"),
        ("flatten | dropout", "cannot read 'dropout'"),
        ("flatten | dropout 2", r"expected a rate in \[0, 1\), got 2"),
    ],
)
def test_a_text_that_describes_no_network_is_refused(text, message):
    with pytest.raises(ShapeError, match=message):
        build(text, (5, 4))


def test_a_huge_network_of_placeholders_takes_no_memory():
    network = build(
        "flatten | dense 99999999999 | relu | dense 10",
        (1000, 1000),
        init=PLACEHOLDERS,
    )
    assert network.params["1.w"].shape == (1_000_000, 99999999999)
    assert set(network.params["1.w"].strides) == {0}
