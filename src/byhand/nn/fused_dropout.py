"""Dropout by kernels, so that a pass can be recorded."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.kernels import dropout
from byhand.kernels.checks import expect_shape
from byhand.nn.layer import Layer
from byhand.nn.layers import Dropout, drawn_key
from byhand.nn.operands import contiguous, taken, typed
from byhand.nn.run import Run
from byhand.types import Array, Arrays


class CompiledDropout:
    """The layer Dropout, its mask drawn and applied in one pass."""

    recordable = True

    def __init__(self, layer: Dropout) -> None:
        self.layer = layer

    @classmethod
    def fitting(
        cls, layers: Sequence[Any], before: Sequence[Layer]
    ) -> CompiledDropout | None:
        """Return one that runs this layer."""
        return cls(layers[0])

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y; the cache has the mask, or None where nothing was dropped."""
        if not run.training or self.layer.rate == 0:
            return x, (None, x.shape, run)
        key = drawn_key(run)
        mask, y = run.empty(x.shape, x.dtype), run.empty(x.shape, x.dtype)
        flat = contiguous(x, run).reshape(-1)
        scale = np.array([self.layer.scale], x.dtype)
        run.launch(
            dropout.drop, flat, key, self.layer.threshold, scale, mask.reshape(-1),
            y.reshape(-1),
        )  # fmt: skip
        return y, (mask, x.shape, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: the same values dropped, the same scale."""
        mask, shape, run = cache
        expect_shape("dy", dy, shape)
        if mask is None or not need_dx:
            return (dy if need_dx else None), {}
        dx = run.empty(mask.shape, mask.dtype)
        dy = contiguous(typed(dy, mask.dtype, run), run)
        run.launch(dropout.multiply, dy.reshape(-1), mask.reshape(-1), dx.reshape(-1))
        return dx, {}

    def kept(self, cache: Any, chosen: Array) -> Any:
        """Return the cache of the chosen images alone."""
        mask, shape, run = cache
        some = None if mask is None else taken(mask, chosen, run)
        return some, (len(chosen), *shape[1:]), run
