"""Dense layers run together with what is next to them, by compiled kernels.

Letters: N images, D inputs or pixels, M outputs.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels import compress, dense, layout, sparse
from byhand.kernels.blocks import strip
from byhand.kernels.checks import expect_shape, flat
from byhand.kernels.matmul import matmul
from byhand.nn.layer import Layer
from byhand.nn.layers import Dense
from byhand.nn.operands import contiguous, eights, taken, typed, widened
from byhand.nn.pixels import Pixels
from byhand.nn.run import Run
from byhand.types import Array, Arrays

PIXELS = (np.uint8, np.int64, np.float32, np.float64)  # types that kernels take


class DenseReLU:
    """Dense, and a ReLU if there is one, by our own matrix product."""

    recordable = True

    def __init__(self, dense: Dense, relu: bool) -> None:
        self.dense, self.relu = dense, relu

    @classmethod
    def fitting(
        cls, layers: Sequence[Any], before: Sequence[Layer]
    ) -> DenseReLU | None:
        """Return one that runs these layers."""
        return cls(layers[0], len(layers) > 1)

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y (N, M) and the cache; raise ShapeError unless x is (N, D)."""
        w, b = self.dense.params["w"], self.dense.params["b"]
        if x.ndim != 2 or x.shape[1] != len(w):
            raise ShapeError(f"Dense: expected x of shape (N, {len(w)}), got {x.shape}")
        expect_shape("b", b, w.shape[1:])
        x = typed(x, w.dtype, run)
        y = run.empty((len(x), eights(len(b))), w.dtype)
        wide = run.of_params((self, "w"), lambda run: widened(w, run))
        bias = run.of_params((self, "b"), lambda run: widened(b[None], run))[0]
        matmul(run.launch, x, wide, y, bias, self.relu)
        y = y[:, : len(b)]
        return y, (x, y, run) if run.gradients else None

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx (N, D) and the gradients of w and b."""
        x, y, run = cache
        w, (count, outputs) = self.dense.params["w"], y.shape
        expect_shape("dy", dy, y.shape)
        expect_shape("y", y, (len(x), w.shape[1]))
        dy = typed(dy, y.dtype, run)
        dz = run.empty((count, eights(outputs)), y.dtype)
        db = run.empty((outputs,), y.dtype)
        run.launch(dense.bias_backward(self.relu), dy, y, dz, db)
        dw = run.empty((len(w), dz.shape[1]), w.dtype)
        matmul(run.launch, x.T, dz, dw)  # (D, N) @ (N, M)
        grads = {"w": contiguous(dw[:, :outputs], run), "b": db}
        return self._dx(dz[:, :outputs], run) if need_dx else None, grads

    def kept(self, cache: Any, chosen: Array) -> Any:
        """Return the cache of the chosen images alone."""
        x, y, run = cache
        return taken(x, chosen, run), taken(y, chosen, run), run

    def _dx(self, dz: Array, run: Run) -> Array:
        """Return dz @ w.T, with contiguous runs: either w or dz is transposed before.

        In the second case it is (w @ dz.T).T; what is copied less is copied.
        """
        w, (count, outputs) = self.dense.params["w"], dz.shape
        inputs = len(w)
        if inputs * outputs <= count * (inputs + outputs):
            w_t = run.empty((outputs, eights(inputs)), w.dtype)
            run.launch(layout.widen, w.T, w_t)
            wide = run.empty((count, eights(inputs)), w.dtype)
            matmul(run.launch, dz, w_t, wide)  # (N, M) @ (M, D)
            return wide[:, :inputs]
        dz_t = run.empty((outputs, eights(count)), w.dtype)
        run.launch(layout.widen, dz.T, dz_t)
        dx_t = run.empty((inputs, eights(count)), w.dtype)
        matmul(run.launch, contiguous(w, run), dz_t, dx_t)  # (D, M) @ (M, N)
        dx = run.empty((count, inputs), w.dtype)
        run.launch(layout.untranspose, dx_t, dx)
        return dx


class PixelsDense:
    """A dense layer right on the pixels, of which most are 0; and a ReLU behind it."""

    recordable = True

    def __init__(self, pixels: Pixels, dense: Dense, relu: bool) -> None:
        self.pixels, self.dense, self.relu = pixels, dense, relu
        outputs = dense.params["w"].shape[1]
        self.lanes, self.width = strip(outputs)  # the width is M, filled up

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
            x = typed(x, w.dtype, run)
        expect_shape("b", b, w.shape[1:])
        room = count * size + compress.STEP
        where, values = run.empty((room,), np.int32), run.empty((room,), w.dtype)
        ends = run.empty((count + 1,), np.int64)
        images = contiguous(x, run).reshape(-1)
        stepped = size - size % compress.STEP if x.dtype == np.uint8 else 0
        scale = np.array([self.pixels.scale], w.dtype)
        run.launch(
            sparse.inked_pixels, images, scale, where, values, ends, size, stepped
        )
        y = run.empty((count, self.width), w.dtype)
        wide = run.of_params((self, "w"), lambda run: widened(w, run, self.width))
        bias = run.of_params((self, "b"), lambda run: widened(b[None], run, self.width))
        run.launch(
            sparse.forward(self.lanes, self.relu), where, values, ends,
            wide.reshape(-1), bias.reshape(-1), y.reshape(-1), self.width,
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
        room = max(len(where), count * size + compress.STEP)
        expect_shape("dy", dy, (count, outputs))
        expect_shape("ends", ends, (count + 1,))
        dw = run.empty((size, self.width), dtype)
        db = run.empty((self.width,), dtype)
        run.launch(
            sparse.backward(self.lanes, self.relu),
            flat("where", where, room, np.int32),
            flat("values", values, room, dtype),
            ends,
            flat("y", y, count * self.width, dtype),
            widened(typed(dy, dtype, run), run, self.width).reshape(-1),
            dw.reshape(-1), db, self.width,
        )  # fmt: skip
        return None, {"w": contiguous(dw[:, :outputs], run), "b": db[:outputs]}

    def kept(self, cache: Any, chosen: Array) -> Any:
        """Return the cache of the chosen images alone."""
        where, values, ends, y, run = cache
        room, count = len(where), len(chosen)
        some = run.empty((room,), where.dtype), run.empty((room,), values.dtype)
        new_ends = run.empty((count + 1,), ends.dtype)
        run.launch(sparse.take, where, values, ends, chosen, *some, new_ends)
        return *some, new_ends, taken(y, chosen, run), run
