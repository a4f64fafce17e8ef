"""Optimisers against numbers worked out independently, and against PyTorch."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.nn import SGD, AdamW, Optimizer, clip_gradients

OPTIMIZERS: dict[str, Callable[[], Optimizer]] = {
    "sgd": SGD,
    "momentum": lambda: SGD(0.9),
    "nesterov": lambda: SGD(0.9, nesterov=True),
    "adamw": lambda: AdamW(weight_decay=0.1),
}


def descend(
    optimizer: Optimizer, lr: float, steps: int, start: float = 1.0
) -> list[float]:
    """Return the places on the way down x² / 2, whose gradient is x."""
    params, places = {"x": np.array([start])}, []
    for _ in range(steps):
        optimizer.step(params, {"x": params["x"].copy()}, lr)
        places.append(float(params["x"][0]))
    return places


def random_arrays(rng: np.random.Generator, dtype: Any) -> dict[str, np.ndarray]:
    shapes = {"0.w": (4, 3), "0.b": (3,), "2.w": (3, 2)}
    return {n: rng.standard_normal(s).astype(dtype) for n, s in shapes.items()}


# --- stochastic gradient descent ------------------------------------------------------


def test_plain_sgd_goes_down_the_gradient():
    params = {"w": np.array([1.0, -2.0]), "b": np.array([0.5])}
    SGD().step(params, {"w": np.array([4.0, -8.0]), "b": np.array([0.0])}, lr=0.25)
    assert_array_equal(params["w"], [0, 0])
    assert_array_equal(params["b"], [0.5])


def test_momentum_on_a_quadratic_follows_the_closed_form():
    # x(t+1) = (1 + momentum - lr) x(t) - momentum x(t-1) has the roots 0.9 and 0.5 when
    # momentum = 0.45 and lr = 0.05; x(0) = 1 and x(1) = 0.95 fix their shares.
    expected = [1.125 * 0.9**t - 0.125 * 0.5**t for t in range(1, 31)]
    assert_allclose(descend(SGD(0.45), lr=0.05, steps=30), expected, rtol=1e-12)


def test_nesterov_on_a_quadratic_follows_the_numbers_worked_out_by_hand():
    # v 1, 1.35; moved by 0.1 · (1 + 0.5), then by 0.1 · (0.85 + 0.675)
    assert_allclose(
        descend(SGD(0.5, nesterov=True), lr=0.1, steps=2), [0.85, 0.6975], rtol=1e-14
    )


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_sgd_is_that_of_pytorch(momentum, nesterov, rng):
    torch = pytest.importorskip("torch")
    params = random_arrays(rng, np.float64)
    theirs = {n: torch.tensor(p, requires_grad=True) for n, p in params.items()}
    torch_sgd = torch.optim.SGD(
        theirs.values(), lr=0.1, momentum=momentum, nesterov=nesterov
    )
    ours = SGD(momentum, nesterov)
    for _ in range(5):
        grads = random_arrays(rng, np.float64)
        ours.step(params, copy.deepcopy(grads), lr=0.1)
        for name, g in grads.items():
            theirs[name].grad = torch.tensor(g)
        torch_sgd.step()
    for name, p in params.items():
        assert_allclose(p, theirs[name].detach().numpy(), rtol=1e-12, err_msg=name)


# --- adam -----------------------------------------------------------------------------


@pytest.mark.parametrize("scale", [1e-4, 1.0, 1e4])
@pytest.mark.parametrize("sign", [-1, 1])
def test_the_first_step_of_adam_is_lr_whatever_the_gradients_scale(scale, sign):
    params = {"w": np.array([0.0])}
    AdamW().step(params, {"w": np.array([sign * scale])}, lr=0.01)
    assert params["w"][0] == pytest.approx(-sign * 0.01, rel=2e-4)


def test_each_step_of_adam_is_lr_while_the_gradient_stays_the_same():
    params, optimizer, places = {"w": np.array([0.0])}, AdamW(), []
    for _ in range(10):
        optimizer.step(params, {"w": np.array([3.0])}, lr=0.01)
        places.append(params["w"][0])
    assert_allclose(places, -0.01 * np.arange(1, 11), rtol=1e-8)


def test_adam_follows_the_numbers_worked_out_by_hand():
    # gradients 1 then -1, beta 1/2 and 3/4: m 1/2, -1/4 and v 1/4, 7/16; so corrected
    # m 1, -1/3 and v 1, 1
    params, optimizer = {"w": np.array([0.0])}, AdamW(beta1=0.5, beta2=0.75, eps=0.0)
    optimizer.step(params, {"w": np.array([1.0])}, lr=0.3)
    assert params["w"][0] == pytest.approx(-0.3, rel=1e-14)
    optimizer.step(params, {"w": np.array([-1.0])}, lr=0.3)
    assert params["w"][0] == pytest.approx(-0.2, rel=1e-14)


def test_eps_is_added_outside_the_root():
    params = {"w": np.array([0.0])}
    AdamW(eps=1e-8).step(params, {"w": np.array([1e-8])}, lr=1.0)
    assert params["w"][0] == pytest.approx(-0.5, rel=1e-9)


def test_weights_shrink_apart_from_the_gradient_and_biases_do_not():
    params = {"0.w": np.array([2.0]), "0.b": np.array([2.0])}
    zero = {"0.w": np.array([0.0]), "0.b": np.array([0.0])}
    AdamW(weight_decay=0.5).step(params, zero, lr=0.1)
    assert params["0.w"][0] == pytest.approx(2 * 0.95, rel=1e-14)
    assert params["0.b"][0] == 2.0


@pytest.mark.parametrize("weight_decay", [0.0, 0.3])
def test_adamw_is_that_of_pytorch(weight_decay, rng):
    torch = pytest.importorskip("torch")
    params = random_arrays(rng, np.float64)
    theirs = {n: torch.tensor(p, requires_grad=True) for n, p in params.items()}
    groups = [
        {"params": [theirs["0.w"], theirs["2.w"]], "weight_decay": weight_decay},
        {"params": [theirs["0.b"]], "weight_decay": 0.0},
    ]
    torch_adamw = torch.optim.AdamW(groups, lr=0.1, betas=(0.8, 0.95), eps=1e-3)
    ours = AdamW(0.8, 0.95, 1e-3, weight_decay)
    for _ in range(5):
        grads = random_arrays(rng, np.float64)
        ours.step(params, copy.deepcopy(grads), lr=0.1)
        for name, g in grads.items():
            theirs[name].grad = torch.tensor(g)
        torch_adamw.step()
    for name, p in params.items():
        assert_allclose(p, theirs[name].detach().numpy(), rtol=1e-12, err_msg=name)


# --- all ------------------------------------------------------------------------------

every_optimizer = pytest.mark.parametrize("name", OPTIMIZERS)


@every_optimizer
def test_every_optimizer_finds_the_bottom_of_a_quadratic(name):
    assert abs(descend(OPTIMIZERS[name](), lr=0.05, steps=300)[-1]) < 1e-3


@every_optimizer
def test_parameters_are_changed_in_place_and_stay_float32(name, rng):
    params, grads = random_arrays(rng, np.float32), random_arrays(rng, np.float32)
    before, kept = dict(params), copy.deepcopy(params)
    optimizer = OPTIMIZERS[name]()
    optimizer.step(params, grads, lr=0.1)
    for key, p in params.items():
        assert p is before[key]
        assert p.dtype == np.float32
        assert (p != kept[key]).all()
    moments = {key: a.dtype for key, a in optimizer.state.items() if key != "t"}
    assert set(moments.values()) <= {np.dtype(np.float32)}


@every_optimizer
def test_the_gradients_are_not_changed_nor_kept(name, rng):
    params, grads = random_arrays(rng, np.float32), random_arrays(rng, np.float32)
    kept, optimizer = copy.deepcopy(grads), OPTIMIZERS[name]()
    optimizer.step(params, grads, lr=0.1)
    for key, g in grads.items():
        assert_array_equal(g, kept[key])
        assert not any(np.shares_memory(g, a) for a in optimizer.state.values())


@every_optimizer
def test_an_optimizer_given_the_state_of_another_goes_on_with_the_same_bits(name):
    at_once = descend(OPTIMIZERS[name](), lr=0.1, steps=7)
    first, second = OPTIMIZERS[name](), OPTIMIZERS[name]()
    half = descend(first, lr=0.1, steps=3)
    assert all(isinstance(a, np.ndarray) for a in first.state.values())
    second.state = copy.deepcopy(first.state)
    assert half + descend(second, lr=0.1, steps=4, start=half[-1]) == at_once


# --- clipping -------------------------------------------------------------------------


def test_gradients_are_clipped_by_their_joint_norm():
    grads = {"w": np.array([[3.0, 0.0]]), "b": np.array([-4.0])}
    w = grads["w"]
    assert clip_gradients(grads, limit=2.5) == 5.0
    assert_array_equal(grads["w"], [[1.5, 0]])
    assert_array_equal(grads["b"], [-2])
    assert grads["w"] is w


@pytest.mark.parametrize("limit", [5.0, 5.1, math.inf])
def test_gradients_within_the_limit_stay_as_they_are(limit):
    grads = {"w": np.array([[3.0, 0.0]]), "b": np.array([-4.0])}
    assert clip_gradients(grads, limit) == 5.0
    assert_array_equal(grads["w"], [[3, 0]])
    assert_array_equal(grads["b"], [-4])


def test_gradients_of_0_are_clipped_without_harm():
    grads = {"w": np.zeros((2, 3), np.float32)}
    assert clip_gradients(grads, limit=1.0) == 0.0
    assert_array_equal(grads["w"], np.zeros((2, 3)))
    assert grads["w"].dtype == np.float32


def test_clipping_is_that_of_pytorch(rng):
    torch = pytest.importorskip("torch")
    grads = random_arrays(rng, np.float64)
    theirs = [torch.zeros(g.shape, requires_grad=True) for g in grads.values()]
    for p, g in zip(theirs, grads.values(), strict=True):
        p.grad = torch.tensor(g, dtype=torch.float32)
    norm = torch.nn.utils.clip_grad_norm_(theirs, 0.5)
    assert clip_gradients(grads, 0.5) == pytest.approx(norm.item(), rel=1e-6)
    for p, g in zip(theirs, grads.values(), strict=True):
        assert_allclose(g, p.grad.numpy(), rtol=1e-5)
