"""Pooling: the largest or the mean of a block of pixels, or of the whole image.

Letters: N images, H × W pixels in, P × Q pixels out, C channels, R × S the
block. Images are channels-last, (N, H, W, C); (N, H, W) has one channel.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels import reference as kernels
from byhand.nn.conv import image_shape, with_channels
from byhand.nn.layer import Graph, Layer
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


class Pool(Layer):
    """What the two poolings share: blocks of R × S pixels, side by side.

    Pixels right and below that fill no block are left out, as if they were not there.

        nn.MaxPool2d(2)  # blocks of 2 × 2, "maxpool 2" in a text
        nn.MaxPool2d((2, 1))  # two rows, one column, "maxpool 2x1" in a text
    """

    def __init__(self, size: str | int | tuple[int, int] = 2) -> None:
        super().__init__()
        words = size if isinstance(size, tuple | list) else str(size).split("x")
        rows, columns = map(int, words if len(words) > 1 else (*words, *words))
        if min(rows, columns) < 1:
            raise ShapeError(f"{self.kind}: expected a size of 1 or more, got {size}")
        self.sides = rows, columns
        self.size = rows if rows == columns else f"{rows}x{columns}"

    @classmethod
    def example(cls) -> tuple[Pool, Shape]:
        """Return a layer and the shape of an input."""
        return cls(2), (2, 5, 6, 3)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (P, Q, C); raise ShapeError where not one block fits."""
        height, width, channels = image_shape(shape, self.kind)
        rows, columns = self.sides
        if height < rows or width < columns:
            raise ShapeError(
                f"{self.kind}: expected at least {rows}x{columns}, got {shape}"
            )
        return height // rows, width // columns, channels

    def attributes(self) -> dict[str, list[int]]:
        """Return the block's sides as ONNX has them."""
        return {"kernel_shape": [*self.sides], "strides": [*self.sides]}


class MaxPool2d(Pool):
    """The largest of each block: x (N, H, W, C) -> y (N, P, Q, C).

    The gradient goes to the first maximum in row-major order, others get none.
    """

    kind = "maxpool"

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, C)."""
        x4 = with_channels(x)
        y = run.empty((len(x), *self.output_shape(x4.shape[1:])), x.dtype)
        return kernels.max_pool(x4, self.sides, y), (x4, y, x.shape, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: dy where the maximum was, 0 elsewhere."""
        x, y, shape, run = cache
        dx = run.empty(x.shape, dy.dtype)
        return kernels.max_pool_dx(dy, x, y, self.sides, dx).reshape(shape), {}

    def onnx(self, graph: Graph) -> None:
        """Add one node."""
        graph.node("MaxPool", **self.attributes())


class AvgPool2d(Pool):
    """The mean of each block: x (N, H, W, C) -> y (N, P, Q, C)."""

    kind = "avgpool"

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, C)."""
        x4 = with_channels(x)
        shape = (len(x), *self.output_shape(x4.shape[1:]))
        total = sum(kernels.corners(x4, self.sides, shape))
        return np.asarray(total / math.prod(self.sides), x.dtype), (
            x4.shape,
            x.shape,
            run,
        )

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: each pixel of a block gets an equal share of the block's dy."""
        shape, x_shape, run = cache
        dx = run.empty(shape, dy.dtype)
        dx[...] = 0
        for corner in kernels.corners(dx, self.sides, dy.shape):
            corner[...] = dy / math.prod(self.sides)
        return dx.reshape(x_shape), {}

    def onnx(self, graph: Graph) -> None:
        """Add one node."""
        graph.node("AveragePool", **self.attributes())


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
