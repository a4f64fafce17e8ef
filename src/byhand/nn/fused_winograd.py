"""Convolution and ReLU run together by Winograd's products, and back, pooled or not.

Letters: N images, H × W pixels in, P × Q outputs, C channels in, F filters.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from byhand.kernels import taps, winograd, winograd_gradient, winograd_relu
from byhand.kernels.checks import expect_shape, flat
from byhand.nn.conv import Conv2d, with_channels
from byhand.nn.layer import Layer
from byhand.nn.operands import contiguous, taken, typed, zeros
from byhand.nn.run import Run
from byhand.types import Array, Arrays

BAND = 2**17  # numbers transformed at once: half of a second-level cache of 1 MiB


class Unpooled(NamedTuple):
    """What ConvReLU keeps of a pass, and what `winograd_backward` takes."""

    x: Array  # flat
    y: Array  # (N, P, Q, F)
    places: Array | None  # as of Pooled; None without pooling
    shape: tuple[int, int, int, int]  # (N, H, W, C), not padded
    pad: int  # yet to come
    run: Run


class ConvReLU:
    """Conv2d with 3 × 3 windows and perhaps ReLU in one pass, and back, by Winograd."""

    recordable = True

    def __init__(self, conv: Conv2d, relu: bool) -> None:
        self.conv, self.relu = conv, relu

    @classmethod
    def fitting(cls, layers: Sequence[Any], before: Sequence[Layer]) -> ConvReLU | None:
        """Return one that runs these layers, if a kernel can."""
        return cls(layers[0], len(layers) > 1) if suits_winograd(layers[0]) else None

    def forward(self, x: Array, run: Run) -> tuple[Array, Unpooled | None]:
        """Return y (N, P, Q, F) and the cache; ShapeError unless x is (N, H, W, C)."""
        w, b = self.conv.params["w"], self.conv.params["b"]
        x4 = with_channels(typed(x, w.dtype, run))  # kernels take one type
        p, q, f = self.conv.output_shape(x4.shape[1:])
        n, height, width, channels = x4.shape
        y = run.empty((n, p, q, f), w.dtype)
        down, across = -(-p // 2), -(-q // 2)  # blocks
        high = band(down, across, channels + f)
        edge = run.empty(((2 * high + 2) * (2 * across + 2) * channels,), w.dtype)
        v, m = scratch(high * across, channels, f, w.dtype, run)
        pixels = contiguous(x4, run).reshape(-1)
        u = run.of_params(self, lambda run: transformed_taps(w, run)).reshape(-1)
        run.launch(
            winograd_relu.conv_relu(channels, f, high * across, self.relu), pixels, u,
            flat("b", b, f, w.dtype), y.reshape(-1), x4.shape, self.conv.pad, high,
            edge, v, m,
        )  # fmt: skip
        shape = (n, height, width, channels)
        kept = Unpooled(pixels, y, None, shape, self.conv.pad, run)
        return y, kept if run.gradients else None

    def backward(
        self, dy: Array, cache: Unpooled, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, shaped as x, and the gradients of w and b."""
        w = self.conv.params["w"]
        expect_shape("dy", dy, cache.y.shape)
        dy = contiguous(typed(dy, w.dtype, cache.run), cache.run)
        return winograd_backward(w, dy, cache, self.relu, need_dx)

    def kept(self, cache: Unpooled, chosen: Array) -> Unpooled:
        """Return the cache of the chosen images alone."""
        run, some = cache.run, taken(cache.x.reshape(cache.shape), chosen, cache.run)
        shape = (len(chosen), *cache.shape[1:])
        return cache._replace(
            x=some.reshape(-1), y=taken(cache.y, chosen, run), shape=shape
        )


def winograd_backward(
    w: Array, dy: Array, cache: Unpooled, relu: bool, need_dx: bool
) -> tuple[Array | None, Arrays]:
    """Return dx and the gradients of w and b."""
    x, y, places, shape, pad, run = cache
    (n, height, width, n_in), n_out, dtype = shape, y.shape[-1], w.dtype
    expect_shape("w", w, (3, 3, n_in, n_out))
    p, q = height + 2 * pad - 2, width + 2 * pad - 2
    down, across = (p // 2, q // 2) if places is not None else (-(-p // 2), -(-q // 2))
    outputs = n * (down * across if places is not None else p * q) * n_out
    u = contiguous(transformed_taps(w, run).transpose(0, 2, 1), run)  # (16, F, C)
    du, db = zeros((16, n_in * n_out), dtype, run), zeros((n_out,), dtype, run)
    dx = run.empty(shape if need_dx else (1,), dtype)
    pooled = places is not None
    high = down if pooled else band(down, across, n_in + n_out)
    v, dm = scratch(high * across, n_in, n_out, dtype, run)
    frame = (2 * high + 2) * (2 * across + 2) * n_in
    run.launch(
        winograd_gradient.backward(n_in, n_out, high * across, pooled, relu, need_dx),
        flat("dy", dy, outputs, dtype),
        flat("y", y, outputs, dtype),
        flat("places", y if places is None else places, outputs, dtype),
        flat("x", x, math.prod(shape), dtype),
        u.reshape(-1),
        du.reshape(-1), db, dx.reshape(-1), shape, pad, high,
        run.empty((frame,), dtype),
        run.empty((4 * high * across * n_out,), dtype),
        v, dm,
        run.empty((frame if need_dx else 1,), dtype),
    )  # fmt: skip
    dw = run.empty(w.shape, dtype)
    run.launch(taps.combine, taps.TWICE.T, du, dw.reshape(9, n_in * n_out))
    return dx if need_dx else None, {"w": dw, "b": db}


def transformed_taps(w: Array, run: Run) -> Array:
    """Return G g Gᵀ for the taps g of every channel and filter: (16, C, F)."""
    _, _, n_in, n_out = w.shape
    u = run.empty((16, n_in * n_out), w.dtype)
    run.launch(taps.combine, taps.TWICE, contiguous(w, run).reshape(9, n_in * n_out), u)
    return u.reshape(16, n_in, n_out)


def suits_winograd(conv: Conv2d) -> bool:
    """Return whether `winograd` has a kernel for these windows."""
    rows, columns, *sizes = conv.params["w"].shape
    return (rows, columns, conv.stride) == (3, 3, 1) and all(n % 8 == 0 for n in sizes)


def band(down: int, across: int, numbers: int) -> int:
    """Return how many rows of blocks are transformed at once, of `down` rows.

    As many as the second-level cache holds, with `numbers` a pixel of x and y.
    """
    most = max(BAND // (16 * across * numbers), 1)
    return -(-down // -(-down // most))


def scratch(
    blocks: int, n_in: int, n_out: int, dtype: Any, run: Run
) -> tuple[Array, Array]:
    """Return memory for 16 · T transformed pixels and outputs, and what is spare."""
    rows = 16 * (blocks | 1) + winograd.SPARE_ROWS
    return run.empty((rows * n_in,), dtype), run.empty((rows * n_out,), dtype)
