"""Convolution with a window of one pixel as a matrix product, and perhaps ReLU.

Letters: N images, H × W pixels, C channels in, F filters.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from byhand.kernels.checks import expect_shape
from byhand.nn.conv import Conv2d, with_channels
from byhand.nn.fused_dense import DenseReLU
from byhand.nn.layer import Layer
from byhand.nn.layers import Dense
from byhand.nn.operands import taken
from byhand.nn.run import Run
from byhand.types import Array, Arrays


class Pointwise:
    """Conv2d of 1 × 1 and stride 1: a dense layer on every pixel, (N·H·W, C)."""

    recordable = True

    def __init__(self, conv: Conv2d, relu: bool) -> None:
        self.conv, self.relu = conv, relu

    @classmethod
    def fitting(
        cls, layers: Sequence[Any], before: Sequence[Layer]
    ) -> Pointwise | None:
        """Return one that runs these layers, if the window is one pixel."""
        conv, *relu = layers
        fits = (*conv.params["w"].shape[:2], conv.stride, conv.pad) == (1, 1, 1, 0)
        return cls(conv, bool(relu)) if fits else None

    @property
    def product(self) -> DenseReLU:
        """The stage of a dense layer with the same weights, as (C, F)."""
        w, b = self.conv.params["w"], self.conv.params["b"]
        dense = Dense.__new__(Dense)
        dense.params, dense.state = {"w": w.reshape(w.shape[2:]), "b": b}, {}
        return DenseReLU(dense, self.relu)

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y (N, H, W, F) and the cache; ShapeError unless x is (N, H, W, C)."""
        x4 = with_channels(x)
        shape = (len(x), *self.conv.output_shape(x4.shape[1:]))
        y, cache = self.product.forward(x4.reshape(-1, x4.shape[3]), run)
        return y.reshape(shape), (x.shape, cache)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, shaped as x, and the gradients of w and b."""
        x_shape, rows = cache
        expect_shape("dy", dy, (*x_shape[:3], len(self.conv.params["b"])))
        dx, grads = self.product.backward(dy.reshape(-1, dy.shape[-1]), rows, need_dx)
        grads["w"] = grads["w"].reshape(self.conv.params["w"].shape)
        return None if dx is None else dx.reshape(x_shape), grads

    def kept(self, cache: Any, chosen: Array) -> Any:
        """Return the cache of the chosen images alone."""
        shape, (x, y, run) = cache
        some = len(chosen), *shape[1:]
        x, y = (
            taken(a.reshape(shape[0], -1), chosen, run).reshape(-1, a.shape[1])
            for a in (x, y)
        )
        return some, (x, y, run)
