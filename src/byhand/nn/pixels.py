"""The first layers: grey values to numbers, and images without their margin.

Letters: N images, H × W pixels, M the margin.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import DTypeLike

from byhand.errors import ShapeError
from byhand.nn.layer import Graph, Layer
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape

ONNX_FLOAT = 1  # TensorProto.FLOAT
LARGEST = 1e6  # scale or offset: scores stay far below float32's end


class Pixels(Layer):
    """Grey values to numbers: y = x · scale + offset, in floating point.

    Shapes: x (N, H, W) or (N, H, W, C), 0 to 255 -> y of the same shape. It has no
    gradient: pixels are data.
    """

    kind = "pixels"

    def __init__(self, scale: str | float = "1/255", offset: str | float = 0.0) -> None:
        super().__init__()
        self.scale, self.offset = _number(scale), _number(offset)
        self.dtype: DTypeLike = np.float32

    @classmethod
    def example(cls) -> tuple[Pixels, Shape]:
        """Return a layer and the shape of an input."""
        return cls("1/255", -0.4), (2, 3, 4)

    def astype(self, dtype: DTypeLike) -> None:
        """Give numbers of another precision from now on."""
        self.dtype = dtype

    def check(self, x: Array) -> None:
        """Raise ShapeError where x has been scaled already: up to 1, not up to 255."""
        if x.dtype.kind not in "biuf":
            raise ShapeError(f"pixels: expected uint8 images, got {x.dtype}")
        if x.dtype.kind in "bf" and self.scale < 1 and x.size and 0 < x.max() <= 1:
            raise ShapeError(
                f"pixels: expected grey levels from 0 to 255, got {x.dtype} up to "
                f"{x.max():g}, which would be scaled twice; try uint8 images, or "
                "'pixels 1' in the architecture"
            )

    def forward(self, x: Array, run: Run) -> tuple[Array, None]:
        """Return the scaled pixels; raise ShapeError where they have been before."""
        self.check(x)
        y = run.empty(x.shape, self.dtype)
        np.multiply(x, self.scale, out=y, dtype=self.dtype, casting="unsafe")
        if self.offset:
            y += self.offset
        return y, None

    def backward(
        self, dy: Array, cache: None, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, as if the pixels had been numbers that can change."""
        return (dy * self.scale if need_dx else None), {}

    def onnx(self, graph: Graph) -> None:
        """Scale the pixels and bring their channels to the front."""
        graph.node("Cast", to=ONNX_FLOAT)
        graph.node("Mul", np.array(self.scale, np.float32))
        graph.node("Add", np.array(self.offset, np.float32))
        if len(graph.shape) == 2:
            graph.node("Unsqueeze", np.array([1], np.int64))  # -> (N, 1, H, W)
        else:
            graph.node("Transpose", perm=[0, 3, 1, 2])  # (N, H, W, C) -> (N, C, H, W)


def _number(text: str | float) -> float:
    """Return the value of "1/255" or "-0.5"; ValueError for what float32 has not."""
    above, _, below = str(text).partition("/")
    value = float(above) / float(below or 1)
    if not (math.isfinite(value) and abs(value) <= LARGEST):
        raise ValueError(f"expected a finite number up to {LARGEST:g}, got {text}")
    return value


class Crop(Layer):
    """Images without their margin: (N, H, W, …) -> (N, H - 2·M, W - 2·M, …)."""

    kind = "crop"

    def __init__(self, margin: str | int) -> None:
        super().__init__()
        self.margin = int(margin)
        if self.margin < 0:
            raise ValueError("expected a margin of 0 or more")

    @classmethod
    def example(cls) -> tuple[Crop, Shape]:
        """Return a layer and the shape of an input."""
        return cls(1), (2, 5, 4, 3)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (H - 2·M, W - 2·M, …); ShapeError where nothing would be left."""
        height, width, *rest = (*shape, 0, 0)[: max(len(shape), 2)]
        if min(height, width) <= 2 * self.margin:
            raise ShapeError(
                f"crop: expected images larger than {2 * self.margin}, got {shape}"
            )
        return height - 2 * self.margin, width - 2 * self.margin, *rest

    def forward(self, x: Array, run: Run) -> tuple[Array, tuple[Shape, Run]]:
        """Return a view of the middle; the cache is the old shape."""
        return self._middle(x), (x.shape, run)

    def backward(
        self, dy: Array, cache: tuple[Shape, Run], need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, 0 on the margin."""
        if not need_dx:
            return None, {}
        shape, run = cache
        dx = run.empty(shape, dy.dtype)
        dx[...] = 0
        self._middle(dx)[...] = dy
        return dx, {}

    def onnx(self, graph: Graph) -> None:
        """Cut the last two axes."""
        first, axes = np.full(2, self.margin, np.int64), np.array([-2, -1], np.int64)
        if self.margin:
            graph.node("Slice", first, -first, axes)

    def _middle(self, x: Array) -> Array:
        m, (height, width) = self.margin, x.shape[1:3]
        return x[:, m : height - m, m : width - m]
