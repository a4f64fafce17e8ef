"""Average pooling as one compiled kernel.

Letters: N images, H × W pixels in, P × Q pixels out, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from byhand.kernels import averages
from byhand.kernels.blocks import part
from byhand.kernels.checks import expect_shape
from byhand.nn.conv import image_shape, with_channels
from byhand.nn.layer import Layer
from byhand.nn.operands import contiguous, typed
from byhand.nn.pooling import AvgPool2d, GlobalAvgPool
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


class Averaged(NamedTuple):
    """What Average keeps of a pass for `backward`."""

    y_shape: Shape
    shape: tuple[int, int, int, int]  # (N, H, W, C)
    sides: tuple[int, int]  # of a block, down and across
    x_shape: Shape
    run: Run


class Average:
    """AvgPool2d or GlobalAvgPool: the mean of each block, or of all pixels."""

    recordable = True

    def __init__(self, layer: AvgPool2d | GlobalAvgPool) -> None:
        self.layer = layer

    @classmethod
    def fitting(cls, layers: Sequence[Any], before: Sequence[Layer]) -> Average | None:
        """Return one that runs this layer."""
        return cls(layers[0])

    def forward(self, x: Array, run: Run) -> tuple[Array, Averaged]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, C)."""
        dtype = x.dtype if x.dtype.kind == "f" else float
        x4 = contiguous(with_channels(typed(x, dtype, run)), run)
        y = run.empty((len(x), *self.layer.output_shape(x4.shape[1:])), x4.dtype)
        sides = self._sides(x4)
        kernel = averages.forward(_at_once(x4.shape[3]))
        run.launch(kernel, x4.reshape(-1), y.reshape(-1), x4.shape, sides)
        return y, Averaged(y.shape, x4.shape, sides, x.shape, run)

    def backward(
        self, dy: Array, cache: Averaged, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: each pixel gets an equal share of its block's dy."""
        y_shape, shape, sides, x_shape, run = cache
        expect_shape("dy", dy, y_shape)
        if not need_dx:
            return None, {}
        dx = run.empty(x_shape, dy.dtype)
        dy = contiguous(dy, run).reshape(-1)
        kernel = averages.backward(_at_once(shape[3]))
        run.launch(kernel, dy, dx.reshape(-1), shape, sides)
        return dx, {}

    def kept(self, cache: Averaged, chosen: Array) -> Averaged:
        """Return the cache of the chosen images alone."""
        some = len(chosen)
        return cache._replace(
            y_shape=(some, *cache.y_shape[1:]),
            shape=(some, *cache.shape[1:]),
            x_shape=(some, *cache.x_shape[1:]),
        )

    def _sides(self, x: Array) -> tuple[int, int]:
        """Return how many pixels a block of x (N, H, W, C) has down and across."""
        if isinstance(self.layer, AvgPool2d):
            return self.layer.sides
        height, width, _ = image_shape(x.shape[1:], self.layer.kind)
        return height, width


def _at_once(channels: int) -> int:
    """Return how many channels a kernel takes at once, as a run; 0 for one by one."""
    return 0 if channels % 8 else part(channels, 4)
