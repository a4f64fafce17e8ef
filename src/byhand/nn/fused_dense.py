"""Dense layers run together with what is next to them, by compiled kernels.

Letters: N images, D inputs or pixels, M outputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels import compress, dense, sparse
from byhand.kernels.checks import expect_shape, flat
from byhand.nn.layer import Layer
from byhand.nn.layers import Dense
from byhand.nn.pixels import Pixels
from byhand.nn.run import Run
from byhand.types import Array, Arrays

PIXELS = (np.uint8, np.int64, np.float32, np.float64)  # types that kernels take
MOST_LANES = 128  # outputs whose sums fit into a processor's registers


class DenseReLU:
    """Dense and ReLU: bias and ReLU in one pass, forwards and backwards."""

    def __init__(self, dense: Dense) -> None:
        self.dense = dense

    @classmethod
    def fitting(
        cls, layers: Sequence[Any], before: Sequence[Layer]
    ) -> DenseReLU | None:
        """Return one that runs these layers."""
        return cls(layers[0])

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y (N, M) and the cache; raise ShapeError unless x is (N, D)."""
        w, b = self.dense.params["w"], self.dense.params["b"]
        if x.ndim != 2 or x.shape[1] != len(w):
            raise ShapeError(f"Dense: expected x of shape (N, {len(w)}), got {x.shape}")
        expect_shape("b", b, w.shape[1:])
        y = np.matmul(x, w, out=run.empty((len(x), len(b)), w.dtype))
        dense.bias_relu(y, b)
        return y, (x, y, run) if run.gradients else None

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx (N, D) and the gradients of w and b."""
        x, y, run = cache
        w = self.dense.params["w"]
        expect_shape("dy", dy, y.shape)
        expect_shape("y", y, (len(x), w.shape[1]))
        dy = np.ascontiguousarray(dy, y.dtype)
        dz, db = run.empty(y.shape, y.dtype), run.empty(y.shape[1:], y.dtype)
        dense.relu_backward(dy, y, dz, db)
        dw = np.matmul(x.T, dz, out=run.empty(w.shape, w.dtype))
        grads = {"w": dw, "b": db}
        if not need_dx:
            return None, grads
        return np.matmul(dz, w.T, out=run.empty(x.shape, x.dtype)), grads


class PixelsDense:
    """A dense layer right on the pixels, of which most are 0; and a ReLU behind it."""

    def __init__(self, pixels: Pixels, dense: Dense, relu: bool) -> None:
        self.pixels, self.dense, self.relu = pixels, dense, relu
        outputs = dense.params["w"].shape[1]
        blocks = math.ceil(outputs / MOST_LANES)
        self.lanes = math.ceil(outputs / blocks / 8) * 8
        self.width = self.lanes * blocks  # M, rounded up to whole blocks

    @classmethod
    def fitting(
        cls, layers: Sequence[Any], before: Sequence[Layer]
    ) -> PixelsDense | None:
        """Return one that runs these layers, if pixels that are 0 stay 0."""
        pixels, _, dense, *relu = layers
        return cls(pixels, dense, bool(relu)) if pixels.offset == 0 else None

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y (N, M) and the cache; ShapeError unless x is (N, H, W), H·W = D."""
        w, b = self.dense.params["w"], self.dense.params["b"]
        count, size = len(x), math.prod(x.shape[1:])
        if size != len(w):  # a compiled kernel would read and write past the end
            raise ShapeError(f"Dense: expected x of {len(w)} pixels, got {x.shape}")
        self.pixels.check(x)
        if x.dtype not in PIXELS:
            x = x.astype(w.dtype)
        expect_shape("b", b, w.shape[1:])
        room = count * size + compress.STEP
        where, values = run.empty((room,), np.int32), run.empty((room,), w.dtype)
        ends = run.empty((count + 1,), np.int64)
        images = np.ascontiguousarray(x).reshape(-1)
        scale = w.dtype.type(self.pixels.scale)
        stepped = size - size % compress.STEP if x.dtype == np.uint8 else 0
        sparse.inked_pixels(images, scale, where, values, ends, size, stepped)
        y = run.empty((count, self.width), w.dtype)
        sparse.forward(self.lanes, self.relu)(
            where, values, ends, self._widened(w, run), self._widened(b, run),
            y.reshape(-1), self.width,
        )  # fmt: skip
        kept = (where, values, ends, y, run) if run.gradients else None
        return y[:, : len(b)], kept

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[None, Arrays]:
        """Return the gradients of w and b; the pixels' own is never asked for."""
        where, values, ends, y, run = cache
        w, count = self.dense.params["w"], len(y)
        (size, outputs), dtype = w.shape, w.dtype
        room = count * size + compress.STEP
        expect_shape("dy", dy, (count, outputs))
        expect_shape("ends", ends, (count + 1,))
        dw = run.empty((size, self.width), dtype)
        db = run.empty((self.width,), dtype)
        sparse.backward(self.lanes, self.relu)(
            flat("where", where, room, np.int32),
            flat("values", values, room, dtype),
            ends,
            flat("y", y, count * self.width, dtype),
            self._widened(dy.astype(dtype, copy=False), run),
            dw.reshape(-1), db, self.width,
        )  # fmt: skip
        if outputs < self.width:  # side by side: what follows goes over it thrice
            filled, dw = dw, run.empty((size, outputs), dtype)
            dw[...] = filled[:, :outputs]
        return None, {"w": dw, "b": db[:outputs]}

    def _widened(self, array: Array, run: Run) -> Array:
        """Return the array flat, its last axis filled up with zeros to whole blocks."""
        filled = array.shape[-1]
        if filled == self.width:
            return np.ascontiguousarray(array).reshape(-1)
        wide = run.empty((*array.shape[:-1], self.width), array.dtype)
        wide[..., :filled] = array
        wide[..., filled:] = 0
        return wide.reshape(-1)
