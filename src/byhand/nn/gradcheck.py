"""Gradient checks: what backward returns against central differences of forward.

All in float64, every element moved. An error counts as relative to the larger of the
two numbers, or to 0.01 if both are smaller: so 1e-6 here means "within 1e-6 relative or
1e-8 absolute".
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from byhand.errors import ShapeError
from byhand.nn.fusion import FUSIBLE, Fusible, Joining, joins
from byhand.nn.layer import Layer
from byhand.nn.losses import l2_penalty, softmax_cross_entropy
from byhand.nn.network import LAYERS, Network, build
from byhand.nn.run import Run
from byhand.nn.skips import Concat, Join, output_shapes
from byhand.types import Array, Arrays, Shape

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
        raise ShapeError(f"gradients of {[*analytic]}, expected of {[*moved]}")
    worst = 0.0
    for name, array in moved.items():
        a, n = analytic[name], numerical_gradient(loss, array)
        if a.shape != array.shape:
            raise ShapeError(f"{name}: gradient of {a.shape}, expected {array.shape}")
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
    if dx is None:
        raise ShapeError("expected backward to return dx, got None")

    def loss() -> float:
        return float((layer.forward(x, run())[0] * dy).sum())

    return worst_error({"x": dx, **grads}, loss, {"x": x, **layer.params})


def check_join(
    layer: Joining, x: Array, other: Array, rng: np.random.Generator
) -> float:
    """Return the worst relative error of a join's gradients of both its inputs."""
    y, cache = layer.join(x, other, Run())
    dy = rng.standard_normal(y.shape)
    dx, dother = layer.parted(dy, cache)

    def loss() -> float:
        return float((layer.join(x, other, Run())[0] * dy).sum())

    return worst_error({"x": dx, "other": dother}, loss, {"x": x, "other": other})


def check_kind(kind: type[Layer], rng: np.random.Generator) -> float:
    """Return the worst relative error of a layer's own example.

    A layer that measures or drops something is checked in training as well.

    Raises:
        ShapeError: it returns no gradients of the parameters' names and shapes.
        ByhandError: it has no example.
    """
    layer, shape = kind.example()
    if isinstance(layer, Join):
        other = (*shape[:-1], shape[-1] + 2 * isinstance(layer, Concat))
        return check_join(layer, spread(rng, shape), spread(rng, other), rng)
    seeds = (None, 7) if layer.random or layer.state else (None,)
    try:
        return max(check_layer(layer, spread(rng, shape), rng, seed) for seed in seeds)
    except ShapeError as error:
        raise ShapeError(f"gradcheck, {kind.kind}: {error}") from error


def check_fused(fusible: Fusible, rng: np.random.Generator) -> float | None:
    """Return the worst relative error of a fused stage's example.

    One that measures something is checked in training as well. None where no kernel
    runs these layers, as without Numba.
    """
    network = build(fusible.example, fusible.shape, rng=rng).astype(np.float64)
    if type(network.stages[-1][1]).__name__ != fusible.stage:
        return None
    number, stage = network.stages[-1]
    if joins(stage):
        shapes = output_shapes(network.layers, fusible.shape)
        x, other = (spread(rng, (2, *shapes[at])) for at in (number - 1, -1))
        return check_join(stage, x, other, rng)
    runs = [Run(), Run(training=True)] if network.state else [Run()]
    return max(_fused_error(network, fusible.shape, run, rng) for run in runs)


def _fused_error(
    network: Network, shape: Shape, run: Run, rng: np.random.Generator
) -> float:
    """Return the worst relative error of a network's last stage."""
    number, stage = network.stages[-1]
    x = spread(rng, (2, *shape))
    if number:  # behind pixels
        x = np.abs(x) * 100
    _draw_away_from_kinks(network, number, x, run, rng)
    y, caches = network.forward(x, run)
    assert caches
    dy = rng.standard_normal(y.shape)
    dx, grads = stage.backward(dy, caches[-1], need_dx=not number)

    def loss() -> float:
        return float((network.forward(x, run)[0] * dy).sum())

    moved = {name.partition(".")[2]: p for name, p in network.params.items()}
    if dx is not None:
        moved, grads = {"x": x, **moved}, {"x": dx, **grads}
    return worst_error(grads, loss, moved)


def _draw_away_from_kinks(
    network: Network, number: int, x: Array, run: Run, rng: np.random.Generator
) -> None:
    """Draw parameters until what ReLU and pooling compare is further apart than STEP.

    That is all outputs of the plain layer that has the parameters, and 0.
    """
    while network.params:
        for p in network.params.values():
            p[...] = rng.standard_normal(p.shape)
        z = x
        for layer in network.layers[: number + 1]:
            z, _ = layer.forward(z, run)
        if np.diff(np.sort(np.append(z, 0))).min() > 10 * STEP:
            return


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
    """Return the worst relative error of each layer, fused stage, and of the whole."""
    rng = np.random.default_rng(seed)
    errors = {name: check_kind(kind, rng) for name, kind in LAYERS.items()}
    for fusible in FUSIBLE:
        error = check_fused(fusible, rng)
        if error is not None:
            errors[f"{fusible.example}, fused"] = error
    images = rng.integers(0, 256, (5, 4, 3)).astype(np.uint8)
    network = build(
        "pixels 1/255 | flatten | dense 6 | relu | dense 3", (4, 3), rng=rng
    )
    labels = np.array([0, 2, 1, 1, 0])
    return errors | {
        "softmax cross-entropy": check_loss(rng),
        "whole network": check_network(network, images, labels, rng),
    }
