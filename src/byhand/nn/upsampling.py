"""Upsampling: more pixels, each a copy of its neighbour, or made of channels.

Letters: N images, H × W pixels in, S times as many out in each direction, C channels
in, K out. Images are channels-last, (N, H, W, C).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.nn.conv import image_shape, with_channels
from byhand.nn.layer import Graph, Layer
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


class Enlarging(Layer):
    """What the two share: how many times as high and wide the output is."""

    def __init__(self, size: str | int = 2) -> None:
        super().__init__()
        self.size = int(size)
        if self.size < 1:
            raise ShapeError(f"{self.kind}: expected a size of 1 or more, got {size}")

    def kept(self, cache: Any, chosen: Array) -> Any:
        """Return the cache of the chosen images alone."""
        shape, run = cache
        return (len(chosen), *shape[1:]), run


class Upsample(Enlarging):
    """Nearest neighbour: x (N, H, W, C) -> y (N, S·H, S·W, C).

    y[n, p, q, c] = x[n, p // S, q // S, c].
    """

    kind = "upsample"

    @classmethod
    def example(cls) -> tuple[Upsample, Shape]:
        """Return a layer and the shape of an input."""
        return cls(2), (2, 3, 4, 5)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (S·H, S·W, C)."""
        height, width, channels = image_shape(shape, self.kind)
        return self.size * height, self.size * width, channels

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, C)."""
        x4, s = with_channels(x), self.size
        n, height, width, channels = x4.shape
        y = run.empty((n, *self.output_shape(x4.shape[1:])), x.dtype)
        blocks = y.reshape(n, height, s, width, s, channels)
        blocks[...] = x4[:, :, None, :, None]
        return y, (x.shape, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: each pixel the sum of dy over its block."""
        shape, _ = cache
        (n, height, width, channels), s = (*shape, 1)[:4], self.size
        blocks = dy.reshape(n, height, s, width, s, channels)
        dx = sum(blocks[:, :, i, :, j] for i in range(s) for j in range(s))
        return np.asarray(dx).reshape(shape), {}

    def onnx(self, graph: Graph) -> None:
        """Add one node."""
        scales = np.array([1, 1, self.size, self.size], np.float32)
        modes = {"mode": "nearest", "nearest_mode": "floor"}
        modes["coordinate_transformation_mode"] = "asymmetric"
        graph.node("Resize", "", scales, **modes)


class PixelShuffle(Enlarging):
    """Channels become pixels: x (N, H, W, S·S·K) -> y (N, S·H, S·W, K).

    y[n, S·h + i, S·w + j, k] = x[n, h, w, (S·i + j)·K + k]: ONNX's DepthToSpace.

    Source: Shi et al. 2016, arXiv:1609.05158, eq. 4, with the channels in another
    order: one pixel's lie side by side, as images are channels-last here.
    """

    kind = "pixelshuffle"

    @classmethod
    def example(cls) -> tuple[PixelShuffle, Shape]:
        """Return a layer and the shape of an input."""
        return cls(2), (2, 3, 4, 12)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (S·H, S·W, K); ShapeError unless S·S divides the channels."""
        height, width, channels = image_shape(shape, self.kind)
        pixels = self.size**2
        if channels % pixels:
            raise ShapeError(
                f"{self.kind}: expected a multiple of {pixels} channels, got {shape}"
            )
        return self.size * height, self.size * width, channels // pixels

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, S·S·K)."""
        x4, s = with_channels(x), self.size
        n, height, width, _ = x4.shape
        shape = self.output_shape(x4.shape[1:])
        y = run.empty((n, *shape), x.dtype)
        # (N, H, W, S, S, K) -> (N, H, S, W, S, K)
        pixels = x4.reshape(n, height, width, s, s, shape[-1]).swapaxes(2, 3)
        y.reshape(pixels.shape)[...] = pixels
        return y, (x.shape, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: dy with the pixels of a block as channels again."""
        shape, run = cache
        (n, height, width, channels), s = (*shape, 1)[:4], self.size
        dx = run.empty(shape, dy.dtype)
        blocks = dy.reshape(n, height, s, width, s, channels // s**2).swapaxes(2, 3)
        dx.reshape(blocks.shape)[...] = blocks
        return dx, {}

    def onnx(self, graph: Graph) -> None:
        """Add one node."""
        graph.node("DepthToSpace", blocksize=self.size, mode="DCR")
