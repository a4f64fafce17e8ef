"""Pooling: the largest or the mean of a block of pixels, or of the whole image.

Letters: N images, H × W pixels in, P × Q pixels out, C channels. Images are
channels-last, (N, H, W, C); (N, H, W) has one channel.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels import reference as kernels
from byhand.nn.conv import image_shape, with_channels
from byhand.nn.layer import Graph, Layer
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


class Pool(Layer):
    """What the two poolings share: blocks of size × size pixels, side by side.

    Pixels right and below that fill no block are left out, as if they were not there.
    """

    def __init__(self, size: str | int = 2) -> None:
        super().__init__()
        self.size = int(size)
        if self.size < 1:
            raise ShapeError(f"{self.kind}: expected a size of 1 or more, got {size}")

    @classmethod
    def example(cls) -> tuple[Pool, Shape]:
        """Return a layer and the shape of an input."""
        return cls(2), (2, 5, 6, 3)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (P, Q, C); raise ShapeError where not one block fits."""
        height, width, channels = image_shape(shape, self.kind)
        if min(height, width) < self.size:
            raise ShapeError(
                f"{self.kind}: expected at least {self.size}x{self.size}, got {shape}"
            )
        return height // self.size, width // self.size, channels

    def sides(self) -> dict[str, list[int]]:
        """Return the block's size as ONNX has it."""
        return {"kernel_shape": [self.size] * 2, "strides": [self.size] * 2}


class MaxPool2d(Pool):
    """The largest of each block: x (N, H, W, C) -> y (N, P, Q, C).

    The gradient goes to the first maximum in row-major order, others get none.
    """

    kind = "maxpool"

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, C)."""
        x4 = with_channels(x)
        y = run.empty((len(x), *self.output_shape(x4.shape[1:])), x.dtype)
        return kernels.max_pool(x4, self.size, y), (x4, y, x.shape, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: dy where the maximum was, 0 elsewhere."""
        x, y, shape, run = cache
        dx = run.empty(x.shape, dy.dtype)
        return kernels.max_pool_dx(dy, x, y, self.size, dx).reshape(shape), {}

    def onnx(self, graph: Graph) -> None:
        """Add one node."""
        graph.node("MaxPool", **self.sides())


class AvgPool2d(Pool):
    """The mean of each block: x (N, H, W, C) -> y (N, P, Q, C)."""

    kind = "avgpool"

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, C)."""
        x4 = with_channels(x)
        shape = (len(x), *self.output_shape(x4.shape[1:]))
        total = sum(kernels.corners(x4, self.size, shape))
        return np.asarray(total / self.size**2, x.dtype), (x4.shape, x.shape, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: each pixel of a block gets an equal share of the block's dy."""
        shape, x_shape, run = cache
        dx = run.empty(shape, dy.dtype)
        dx[...] = 0
        for corner in kernels.corners(dx, self.size, dy.shape):
            corner[...] = dy / self.size**2
        return dx.reshape(x_shape), {}

    def onnx(self, graph: Graph) -> None:
        """Add one node."""
        graph.node("AveragePool", **self.sides())


class GlobalAvgPool(Layer):
    """The mean of each channel over the whole image: (N, H, W, C) -> (N, C)."""

    kind = "globalpool"

    @classmethod
    def example(cls) -> tuple[GlobalAvgPool, Shape]:
        """Return a layer and the shape of an input."""
        return cls(), (2, 5, 6, 3)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (C,)."""
        return image_shape(shape, self.kind)[2:]

    def forward(self, x: Array, run: Run) -> tuple[Array, Shape]:
        """Return y; the cache is the shape of x; ShapeError unless (N, H, W, C)."""
        return with_channels(x).mean(axis=(1, 2)), x.shape

    def backward(
        self, dy: Array, shape: Shape, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: each pixel gets an equal share of its channel's dy."""
        share = dy[:, np.newaxis, np.newaxis, :] / (shape[1] * shape[2])
        x4_shape = (*shape, 1)[:4]
        return np.broadcast_to(share, x4_shape).reshape(shape).copy(), {}

    def onnx(self, graph: Graph) -> None:
        """Take the mean, and drop the two axes of length 1 that it leaves."""
        graph.node("GlobalAveragePool")
        graph.node("Flatten")
