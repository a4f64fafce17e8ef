"""Gradient checks: what backward returns against central differences of forward.

All in float64, every element moved. An error counts as relative to the larger of the
two numbers, or to 0.01 if both are smaller: so 1e-6 here means "within 1e-6 relative or
1e-8 absolute".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from byhand.nn.batchnorm import BatchNorm
from byhand.nn.conv import AvgPool2d, Conv2d, GlobalAvgPool, MaxPool2d
from byhand.nn.layers import Crop, Dense, Dropout, Flatten, Layer, Pixels, ReLU
from byhand.nn.losses import l2_penalty, softmax_cross_entropy
from byhand.nn.network import Network, build
from byhand.nn.run import Array, Arrays, Run

STEP = 1e-5  # truncation error ~ STEP², rounding error ~ 1e-16 / STEP
TOLERANCE = 1e-6
FLOOR = 1e-2


def numerical_gradient(loss: Callable[[], float], array: Array) -> Array:
    """Return (loss(a + h) - loss(a - h)) / 2h for every element a of `array`.

    The elements are moved in place, one at a time, and put back.
    """
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        old = array[index]
        array[index] = old + STEP
        above = loss()
        array[index] = old - STEP
        gradient[index] = (above - loss()) / (2 * STEP)
        array[index] = old
    return gradient


def worst_error(analytic: Arrays, loss: Callable[[], float], moved: Arrays) -> float:
    """Return the largest relative error over all elements of all named arrays."""
    if analytic.keys() != moved.keys():
        raise AssertionError(f"gradients of {[*analytic]}, expected of {[*moved]}")
    worst = 0.0
    for name, array in moved.items():
        a, n = analytic[name], numerical_gradient(loss, array)
        if a.shape != array.shape:
            raise AssertionError(
                f"{name}: gradient of {a.shape}, expected {array.shape}"
            )
        scale = np.maximum(np.maximum(np.abs(a), np.abs(n)), FLOOR)
        # unlike max(), np.maximum keeps a nan: no such gradient passes
        worst = float(np.maximum(worst, (np.abs(a - n) / scale).max()))
    return worst


def spread(rng: np.random.Generator, shape: tuple[int, ...]) -> Array:
    """Return distinct values 0.1 apart, none within 0.05 of 0: no kink, no tie near."""
    count = int(np.prod(shape))
    values = (np.arange(count) - count // 2 + 0.5) * 0.1
    return rng.permutation(values).reshape(shape)


def check_layer(
    layer: Layer, x: Array, rng: np.random.Generator, seed: int | None = None
) -> float:
    """Return the worst relative error of dx and of every parameter's gradient.

    Args:
        layer: its parameters are replaced by random ones in float64.
        x: an input, float64, away from the layer's kinks.
        rng: draws the parameters, and dy: a sum of the outputs would hide bugs.
        seed: of the layer's own chance, the same at every call; None for inference.
    """
    layer.astype(np.float64)
    layer.params = {k: rng.standard_normal(p.shape) for k, p in layer.params.items()}

    def run() -> Run:
        return Run(seed is not None, np.random.default_rng(seed))

    y, cache = layer.forward(x, run())
    dy = rng.standard_normal(y.shape)
    dx, grads = layer.backward(dy, cache)
    assert dx is not None

    def loss() -> float:
        return float((layer.forward(x, run())[0] * dy).sum())

    return worst_error({"x": dx, **grads}, loss, {"x": x, **layer.params})


def check_loss(rng: np.random.Generator) -> float:
    """Return the worst relative error of the softmax cross-entropy's gradient."""
    logits, labels = rng.standard_normal((4, 3)), np.array([2, 0, 1, 1])

    def loss() -> float:
        return softmax_cross_entropy(logits, labels)[0]

    gradient = softmax_cross_entropy(logits, labels)[1]
    return worst_error({"logits": gradient}, loss, {"logits": logits})


def check_network(
    network: Network, images: Array, labels: Array, rng: np.random.Generator
) -> float:
    """Return the worst relative error of every parameter, through the whole loss."""
    network.astype(np.float64)
    params = {k: rng.standard_normal(p.shape) * 0.3 for k, p in network.params.items()}
    network.load(params | network.state)

    def loss() -> float:
        value = softmax_cross_entropy(network.forward(images)[0], labels)[0]
        return value + l2_penalty(network.params, 0.1)[0]

    logits, caches = network.forward(images)
    grads = network.backward(softmax_cross_entropy(logits, labels)[1], caches)
    for name, g in l2_penalty(network.params, 0.1)[1].items():
        grads[name] = grads[name] + g
    return worst_error(grads, loss, network.params)


def check_all(seed: int = 0) -> dict[str, float]:
    """Return the worst relative error of each layer, the loss and a whole network."""
    rng = np.random.default_rng(seed)
    images = rng.integers(0, 256, (5, 4, 3)).astype(np.uint8)
    network = build(
        "pixels 1/255 | flatten | dense 6 | relu | dense 3", (4, 3), rng=rng
    )
    labels = np.array([0, 2, 1, 1, 0])
    return {
        "pixels": check_layer(Pixels("1/255", -0.4), spread(rng, (2, 3, 4)), rng),
        "crop": check_layer(Crop(1), spread(rng, (2, 5, 4, 3)), rng),
        "flatten": check_layer(Flatten(), spread(rng, (2, 3, 4)), rng),
        "dense": check_layer(Dense(4, 5, rng=rng), spread(rng, (3, 4)), rng),
        "relu": check_layer(ReLU(), spread(rng, (3, 4)), rng),
        "dropout": check_layer(Dropout(0.4), spread(rng, (3, 4)), rng, seed=7),
        "conv": check_layer(
            Conv2d(2, 6, (2, 3), stride=2, pad=1), spread(rng, (3, 4, 5, 2)), rng
        ),
        "maxpool": check_layer(MaxPool2d(2), spread(rng, (2, 5, 6, 3)), rng),
        "avgpool": check_layer(AvgPool2d(2), spread(rng, (2, 5, 6, 3)), rng),
        "globalpool": check_layer(GlobalAvgPool(), spread(rng, (2, 5, 6, 3)), rng),
        "batchnorm": check_layer(BatchNorm(4), spread(rng, (5, 2, 3, 4)), rng, seed=7),
        "softmax cross-entropy": check_loss(rng),
        "whole network": check_network(network, images, labels, rng),
    }
