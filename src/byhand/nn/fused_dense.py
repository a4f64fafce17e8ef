"""Pixels, Flatten and Dense run together as one kernel that skips blank pixels.

Letters: N images, D pixels an image, M outputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels import sparse
from byhand.nn.layers import Dense, Flatten, Layer, Pixels
from byhand.nn.run import Array, Arrays, Run

MOST_LANES = 128  # outputs whose sums fit into a processor's registers


class PixelsDense:
    """A dense layer right on the pixels, of which most are 0."""

    def __init__(self, pixels: Pixels, dense: Dense) -> None:
        self.pixels, self.dense = pixels, dense
        outputs = dense.params["w"].shape[1]
        blocks = math.ceil(outputs / MOST_LANES)
        self.lanes = math.ceil(outputs / blocks / 8) * 8
        self.width = self.lanes * blocks  # M, rounded up to whole blocks

    @classmethod
    def match(cls, layers: Sequence[Layer]) -> PixelsDense | None:
        """Return one that runs the layers at the end of these, if they are such."""
        match layers:
            case [Pixels() as pixels, Flatten(), Dense() as dense]:
                return cls(pixels, dense) if pixels.offset == 0 else None
        return None

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y (N, M) and the cache; ShapeError unless x is (N, H, W), H·W = D."""
        w, b = self.dense.params["w"], self.dense.params["b"]
        count, size = len(x), math.prod(x.shape[1:])
        if size != len(w):  # a compiled kernel would read and write past the end
            raise ShapeError(f"Dense: expected x of {len(w)} pixels, got {x.shape}")
        where = run.empty((count * size,), np.int32)
        values = run.empty((count * size,), w.dtype)
        ends = run.empty((count + 1,), np.int64)
        images = np.ascontiguousarray(x).reshape(-1)
        eights = images.dtype == np.uint8 and size % 8 == 0
        words = images[: None if eights else 0].view(np.uint64)
        scale = w.dtype.type(self.pixels.scale)
        sparse.inked_pixels(images, words, scale, where, values, ends, size)
        y = run.empty((count, self.width), w.dtype)
        sparse.forward(self.lanes)(
            where, values, ends, self._widened(w, run), self._widened(b, run),
            y.reshape(-1), self.width,
        )  # fmt: skip
        return y[:, : len(b)], (where, values, ends, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[None, Arrays]:
        """Return the gradients of w and b; the pixels' own is never asked for."""
        where, values, ends, run = cache
        size, outputs = self.dense.params["w"].shape
        dw = run.empty((size, self.width), dy.dtype)
        sparse.backward(self.lanes)(
            where, values, ends, self._widened(dy, run), dw.reshape(-1), self.width
        )
        return None, {"w": dw[:, :outputs], "b": dy.sum(axis=0)}

    def _widened(self, array: Array, run: Run) -> Array:
        """Return the array flat, its last axis filled up with zeros to whole blocks."""
        filled = array.shape[-1]
        if filled == self.width:
            return np.ascontiguousarray(array).reshape(-1)
        wide = run.empty((*array.shape[:-1], self.width), array.dtype)
        wide[..., :filled] = array
        wide[..., filled:] = 0
        return wide.reshape(-1)
