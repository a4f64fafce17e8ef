"""Batch norm, and the ReLU and pooling behind it, run as compiled kernels.

Letters: N images, H × W pixels, P × Q blocks, C channels, B numbers a channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels import batchnorm
from byhand.kernels.blocks import part
from byhand.kernels.checks import expect_shape, flat
from byhand.nn.batchnorm import BatchNorm
from byhand.nn.layer import Layer
from byhand.nn.operands import contiguous, typed
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


class Normed(NamedTuple):
    """What BatchNormReLU keeps of a pass for `backward`."""

    x: Array  # flat
    y: Array  # shaped as the output
    places: Array  # shaped as y: which of a block's four is the largest; () unpooled
    peaks: Array  # shaped as y: its x; () unpooled
    table: Array  # (ROWS, C), flat: see `kernels.batchnorm`
    mean: Array  # (C,)
    var: Array  # (C,)
    x_shape: Shape
    run: Run


class BatchNormReLU:
    """BatchNorm, perhaps a ReLU behind it, and perhaps then MaxPool2d(2)."""

    recordable = True

    def __init__(self, norm: BatchNorm, relu: bool, pooled: bool, width: int) -> None:
        self.norm, self.relu, self.pooled, self.width = norm, relu, pooled, width

    @classmethod
    def fitting(
        cls, layers: Sequence[Any], before: Sequence[Layer]
    ) -> BatchNormReLU | None:
        """Return one that runs these layers, if there is a kernel."""
        norm, *behind = layers
        channels = len(norm.params["gamma"])
        if channels % 8 or (len(behind) == 2 and behind[1].sides != (2, 2)):
            return None
        width = part(channels, batchnorm.HELD)
        return cls(norm, bool(behind), len(behind) == 2, width)

    def forward(self, x: Array, run: Run) -> tuple[Array, Normed | None]:
        """Return y and the cache; raise ShapeError unless the last axis is C."""
        gamma, beta = self.norm.params["gamma"], self.norm.params["beta"]
        channels, dtype = len(gamma), gamma.dtype
        if x.shape[-1] != channels or (self.pooled and x.ndim != 4):
            wanted = "N, H, W" if self.pooled else "..."
            raise ShapeError(
                f"batchnorm: expected ({wanted}, {channels}), got {x.shape}"
            )
        numbers = contiguous(typed(x, dtype, run), run).reshape(-1)
        mean, var = self._moments(numbers, channels, run)
        table = run.empty((batchnorm.ROWS * channels,), dtype)
        eps = np.array([self.norm.eps], dtype)
        gamma = flat("gamma", gamma, channels, dtype)
        run.launch(batchnorm.prepare, mean, var, eps, gamma, table)
        y_shape: Shape = x.shape
        if self.pooled:
            n, height, width, _ = x.shape
            y_shape = (n, height // 2, width // 2, channels)
        kept = y_shape if self.pooled and run.gradients else (1,)
        y = run.empty(y_shape, dtype)
        cache = Normed(
            numbers, y, run.empty(kept, dtype), run.empty(kept, dtype), table, mean,
            var, x.shape, run,
        )  # fmt: skip
        self._run(cache, flat("beta", beta, channels, dtype))
        return y, cache if run.gradients else None

    def _moments(self, x: Array, channels: int, run: Run) -> tuple[Array, Array]:
        """Return the mean and variance to use: of x (B, C), flat, or the state."""
        if not run.training:
            mean, var = self.norm.state["mean"], self.norm.state["var"]
            return (
                flat("mean", mean, channels, x.dtype),
                flat("var", var, channels, x.dtype),
            )
        mean, var = run.empty((channels,), x.dtype), run.empty((channels,), x.dtype)
        chunk = run.empty((3 * self.width,), x.dtype)
        sums = run.empty((2 * self.width,), np.float64)
        rows = x.size // channels
        kernel = batchnorm.statistics(self.width)
        run.launch(kernel, x, mean, var, chunk, sums, rows, channels)
        return mean, var

    def _run(self, to: Normed, beta: Array) -> None:
        """Have y computed, and what `backward` needs."""
        y = to.y.reshape(-1)
        if self.pooled:
            kernel = batchnorm.forward_pool(self.width, to.run.gradients)
            to.run.launch(
                kernel, to.x, to.table, beta, y, to.places.reshape(-1),
                to.peaks.reshape(-1), to.x_shape,
            )  # fmt: skip
            return
        channels = len(beta)
        kernel = batchnorm.forward(self.width, self.relu)
        to.run.launch(kernel, to.x, to.table, beta, y, y.size // channels, channels)

    def backward(
        self, dy: Array, cache: Normed, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx and the gradients of gamma and beta."""
        x, y, places, peaks, table, _, _, x_shape, run = cache
        dtype, channels = x.dtype, x_shape[-1]
        expect_shape("dy", dy, y.shape)
        expect_shape("gamma", self.norm.params["gamma"], (channels,))
        expect_shape("places", places, y.shape if self.pooled else (1,))
        dy = contiguous(typed(dy, dtype, run), run).reshape(-1)
        dgamma, dbeta = run.empty((channels,), dtype), run.empty((channels,), dtype)
        sizes = (y.size // channels, channels)
        run.launch(
            batchnorm.gradient_sums(self.width, self.relu, run.training), dy,
            y.reshape(-1), peaks.reshape(-1) if self.pooled else x, table, dgamma,
            dbeta, run.empty((2 * self.width,), dtype),
            run.empty((2 * self.width,), np.float64), *sizes, x.size // channels,
        )  # fmt: skip
        grads = {"gamma": dgamma, "beta": dbeta}
        if not need_dx:
            return None, grads
        dx = run.empty(x_shape, dtype)
        if self.pooled:
            run.launch(
                batchnorm.dx_pool(self.width),
                dy,
                y.reshape(-1),
                places.reshape(-1),
                x,
                table,
                dx.reshape(-1),
                x_shape,
            )
        else:
            run.launch(
                batchnorm.dx(self.width, self.relu),
                dy,
                y.reshape(-1),
                x,
                table,
                dx.reshape(-1),
                *sizes,
            )
        return dx, grads

    def measured(self, cache: Normed) -> Arrays:
        """Return the mean and var that a training pass measured, named as `state`."""
        return {"mean": cache.mean.copy(), "var": cache.var.copy()}
