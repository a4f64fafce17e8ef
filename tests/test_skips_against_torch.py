"""A U-shaped network and PyTorch's: the same outputs, loss and gradients."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from byhand.nn import Network, Run, build, pixel_cross_entropy

torch = pytest.importorskip("torch")
functional = torch.nn.functional

TEXT = (
    "pixels 1/255 | conv 8 3x3 stride 2 pad 1 | relu | as half"
    " | conv 16 3x3 stride 2 pad 1 | relu | conv 8 1x1 | upsample 2 | add half"
    " | conv 8 3x3 pad 1 | relu | concat half | conv 20 1x1 | pixelshuffle 2"
)


def theirs(network: Network, images: np.ndarray) -> tuple[dict, torch.Tensor]:
    """Return PyTorch's parameters, named as ours, and its logits, channels-first."""
    params = {
        name: torch.from_numpy(
            np.ascontiguousarray(p.transpose(3, 2, 0, 1) if p.ndim == 4 else p)
        ).requires_grad_()
        for name, p in network.params.items()
    }

    def conv(x: torch.Tensor, number: int, **how: int) -> torch.Tensor:
        return functional.conv2d(x, params[f"{number}.w"], params[f"{number}.b"], **how)

    x = torch.from_numpy(images.transpose(0, 3, 1, 2).astype(np.float64) / 255)
    half = torch.relu(conv(x, 1, stride=2, padding=1))
    quarter = torch.relu(conv(half, 4, stride=2, padding=1))
    up = functional.interpolate(conv(quarter, 6), scale_factor=2, mode="nearest")
    y = torch.relu(conv(up + half, 9, padding=1))
    y = conv(torch.cat([y, half], dim=1), 12)
    # their pixel shuffle has the class first: (2a + b) · 5 + k -> k · 4 + 2a + b
    n, _, height, width = y.shape
    y = y.reshape(n, 4, 5, height, width).transpose(1, 2).flatten(1, 2)
    return params, functional.pixel_shuffle(y, 2)


def test_logits_loss_and_gradients_are_those_of_pytorch(rng):
    images = rng.integers(0, 256, (2, 16, 24, 3)).astype(np.uint8)
    network = build(TEXT, images.shape[1:], rng=rng).astype(np.float64)
    targets = rng.random((2, 16, 24, 5))
    targets /= targets.sum(axis=-1, keepdims=True)
    weights = rng.random((2, 16, 24))
    logits, caches = network.forward(images, Run(training=True))
    loss, dlogits = pixel_cross_entropy(logits, targets, weights)
    grads = network.backward(dlogits, caches)

    params, their_logits = theirs(network, images)
    losses = functional.cross_entropy(
        their_logits,
        torch.from_numpy(targets.transpose(0, 3, 1, 2)),
        reduction="none",
    )
    w = torch.from_numpy(weights)
    their_loss = (losses * w).sum() / w.sum()
    their_loss.backward()
    expected = their_logits.detach().numpy().transpose(0, 2, 3, 1)
    assert_allclose(logits, expected, rtol=1e-9, atol=1e-9)
    assert_allclose(loss, their_loss.item(), rtol=1e-10)
    for name, p in params.items():
        g = p.grad.numpy()
        g = g.transpose(2, 3, 1, 0) if g.ndim == 4 else g
        assert_allclose(grads[name], g, rtol=1e-7, atol=1e-10, err_msg=name)
