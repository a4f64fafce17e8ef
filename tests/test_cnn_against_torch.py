"""The benchmark's network and PyTorch's, from one start, on the same batches."""

from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_allclose

from byhand.data.datasets import load_dataset
from byhand.nn import SGD, Run, build, softmax_cross_entropy

torch = pytest.importorskip("torch")
sys.path.insert(0, str(Path(__file__).parent.parent))
from benchmarks.cnn import ARCHITECTURE, torch_network  # noqa: E402

LR, MOMENTUM = 0.05, 0.9


def start(dtype):
    network = build(
        ARCHITECTURE.format(classes=10), (28, 28), rng=np.random.default_rng(4)
    )
    return network.astype(dtype)


def their_loss(network, images, labels, dtype):
    x = torch.from_numpy(images[:, None].astype(dtype) / dtype(255))
    return torch.nn.functional.cross_entropy(network(x), torch.from_numpy(labels))


def test_the_losses_of_100_steps_in_float64_are_those_of_pytorch():
    train, rng = load_dataset("mnist").train, np.random.default_rng(5)
    ours, optimizer = start(np.float64), SGD(MOMENTUM, nesterov=True)
    theirs = torch_network(ours)
    their_optimizer = torch.optim.SGD(
        theirs.parameters(), lr=LR, momentum=MOMENTUM, nesterov=True
    )
    losses, their_losses = [], []
    for _ in range(100):
        chosen = rng.integers(0, len(train), 20)
        images, labels = train.images[chosen], train.labels[chosen]
        logits, caches = ours.forward(images, Run(training=True))
        loss, dlogits = softmax_cross_entropy(logits, labels)
        optimizer.step(ours.params, ours.backward(dlogits, caches), LR)
        losses.append(loss)
        their_optimizer.zero_grad()
        their = their_loss(theirs, images, labels, np.float64)
        their.backward()
        their_optimizer.step()
        their_losses.append(their.item())
    assert losses[-1] < 0.7 * losses[0]  # they did learn something together
    assert_allclose(losses, their_losses, rtol=1e-6)


def test_every_gradient_of_the_first_step_in_float32_is_that_of_pytorch():
    train = load_dataset("mnist").train
    images, labels = train.images[:100], train.labels[:100]
    ours = start(np.float32)
    theirs = torch_network(ours)
    their_loss(theirs, images, labels, np.float32).backward()
    logits, caches = ours.forward(images, Run(training=True))
    grads = ours.backward(softmax_cross_entropy(logits, labels)[1], caches)
    in_order = {name: np.ascontiguousarray(grads[name]) for name in ours.params}
    turned = torch_network(SimpleNamespace(params=in_order))
    for gradient, p in zip(turned.parameters(), theirs.parameters(), strict=True):
        distance = (gradient - p.grad).norm() / p.grad.norm()
        assert distance.item() < 1e-5
