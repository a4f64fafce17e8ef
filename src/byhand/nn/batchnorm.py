"""Batch normalisation.

Letters: C channels, or values of a flat input; B numbers a channel: images × pixels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.nn.init import HE, PLACEHOLDERS, Init
from byhand.nn.layer import Graph, Layer
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape

EPS = 1e-5  # keeps the root of a variance of 0 away from 0


class BatchNorm(Layer):
    """Each channel brought to mean 0 and variance 1, then scaled and shifted.

    x_hat = (x - mean) / sqrt(var + eps);  y = gamma · x_hat + beta.

    Shapes: x (..., C) -> y (..., C); gamma, beta, mean, var (C,). While training, mean
    and (biased) var are those of the pass, one shard of a batch; at inference they are
    `state`, the running averages, to which the training loop adds what a pass measured.

    Source: Ioffe and Szegedy 2015, arXiv:1502.03167, alg. 1.
    """

    kind = "batchnorm"

    def __init__(self, n: int, *, eps: float = EPS, init: Init = HE) -> None:
        super().__init__()
        if not 0 <= eps < np.inf:
            raise ShapeError(f"batchnorm: expected an eps of 0 or more, got {eps}")
        one, zero = np.float32(1), np.float32(0)
        values = {"gamma": one, "beta": zero, "mean": zero, "var": one}
        arrays = {name: np.broadcast_to(value, n) for name, value in values.items()}
        if init is not PLACEHOLDERS:
            arrays = {name: array.copy() for name, array in arrays.items()}
        self.params = {name: arrays[name] for name in ("gamma", "beta")}
        self.state = {name: arrays[name] for name in ("mean", "var")}
        self.eps = eps

    @classmethod
    def parse(
        cls,
        words: Sequence[str],
        shape: Shape,
        rng: np.random.Generator | None,
        init: Init,
    ) -> BatchNorm:
        """Read "batchnorm", and "eps E" behind it where E is not 1e-5.

        C is the last axis, which plain images lack.
        """
        if len(shape) == 2:
            raise ShapeError("batchnorm: expected channels, got images without")
        settings = dict(zip(words[::2], map(float, words[1::2]), strict=True))
        return cls(shape[-1], init=init, **settings)

    def __str__(self) -> str:
        return self.kind if self.eps == EPS else f"{self.kind} eps {self.eps}"

    @classmethod
    def example(cls) -> tuple[BatchNorm, Shape]:
        """Return a layer and the shape of an input."""
        return cls(4), (5, 2, 3, 4)

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless the last axis is C."""
        gamma, beta = self.params["gamma"], self.params["beta"]
        if x.shape[-1] != len(gamma):
            raise ShapeError(f"batchnorm: expected (..., {len(gamma)}), got {x.shape}")
        x2 = x.reshape(-1, len(gamma))  # (B, C)
        if run.training:
            mean = x2.mean(axis=0, dtype=np.float64).astype(x.dtype)
            centred = np.subtract(x2, mean, out=run.empty(x2.shape, x.dtype))
            var = np.einsum("bc,bc->c", centred, centred) / len(x2)
        else:
            mean, var = self.state["mean"], self.state["var"]
            centred = np.subtract(x2, mean, out=run.empty(x2.shape, x.dtype))
        inverse = 1 / np.sqrt(var + self.eps)  # (C,)
        centred *= inverse
        y = np.multiply(centred, gamma, out=run.empty(x2.shape, x.dtype))
        y += beta
        return y.reshape(x.shape), (centred, inverse, mean, var, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx and the gradients of gamma and beta.

        While training, mean and var depend on every x of the channel, so that
        dx = gamma / sqrt(var + eps) · (dy - mean(dy) - x_hat · mean(dy · x_hat)).
        """
        x_hat, inverse, _, _, run = cache
        dy2 = dy.reshape(x_hat.shape)
        dgamma = np.einsum("bc,bc->c", dy2, x_hat)
        dbeta = dy2.sum(axis=0)
        grads = {"gamma": dgamma, "beta": dbeta}
        if not need_dx:
            return None, grads
        scale = self.params["gamma"] * inverse
        if not run.training:
            return (dy2 * scale).reshape(dy.shape), grads
        dx = np.multiply(
            x_hat, dgamma / -len(x_hat), out=run.empty(dy2.shape, dy.dtype)
        )
        dx += dy2
        dx -= dbeta / len(x_hat)
        dx *= scale
        return dx.reshape(dy.shape), grads

    def measured(self, cache: Any) -> Arrays:
        """Return the mean and var that a training pass measured, named as `state`."""
        _, _, mean, var, _ = cache
        return {"mean": mean, "var": var}

    def onnx(self, graph: Graph) -> None:
        """Add one node."""
        arrays = (*self.params.values(), *self.state.values())  # gamma, beta, mean, var
        graph.node("BatchNormalization", *arrays, epsilon=self.eps)
