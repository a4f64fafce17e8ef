"""Batch normalisation: by hand, by differences, against PyTorch; and what it keeps."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from byhand.errors import ShapeError
from byhand.nn import Arena, BatchNorm, Run, build
from byhand.nn.gradcheck import TOLERANCE, check_layer, spread

TRAINING, INFERENCE = Run(training=True), Run()


@pytest.mark.parametrize("shape", [(7, 3), (2, 5, 4, 3)])
@pytest.mark.parametrize("seed", [1, None])
def test_the_gradients_are_the_central_differences(shape, seed, rng):
    layer = BatchNorm(3)
    layer.state = {"mean": rng.random(3), "var": rng.random(3) + 0.5}
    assert check_layer(layer, spread(rng, shape), rng, seed) < TOLERANCE


def test_it_gives_what_is_worked_out_by_hand():
    layer = BatchNorm(1, eps=0.0)
    layer.params = {"gamma": np.array([2.0]), "beta": np.array([5.0])}
    y, cache = layer.forward(np.array([[1.0], [3.0]]), TRAINING)
    assert_allclose(y, [[3.0], [7.0]])  # mean 2, variance 1: x_hat is -1 and 1
    assert layer.measured(cache) == {"mean": 2.0, "var": 1.0}
    layer.state = {"mean": np.array([1.0]), "var": np.array([4.0])}
    assert_allclose(layer.forward(np.array([[3.0]]), INFERENCE)[0], [[7.0]])


def test_each_channel_has_mean_0_and_variance_1_however_far_away_it_was(rng):
    x = (rng.standard_normal((50, 6, 5, 3)) * [1, 30, 0.1] + [0, 1e3, -2]).astype("f4")
    y = BatchNorm(3).forward(x, TRAINING)[0].reshape(-1, 3)
    assert_allclose(y.mean(axis=0), 0, atol=1e-4)
    assert_allclose(y.var(axis=0), 1, rtol=3e-3)


def test_forward_backward_and_running_averages_are_those_of_pytorch(rng):
    torch = pytest.importorskip("torch")
    x, dy = rng.standard_normal((2, 4, 5, 6, 3))
    theirs = torch.nn.BatchNorm2d(3, momentum=0.1).double()
    network = build("batchnorm", (5, 6, 3), rng=rng).astype(np.float64)
    (ours,) = network.layers
    for name, t in (("gamma", theirs.weight), ("beta", theirs.bias)):
        ours.params[name] = rng.standard_normal(3)
        with torch.no_grad():
            t.copy_(torch.from_numpy(ours.params[name]))
    tx = torch.from_numpy(x.transpose(0, 3, 1, 2).copy()).requires_grad_()
    ty = theirs(tx)
    ty.backward(torch.from_numpy(dy.transpose(0, 3, 1, 2).copy()))
    y, caches = network.forward(x, TRAINING)
    dx, grads = ours.backward(dy, caches[0])
    assert_allclose(y, ty.detach().numpy().transpose(0, 2, 3, 1), atol=1e-10)
    assert_allclose(dx, tx.grad.numpy().transpose(0, 2, 3, 1), atol=1e-10)
    assert_allclose(grads["gamma"], theirs.weight.grad.numpy(), atol=1e-10)
    assert_allclose(grads["beta"], theirs.bias.grad.numpy(), atol=1e-10)
    network.merge(network.measured(caches))
    assert_allclose(ours.state["mean"], theirs.running_mean.numpy(), atol=1e-12)
    count = x.size // 3  # PyTorch keeps the unbiased variance, we keep what was used
    unbiased = (theirs.running_var.numpy() - 0.9) * (count - 1) / count + 0.9
    assert_allclose(ours.state["var"], unbiased, atol=1e-12)


def test_forward_changes_nothing_in_the_layer(rng):
    layer = BatchNorm(3)
    before = {k: a.copy() for k, a in (layer.params | layer.state).items()}
    layer.forward(rng.standard_normal((5, 3)).astype(np.float32), TRAINING)
    for name, array in (layer.params | layer.state).items():
        assert_array_equal(array, before[name])


@pytest.mark.parametrize("arena", [False, True])
@pytest.mark.parametrize("training", [False, True])
def test_float32_stays_float32(arena, training, rng):
    layer, run = BatchNorm(3), Run(training, arena=Arena() if arena else None)
    y, cache = layer.forward(rng.standard_normal((5, 3)).astype(np.float32), run)
    dx, grads = layer.backward(y, cache)
    kinds = {a.dtype for a in (y, dx, *grads.values(), *layer.measured(cache).values())}
    assert kinds == {np.dtype(np.float32)}


def test_another_number_of_channels_is_refused():
    with pytest.raises(ShapeError, match=r"batchnorm: expected \(\.\.\., 3\)"):
        BatchNorm(3).forward(np.zeros((5, 4)), INFERENCE)
