"""Convolution with windows of any size and stride, and perhaps ReLU, as one kernel.

Letters: N images, H × W pixels in, P × Q pixels out, C channels in, F filters,
R × S the window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from byhand.kernels import windows
from byhand.kernels.blocks import product
from byhand.kernels.checks import expect_shape, flat
from byhand.nn.conv import Conv2d, with_channels
from byhand.nn.layer import Layer
from byhand.nn.operands import contiguous, eights, taken, typed
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


class Convolved(NamedTuple):
    """What ConvWindows keeps of a pass for `backward`."""

    x: Array  # flat
    y: Array  # (N, P, Q, F)
    shape: tuple[int, int, int, int, int, int]  # (N, H, W, C, R, S), not padded
    x_shape: Shape
    run: Run


class ConvWindows:
    """Conv2d of any window and stride, and perhaps a ReLU behind it."""

    recordable = True

    def __init__(self, conv: Conv2d, relu: bool) -> None:
        self.conv, self.relu = conv, relu

    @classmethod
    def fitting(
        cls, layers: Sequence[Any], before: Sequence[Layer]
    ) -> ConvWindows | None:
        """Return one that runs these layers, if the filters are a multiple of 8."""
        conv, *relu = layers
        return cls(conv, bool(relu)) if len(conv.params["b"]) % 8 == 0 else None

    def forward(self, x: Array, run: Run) -> tuple[Array, Convolved | None]:
        """Return y (N, P, Q, F) and the cache; ShapeError unless x is (N, H, W, C)."""
        w, b = self.conv.params["w"], self.conv.params["b"]
        x4 = with_channels(typed(x, w.dtype, run))  # kernels take one type
        p, q, f = self.conv.output_shape(x4.shape[1:])
        n, height, width, channels = x4.shape
        shape = (n, height, width, channels, *w.shape[:2])
        pixels = contiguous(x4, run).reshape(-1)
        y = run.empty((n, p, q, f), w.dtype)
        rows, lanes = product(f, q)
        run.launch(
            windows.forward(rows, lanes, self.relu), pixels,
            contiguous(w, run).reshape(-1), flat("b", b, f, w.dtype), y.reshape(-1),
            shape, self.conv.stride, self.conv.pad,
            run.empty((self._padded_size(shape),), w.dtype),
        )  # fmt: skip
        kept = Convolved(pixels, y, shape, x.shape, run)
        return y, kept if run.gradients else None

    def backward(
        self, dy: Array, cache: Convolved, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, shaped as x, and the gradients of w and b."""
        x, y, shape, x_shape, run = cache
        w, dtype = self.conv.params["w"], x.dtype
        _, _, _, channels, rows, columns = shape
        (_, p, q, f), run_length = y.shape, columns * channels
        expect_shape("dy", dy, y.shape)
        expect_shape("w", w, (rows, columns, channels, f))
        # dx is summed channel by channel, or over a row of a window if they are few
        numbers = channels if channels % 8 == 0 else eights(run_length)
        together, lanes = product(numbers, q)
        taps, width = product(f, run_length)
        wide_taps = windows.rounded(run_length, lanes)
        wide_sums = windows.rounded(run_length, taps)
        slack = together * self.conv.stride * channels + max(lanes, taps)
        dw, db = run.empty(w.shape, dtype), run.empty((f,), dtype)
        dx = run.empty(x_shape if need_dx else (1,), dtype)
        dy = contiguous(typed(dy, dtype, run), run)
        run.launch(
            windows.backward(taps, together, width, lanes if need_dx else 0, self.relu),
            dy.reshape(-1),
            flat("y", y, y.size, dtype),
            flat("x", x, math.prod(shape[:4]), dtype),
            flat("w", contiguous(w, run), w.size, dtype),
            dw.reshape(-1), db, dx.reshape(-1), shape, self.conv.stride, self.conv.pad,
            run.empty((self._padded_size(shape) + slack,), dtype),
            run.empty((p * windows.rounded(q, together) * f,), dtype),
            run.empty((rows * wide_sums * f,), dtype),
            run.empty((rows * f * wide_taps if need_dx else 1,), dtype),
        )  # fmt: skip
        return dx if need_dx else None, {"w": dw, "b": db}

    def kept(self, cache: Convolved, chosen: Array) -> Convolved:
        """Return the cache of the chosen images alone."""
        run, some = cache.run, len(chosen)
        return cache._replace(
            x=taken(cache.x.reshape(cache.shape[:4]), chosen, run).reshape(-1),
            y=taken(cache.y, chosen, run),
            shape=(some, *cache.shape[1:]),
            x_shape=(some, *cache.x_shape[1:]),
        )

    def _padded_size(self, shape: tuple[int, ...]) -> int:
        """Return how many numbers an image of that shape has with its padding."""
        _, height, width, channels, *_ = shape
        return (height + 2 * self.conv.pad) * (width + 2 * self.conv.pad) * channels
