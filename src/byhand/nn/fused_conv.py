"""Convolution, ReLU and perhaps pooling run together as one compiled kernel.

Letters: N images, H × W pixels in, P × Q blocks out, C channels in, F filters,
R × S the window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels import compiled, winograd, winograd_relu
from byhand.nn.conv import Conv2d, MaxPool2d, with_channels
from byhand.nn.layers import Crop, Layer, Pixels, ReLU
from byhand.nn.run import Array, Arrays, Run

MOST_FILTERS = 64  # more do not fit into a processor's registers
MOST_TAPS = 320  # of a filter whose gradient is gathered output by output
LARGEST_PLACE = 2**24  # places in an image are kept as float32, exact up to here
SLACK = 8  # numbers that a run rounded up to a multiple of 8 reads past an array's end


class ConvReLUPool:
    """Conv2d, ReLU and MaxPool2d(2) in one pass; backwards, only the largest."""

    def __init__(self, conv: Conv2d, skip: bool) -> None:
        self.conv, self.skip = conv, skip

    @classmethod
    def match(
        cls, layers: Sequence[Layer], before: Sequence[Layer]
    ) -> ConvReLUPool | None:
        """Return one that runs these layers, if they are such, after those before."""
        match layers:
            case [Conv2d() as conv, ReLU(), MaxPool2d() as pool]:
                rows, columns, channels, filters = conv.params["w"].shape
                fits = (
                    pool.size == 2
                    and conv.stride == 1
                    and filters % 8 == 0
                    and filters <= MOST_FILTERS
                    and (rows * columns * channels <= MOST_TAPS or suits_winograd(conv))
                )
                return cls(conv, _blank_is_zero(before)) if fits else None
        return None

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y (N, P, Q, F) and the cache; ShapeError unless x is (N, H, W, C)."""
        w, b = self.conv.params["w"], self.conv.params["b"]
        x4 = with_channels(x).astype(w.dtype, copy=False)  # kernels take one type
        p, q, f = self.conv.output_shape(x4.shape[1:])
        x4 = self.conv.padded(x4, run)
        n, height, width, channels = x4.shape
        if run.training and height * width * channels > LARGEST_PLACE:
            raise ShapeError(
                f"conv: expected images of at most {LARGEST_PLACE} numbers, got "
                f"{height}x{width}x{channels}; try BYHAND_KERNELS=reference"
            )
        shape = (n, height, width, channels, *w.shape[:2])
        y = run.empty((n, p // 2, q // 2, f), w.dtype)
        places = run.empty(y.shape if run.training else (1,), w.dtype)
        windows = run.empty((n, (p // 2) * (q // 2)), np.int32)
        counts = run.empty((n,), np.int32)
        ragged = w.shape[1] * channels % 8 > 0
        flat = _with_slack(x4, run) if ragged else flat_view(x4)
        if suits_winograd(self.conv):
            v, m = _turned(windows.shape[1], channels, f, w.dtype, run)
            u = winograd.turned_taps(w)
            winograd.conv_pool(channels, f, run.training)(
                flat, flat_view(u), b, flat_view(y), flat_view(places), shape, v, m
            )
        else:
            band = run.empty((width * channels,), w.dtype)
            compiled.conv_pool(f, self.skip, run.training)(
                flat, flat_view(w), b, flat_view(y), flat_view(places), shape,
                windows, counts, band,
            )  # fmt: skip
        return y, (flat, y, places, shape, windows, counts, x.shape, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, shaped as x, and the gradients of w and b."""
        x, y, places, shape, windows, counts, x_shape, run = cache
        n, height, width, channels, rows, columns = shape
        w = self.conv.params["w"]
        if w[..., 0].size > MOST_TAPS:  # 16 products a block are faster, though full
            saved = x, y, places, shape[:4], 0, run
            dx, grads = winograd_backward(w, dy, saved, need_dx)
            return dx if dx is None else self.conv.unpadded(dx).reshape(x_shape), grads
        f, taps = w.shape[3], columns * channels
        wide = -(-taps // 8) * 8  # rounded up
        # (R, S, C, F) -> (F, R, S·C), each row filled up with zeros
        turned = np.zeros((f, rows, wide), w.dtype)
        turned[:, :, :taps] = w.reshape(rows, taps, f).transpose(2, 0, 1)
        dw, db = np.zeros_like(turned), np.zeros(f, w.dtype)
        blocks = windows.shape[1]
        dz = run.empty((blocks * f,), dy.dtype)
        where, values = run.empty((blocks,), np.int32), run.empty((blocks,), dy.dtype)
        dx = run.empty((math.prod(shape[:4]) + SLACK if need_dx else 1,), dy.dtype)
        kernel = compiled.conv_pool_backward(f, rows, wide, self.skip, need_dx)
        kernel(
            flat_view(dy), flat_view(y), flat_view(places), x, flat_view(turned), dz,
            flat_view(dw), db, dx, shape, windows, counts, where, values,
        )  # fmt: skip
        grads = {"w": dw[:, :, :taps].transpose(1, 2, 0).reshape(w.shape), "b": db}
        if not need_dx:
            return None, grads
        dx = dx[:-SLACK].reshape(n, height, width, channels)
        return self.conv.unpadded(dx).reshape(x_shape), grads


class ConvReLU:
    """Conv2d with 3 × 3 windows and ReLU in one pass, and back, by Winograd."""

    def __init__(self, conv: Conv2d) -> None:
        self.conv = conv

    @classmethod
    def match(cls, layers: Sequence[Layer]) -> ConvReLU | None:
        """Return one that runs these layers, if they are such."""
        match layers:
            case [Conv2d() as conv, ReLU()]:
                return cls(conv) if suits_winograd(conv) else None
        return None

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y (N, P, Q, F) and the cache; ShapeError unless x is (N, H, W, C)."""
        w, b = self.conv.params["w"], self.conv.params["b"]
        x4 = with_channels(x).astype(w.dtype, copy=False)  # kernels take one type
        p, q, f = self.conv.output_shape(x4.shape[1:])
        y = run.empty((len(x), p, q, f), w.dtype)
        down, across = -(-p // 2), -(-q // 2)  # blocks
        edge = run.empty(((2 * down + 2) * (2 * across + 2) * x4.shape[3],), w.dtype)
        v, m = _turned(down * across, x4.shape[3], f, w.dtype, run)
        flat, u = flat_view(x4), winograd.turned_taps(w)
        winograd_relu.conv_relu(x4.shape[3], f)(
            flat, flat_view(u), b, flat_view(y), x4.shape, self.conv.pad, edge, v, m
        )
        return y, (flat, y, None, x4.shape, self.conv.pad, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, shaped as x, and the gradients of w and b."""
        return winograd_backward(self.conv.params["w"], dy, cache, need_dx)


def winograd_backward(
    w: Array, dy: Array, cache: Any, need_dx: bool
) -> tuple[Array | None, Arrays]:
    """Return dx and the gradients of w and b.

    The cache: x flat, its shape and its padding yet to come; y (N, P, Q, F); and where
    the largest of each block was, None without pooling.
    """
    x, y, places, shape, pad, run = cache
    *_, n_in, n_out = w.shape
    pooled = places is not None
    down, across = y.shape[1:3] if pooled else (-(-k // 2) for k in y.shape[1:3])
    edge = run.empty(((2 * down + 2) * (2 * across + 2) * n_in,), w.dtype)
    dz = run.empty((4 * down * across * n_out,), w.dtype)
    v, dm = _turned(down * across, n_in, n_out, w.dtype, run)
    turned = winograd.turned_taps(w).transpose(0, 2, 1)  # (16, F, C)
    du, db = np.zeros((16, n_in, n_out), w.dtype), np.zeros(n_out, w.dtype)
    dx = run.empty(shape if need_dx else (1,), w.dtype)
    winograd_relu.backward(n_in, n_out, pooled, need_dx)(
        flat_view(dy), flat_view(y), flat_view(places if pooled else y), x,
        flat_view(turned), flat_view(du), db, flat_view(dx), shape, pad, edge, dz, v,
        dm,
    )  # fmt: skip
    dw = winograd.TWICE.T.astype(w.dtype) @ du.reshape(16, -1)  # Gᵀ dU G
    return dx if need_dx else None, {"w": dw.reshape(w.shape), "b": db}


def suits_winograd(conv: Conv2d) -> bool:
    """Return whether `winograd` has a kernel for these windows."""
    rows, columns, *sizes = conv.params["w"].shape
    return (rows, columns, conv.stride) == (3, 3, 1) and all(
        n % 8 == 0 and n <= MOST_FILTERS for n in sizes
    )


def _turned(
    blocks: int, n_in: int, n_out: int, dtype: Any, run: Run
) -> tuple[Array, Array]:
    """Return scratch memory for 16 · T pixels and as many outputs, T rounded up."""
    rows = 16 * -(-blocks // winograd.TOGETHER) * winograd.TOGETHER
    return run.empty((rows * n_in,), dtype), run.empty((rows * n_out,), dtype)


def flat_view(array: Array) -> Array:
    """Return all numbers of the array in one row."""
    return np.ascontiguousarray(array).reshape(-1)


def _with_slack(x: Array, run: Run) -> Array:
    """Return x flat, with memory behind it that may be read."""
    copy = run.empty((x.size + SLACK,), x.dtype)
    copy[: x.size].reshape(x.shape)[...] = x
    copy[x.size :] = 0
    return copy


def _blank_is_zero(before: Sequence[Layer]) -> bool:
    """Return whether what comes in is pixels: nothing below 0, and mostly 0."""
    match before:
        case [Pixels() as pixels] | [Pixels() as pixels, Crop()]:
            return pixels.offset == 0 and pixels.scale > 0
    return False
