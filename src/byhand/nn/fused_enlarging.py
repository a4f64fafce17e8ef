"""Upsampling, sums of outputs and pixel shuffle as compiled kernels.

Letters: N images, H × W pixels in, S times as many out in each direction, C channels.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from byhand.kernels import enlarging
from byhand.kernels.blocks import part
from byhand.kernels.checks import expect_shape
from byhand.nn.conv import with_channels
from byhand.nn.layer import Layer
from byhand.nn.operands import contiguous
from byhand.nn.run import Run
from byhand.nn.skips import Add
from byhand.nn.upsampling import PixelShuffle, Upsample
from byhand.types import Array, Arrays, Shape


class Single:
    """One layer as a kernel, perhaps with another behind it."""

    def __init__(self, layer: Any) -> None:
        self.layer = layer

    @classmethod
    def fitting(cls, layers: Sequence[Any], before: Sequence[Layer]) -> Single:
        """Return one that runs these layers."""
        return cls(*layers)

    def kept(self, cache: Any, chosen: Array) -> Any:
        """Return the cache of the chosen images alone."""
        return self.layer.kept(cache, chosen)


class Enlarged(Single):
    """What upsampling and pixel shuffle share: the shapes of the pass backwards."""

    layer: Upsample | PixelShuffle

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, None unless needed; raise ShapeError unless dy is as y was."""
        shape, run = cache
        x4_shape = (*shape, 1)[:4]
        expect_shape("dy", dy, (shape[0], *self.layer.output_shape(x4_shape[1:])))
        if not need_dx:
            return None, {}
        dx = run.empty(shape, dy.dtype)
        self.gradient(contiguous(dy, run).reshape(-1), dx, x4_shape, run)
        return dx, {}

    def gradient(self, dy: Array, dx: Array, shape: Shape, run: Run) -> None:
        """Set dx, of an image of shape (N, H, W, C), from dy, which comes flat."""
        raise NotImplementedError


class Upsampled(Enlarged):
    """Upsample: each pixel copied to a block; backwards, the block's sum."""

    recordable = True

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, C)."""
        return self._enlarged(x, None, run)

    def _enlarged(self, x: Array, other: Array | None, run: Run) -> tuple[Array, Any]:
        x4 = contiguous(with_channels(x), run)
        y = run.empty((len(x), *self.layer.output_shape(x4.shape[1:])), x.dtype)
        if other is not None:
            expect_shape("the named output", other, y.shape)
        added = x4 if other is None else contiguous(other, run)
        width = _at_once(x4.shape[3], x4, added)
        run.launch(
            enlarging.upsample(width, other is not None), x4.reshape(-1),
            added.reshape(-1), y.reshape(-1), x4.shape, self.layer.size,
        )  # fmt: skip
        return y, (x.shape, run)

    def gradient(self, dy: Array, dx: Array, shape: Shape, run: Run) -> None:
        """Set each pixel of dx to the sum of dy over its block."""
        run.launch(
            enlarging.block_sums(_at_once(shape[3], dy)),
            dy, dx.reshape(-1), shape, self.layer.size,
        )  # fmt: skip


class UpsampledAdded(Upsampled):
    """Upsample and Add in one pass."""

    recordable = True

    def __init__(self, layer: Upsample, joined: Add) -> None:
        super().__init__(layer)
        self.name, self.joined = joined.name, joined

    def join(self, x: Array, other: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError where the shapes differ."""
        shape = self.layer.output_shape(with_channels(x).shape[1:])
        self.joined.joined_shape((len(x), *shape), other.shape)
        return self._enlarged(x, other, run)

    def parted(self, dy: Array, cache: Any) -> tuple[Array, Array]:
        """Return dx and the gradient of the named output."""
        dx, _ = self.backward(dy, cache)
        assert dx is not None
        return dx, dy


class Added(Single):
    """Add: the sum of two outputs."""

    recordable = True

    def __init__(self, layer: Add) -> None:
        super().__init__(layer)
        self.name = layer.name

    def join(self, x: Array, other: Array, run: Run) -> tuple[Array, None]:
        """Return the sum; raise ShapeError where the shapes differ."""
        self.layer.joined_shape(x.shape, other.shape)
        y = run.empty(x.shape, x.dtype)
        x, other = contiguous(x, run), contiguous(other, run)
        run.launch(enlarging.plus, x.reshape(-1), other.reshape(-1), y.reshape(-1))
        return y, None

    def parted(self, dy: Array, cache: None) -> tuple[Array, Array]:
        """Return dy twice."""
        return dy, dy


class Shuffled(Enlarged):
    """PixelShuffle: runs of channels copied to rows of pixels."""

    recordable = True

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, S·S·K)."""
        x4 = with_channels(x)
        y = run.empty((len(x), *self.layer.output_shape(x4.shape[1:])), x.dtype)
        rows = x4.reshape(-1, x4.shape[3])
        run.launch(enlarging.shuffle, rows, y.reshape(-1), x4.shape, self.layer.size)
        return y, (x.shape, run)

    def gradient(self, dy: Array, dx: Array, shape: Shape, run: Run) -> None:
        """Set dx to dy with the pixels of a block as channels again."""
        rows = dx.reshape(-1, shape[3])
        run.launch(enlarging.unshuffle, dy, rows, shape, self.layer.size)


def _at_once(channels: int, *arrays: Array) -> int:
    """Return how many channels a kernel takes at once, as a run; 0 for one by one."""
    runs = channels % 8 == 0 and all(a.dtype.kind == "f" for a in arrays)
    return part(channels, 4) if runs else 0
