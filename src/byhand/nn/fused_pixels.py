"""Pixels, and Crop if there is one, in one pass."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.kernels import pixels as kernels
from byhand.kernels.checks import expect_shape
from byhand.nn.layer import Layer
from byhand.nn.operands import contiguous, numbers
from byhand.nn.pixels import Crop, Pixels
from byhand.nn.run import Run
from byhand.types import Array, Arrays


class ScaledPixels:
    """The pixels within a margin as numbers: (N, H, W, …) -> (N, H', W', …)."""

    recordable = True

    def __init__(self, pixels: Pixels, crop: Crop | None) -> None:
        self.pixels, self.crop = pixels, crop

    @classmethod
    def fitting(
        cls, layers: Sequence[Any], before: Sequence[Layer]
    ) -> ScaledPixels | None:
        """Return one that runs these layers."""
        return cls(layers[0], layers[1] if len(layers) > 1 else None)

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError as the plain layers do."""
        self.pixels.check(x)
        dtype = self.pixels.dtype
        shape = self.crop.output_shape(x.shape[1:]) if self.crop else x.shape[1:]
        y = run.empty((len(x), *shape), dtype)
        line = np.array([self.pixels.scale, self.pixels.offset], dtype)
        size = (*x.shape, 1)[:4]
        margin = self.crop.margin if self.crop else 0
        pixels = contiguous(numbers(x, dtype), run).reshape(-1)
        run.launch(kernels.numbers, pixels, y.reshape(-1), line, size, margin)
        return y, (x.shape, y.shape, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, as if the pixels had been numbers that can change."""
        shape, y_shape, run = cache
        expect_shape("dy", dy, y_shape)
        if not need_dx:
            return None, {}
        dx = self.crop.backward(dy, (shape, run))[0] if self.crop else dy
        assert dx is not None
        return self.pixels.backward(dx, None)

    def kept(self, cache: Any, chosen: Array) -> Any:
        """Return the cache of the chosen images alone."""
        shape, y_shape, run = cache
        return (len(chosen), *shape[1:]), (len(chosen), *y_shape[1:]), run
