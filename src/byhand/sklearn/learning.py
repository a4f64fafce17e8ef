"""Epochs of a network on arrays of any kind, without a data set, a run or a model.

Letters: N samples, K classes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import numpy as np
from threadpoolctl import threadpool_limits

from byhand import nn
from byhand.errors import ByhandError, DivergedError, ShapeError
from byhand.training.recipe import Recipe
from byhand.types import Floats, Integers, Shape

CHUNK = 1000  # samples that are predicted at once: memory does not grow with N


def built(
    recipe: Recipe, classes: int, shape: Shape, rng: np.random.Generator
) -> nn.Network:
    """Return the recipe's network in float64, its weights drawn.

    Raises:
        ShapeError: its layers do not fit such samples, or its output not the classes.
    """
    network = nn.build(recipe.architecture_for(classes), shape, rng=rng)
    outputs = network.output_shape(shape)
    if outputs != (classes,):
        raise ShapeError(
            f"architecture: expected {classes} outputs, one a class, got {outputs}; try"
            " 'dense {classes}' at its end"
        )
    return network.astype(np.float64)


def epoch(
    network: nn.Network,
    optimizer: nn.Optimizer,
    x: Floats,
    labels: Integers,
    batch: int,
    lr_at: Callable[[int], float],
    rng: np.random.Generator,
) -> float:
    """Learn from all samples once, in a new order; return their mean loss in nats.

    Samples are x (N, …), labels (N,) from 0 to K - 1; `lr_at` takes a step's number.
    Raises DivergedError where a loss is infinite or not a number.
    """
    run = nn.Run(training=True, rng=rng, arena=nn.Arena())
    order, total = rng.permutation(len(x)), 0.0
    for step, first in enumerate(range(0, len(x), batch)):
        chosen = order[first : first + batch]
        logits, caches = network.forward(x[chosen], run)
        loss, dlogits = nn.softmax_cross_entropy(logits, labels[chosen])
        lr = lr_at(step)
        if not math.isfinite(loss):
            raise DivergedError(
                f"DigitClassifier: expected a finite loss, got {loss}; try a smaller lr"
                f" than {lr:g}"
            )
        optimizer.step(network.params, network.backward(dlogits, caches), lr)
        network.merge(network.measured(caches))
        total += loss * len(chosen)
    return total / len(x)


def logits(network: nn.Network, x: Floats) -> Floats:
    """Return the network's output (N, K) for samples (N, …)."""
    run = nn.Run(gradients=False)
    with one_thread():
        parts = [
            network.forward(x[first : first + CHUNK], run)[0]
            for first in range(0, len(x), CHUNK)
        ]
    return np.concatenate(parts)


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold BLAS to one thread: the same sums, whatever runs beside it.

    A loss that is not finite is an error, so that it need not warn as well.
    """
    with threadpool_limits(1, "blas"), np.errstate(over="ignore", invalid="ignore"):
        yield


@contextmanager
def value_errors() -> Iterator[None]:
    """Turn errors of our own into those that scikit-learn expects."""
    try:
        yield
    except ByhandError as error:
        raise ValueError(str(error)) from error
