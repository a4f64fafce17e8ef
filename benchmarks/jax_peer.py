"""The jobs `classic` and `cnn` by JAX on the CPU: a whole step is one program of XLA.

This module is imported when a side is built; ImportError then means: not installed.

Letters: N images of a batch of H rows and W columns, D inputs, C channels, K classes.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import numpy as np

from benchmarks.job import Array, Parameters

Layers = list[tuple[jax.Array, jax.Array]]
Forward = Callable[[Layers, jax.Array], jax.Array]


def dense(layers: Layers, x: jax.Array) -> jax.Array:
    """Return the scores (N, K) of x (N, D): dense layers with ReLU between."""
    for w, b in layers[:-1]:
        x = jax.nn.relu(x @ w + b)
    w, b = layers[-1]
    return x @ w + b


def convolutional(layers: Layers, x: jax.Array) -> jax.Array:
    """Return the scores (N, K) of images (N, H, W): the network of `cnn`."""
    x = x[..., None] / 255  # (N, H, W, 1)
    for w, b in layers[:2]:
        axes = ("NHWC", "HWIO", "NHWC")
        y = jax.lax.conv_general_dilated(x, w, (1, 1), "VALID", dimension_numbers=axes)
        x = _pooled(jax.nn.relu(y + b))
    return dense(layers[2:], x.reshape(len(x), -1))


def _pooled(y: jax.Array) -> jax.Array:
    """The largest of each 2 x 2 pixels; on a CPU faster than XLA's reduce_window."""
    n, h, w, c = y.shape
    return y.reshape(n, h // 2, 2, w // 2, 2, c).max(axis=(2, 4))


@partial(
    jax.jit,
    static_argnames=("forward", "lr", "momentum", "decay"),
    donate_argnums=(0, 1),  # the new arrays may lie where the old ones were
)
def _step(
    layers: Layers,
    velocity: Layers,
    images: jax.Array,
    labels: jax.Array,
    batch: jax.Array,
    *,
    forward: Forward,
    lr: float,
    momentum: float,
    decay: float,
) -> tuple[Layers, Layers]:
    """Gather the batch, learn from it; return the new layers and velocity."""
    x = images.at[batch].get(mode="promise_in_bounds").astype(jnp.float32)
    chosen = labels.at[batch].get(mode="promise_in_bounds")

    def loss(layers: Layers) -> jax.Array:
        scores = forward(layers, x)
        right = jax.nn.one_hot(chosen, scores.shape[1])
        return -(right * jax.nn.log_softmax(scores)).sum() / len(batch)

    def slope(g: jax.Array, p: jax.Array) -> jax.Array:
        return g + decay * p if p.ndim > 1 else g  # weights decay, biases do not

    grads = jax.tree.map(slope, jax.grad(loss)(layers), layers)
    velocity = jax.tree.map(lambda v, g: momentum * v + g, velocity, grads)
    moved = jax.tree.map(
        lambda p, g, v: p - lr * (g + momentum * v), layers, grads, velocity
    )
    return moved, velocity


class JaxNetwork:
    """A network in float32 and how it learns: SGD, with Nesterov momentum if not 0.

    Args:
        forward: `dense` or `convolutional`.
        parameters: to start from.
        threads: for all of JAX; it counts for the first network of a process alone.
        settings: lr, momentum, decay.
    """

    def __init__(
        self,
        forward: Forward,
        parameters: Parameters,
        *,
        threads: int,
        lr: float,
        momentum: float = 0.0,
        decay: float = 0.0,
    ) -> None:
        os.environ.setdefault("NPROC", str(threads))  # XLA reads it when it starts
        jax.config.update("jax_platforms", "cpu")
        self.learn = partial(
            _step, forward=forward, lr=lr, momentum=momentum, decay=decay
        )
        self.layers: Layers = [
            (jnp.array(w, jnp.float32), jnp.array(b, jnp.float32))
            for w, b in parameters
        ]

    def seconds_a_step(
        self, images: Array, labels: Array, batches: Sequence[Array]
    ) -> float:
        """Train on uint8 images (N, ...) and labels (N,); return the mean of a step."""
        data: Any = (jnp.asarray(images), jnp.asarray(labels.astype(np.int32)))
        chosen = [jnp.asarray(batch.astype(np.int32)) for batch in batches]
        layers, velocity = self.layers, jax.tree.map(jnp.zeros_like, self.layers)
        copies = jax.tree.map(jnp.copy, (layers, velocity))
        jax.block_until_ready(self.learn(*copies, *data, chosen[0]))  # compiles
        began = time.perf_counter()
        for batch in chosen:
            layers, velocity = self.learn(layers, velocity, *data, batch)
        jax.block_until_ready(layers)
        seconds = time.perf_counter() - began
        self.layers = layers
        return seconds / len(batches)

    def parameters(self) -> Parameters:
        """Return the layers' w and b as they are now."""
        return [(np.asarray(w), np.asarray(b)) for w, b in self.layers]
