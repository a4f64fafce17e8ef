"""Convolution, ReLU and pooling run together as one compiled kernel.

Letters: N images, H × W pixels in, P × Q blocks out, C channels in, F filters,
R × S the window.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels import compiled, conv_pixels, layout, winograd
from byhand.kernels.checks import expect_shape, flat
from byhand.nn.conv import Conv2d, with_channels
from byhand.nn.fused_winograd import (
    Unpooled,
    scratch,
    suits_winograd,
    transformed_taps,
    winograd_backward,
)
from byhand.nn.layer import Layer
from byhand.nn.operands import contiguous, eights, taken, typed, zeros
from byhand.nn.pixels import Crop, Pixels
from byhand.nn.pooling import MaxPool2d
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape

MOST_TAPS = 320  # of a filter whose gradient is gathered output by output
LARGEST_PLACE = 2**24  # places in an image are kept as float32, exact up to here
SLACK = 8  # numbers that a run rounded up to a multiple of 8 reads past an array's end


class Pooled(NamedTuple):
    """What ConvReLUPool keeps of a pass for `backward`."""

    x: Array  # flat, padded
    y: Array  # (N, P, Q, F)
    places: Array  # (N, P, Q, F): where in the image each largest one's window begins
    shape: tuple[int, int, int, int, int, int]  # (N, H, W, C, R, S), padded
    windows: Array  # (N, P·Q): the blocks that are not blank; (N, 0) if all are visited
    counts: Array  # (N,): how many those are
    x_shape: Shape
    run: Run


class ConvReLUPool:
    """Conv2d, ReLU and MaxPool2d(2) in one pass; backwards, only the largest."""

    recordable = True

    def __init__(self, conv: Conv2d, pool: MaxPool2d, skip: bool) -> None:
        self.conv, self.pool, self.skip = conv, pool, skip

    @classmethod
    def fitting(
        cls, layers: Sequence[Any], before: Sequence[Layer]
    ) -> ConvReLUPool | None:
        """Return one that runs these layers after those before, if a kernel can."""
        conv, _, pool = layers
        rows, columns, channels, filters = conv.params["w"].shape
        fits = (
            pool.sides == (2, 2)
            and conv.stride == 1
            and filters % 8 == 0
            and (rows * columns * channels <= MOST_TAPS or suits_winograd(conv))
        )
        seen = conv_pixels.pixels_seen(rows, columns, channels)
        skip = seen <= conv_pixels.MOST_BITS and _blank_is_zero(before)
        return cls(conv, pool, skip) if fits else None

    def forward(self, x: Array, run: Run) -> tuple[Array, Pooled | None]:
        """Return y (N, P, Q, F) and the cache; ShapeError unless x is (N, H, W, C)."""
        w = self.conv.params["w"]
        x4 = with_channels(typed(x, w.dtype, run))  # kernels take one type
        p, q, f = self.pool.output_shape(self.conv.output_shape(x4.shape[1:]))
        x4 = _padded(x4, self.conv.pad, run)
        n, height, width, channels = x4.shape
        if run.gradients and height * width * channels > LARGEST_PLACE:
            raise ShapeError(
                f"conv: expected images of at most {LARGEST_PLACE} numbers, got "
                f"{height}x{width}x{channels}; try BYHAND_KERNELS=reference"
            )
        y = run.empty((n, p, q, f), w.dtype)
        kept = Pooled(
            x=_with_slack(x4, run) if ragged(w) else x4.reshape(-1),
            y=y,
            places=run.empty(y.shape if run.gradients else (1,), w.dtype),
            shape=(n, height, width, channels, *w.shape[:2]),
            windows=run.empty((n, p * q if self.skip else 0), np.int32),
            counts=run.empty((n,), np.int32),
            x_shape=x.shape,
            run=run,
        )
        self._run(kept)
        return y, kept if run.gradients else None

    def _run(self, to: Pooled) -> None:
        """Have y and places computed, by Winograd's products where there are such."""
        w, b, run = self.conv.params["w"], self.conv.params["b"], to.run
        channels, f = w.shape[2:]
        bias = flat("b", b, f, w.dtype)
        y, places = to.y.reshape(-1), to.places.reshape(-1)
        if suits_winograd(self.conv):
            u = run.of_params(self, lambda run: transformed_taps(w, run)).reshape(-1)
            blocks = math.prod(to.y.shape[1:3])
            v, m = scratch(blocks, channels, f, w.dtype, run)
            kernel = winograd.conv_pool(channels, f, blocks, run.gradients)
            run.launch(kernel, to.x, u, bias, y, places, to.shape, v, m)
            return
        window = run.of_params(self, lambda run: contiguous(w, run)).reshape(-1)
        if not self.skip:
            kernel = compiled.conv_pool(f, run.gradients)
            run.launch(kernel, to.x, window, bias, y, places, to.shape)
            return
        _, height, width, _, rows, columns = to.shape
        run.launch(
            conv_pixels.conv_pool(f, run.gradients),
            to.x, window, bias, y, places, to.shape, to.windows.reshape(-1), to.counts,
            run.empty((height * width * channels // 8 + conv_pixels.ROOM,), np.uint8),
            run.empty((conv_pixels.MOST_BITS,), np.int32),
            run.empty(((rows + 2) * (columns + 2) * channels * f,), w.dtype),
        )  # fmt: skip

    def backward(
        self, dy: Array, cache: Pooled, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, shaped as x, and the gradients of w and b."""
        w, run = self.conv.params["w"], cache.run
        n, height, width, channels, rows, columns = cache.shape
        expect_shape("w", w, (rows, columns, channels, cache.y.shape[-1]))
        expect_shape("dy", dy, cache.y.shape)
        dy = contiguous(typed(dy, w.dtype, run), run)
        if rows * columns * channels > MOST_TAPS:
            # 16 products a block are faster, though full
            saved = Unpooled(*cache[:3], cache.shape[:4], 0, run)
            dx, grads = winograd_backward(w, dy, saved, True, need_dx)
        else:
            dx, grads = self._gathered(dy, cache, need_dx)
        if dx is None:
            return None, grads
        dx = self.conv.unpadded(dx.reshape(n, height, width, channels))
        return contiguous(dx, run).reshape(cache.x_shape), grads

    def kept(self, cache: Pooled, chosen: Array) -> Pooled:
        """Return the cache of the chosen images alone."""
        run, (n, height, width, channels, *_) = cache.run, cache.shape
        x4 = cache.x[: n * height * width * channels].reshape(
            n, height, width, channels
        )
        some = taken(x4, chosen, run)
        ragged_w = ragged(self.conv.params["w"])
        return cache._replace(
            x=_with_slack(some, run) if ragged_w else some.reshape(-1),
            y=taken(cache.y, chosen, run),
            places=taken(cache.places, chosen, run),
            shape=(len(chosen), *cache.shape[1:]),
            windows=taken(cache.windows, chosen, run),
            counts=taken(cache.counts[:, None], chosen, run).reshape(-1),
            x_shape=(len(chosen), *cache.x_shape[1:]),
        )

    def _gathered(
        self, dy: Array, cache: Pooled, need_dx: bool
    ) -> tuple[Array | None, Arrays]:
        """Return dx, flat, and the gradients, gathered output by output."""
        n, height, width, channels, rows, columns = cache.shape
        w, run, across = self.conv.params["w"], cache.run, columns * channels
        f, dtype = w.shape[3], w.dtype
        wide, size = eights(across), n * height * width * channels  # rounded up
        # (R, S, C, F) -> (F, R, S·C), each row filled up with zeros
        by_filter = run.empty((f, rows, wide), dtype)
        run.launch(layout.by_filter, w.reshape(rows, across, f), by_filter)
        dw, db = zeros(by_filter.shape, dtype, run), zeros((f,), dtype, run)
        blocks = ((height - rows + 1) // 2) * ((width - columns + 1) // 2)
        expect_shape("windows", cache.windows, (n, blocks if self.skip else 0))
        expect_shape("counts", cache.counts, (n,))
        outputs = n * blocks * f
        dx = run.empty((size + SLACK if need_dx else 1,), dtype)
        given = (
            flat("dy", dy, outputs, dtype),
            flat("y", cache.y, outputs, dtype),
            flat("places", cache.places, outputs, dtype),
            flat("x", cache.x, size + (SLACK if ragged(w) else 0), dtype),
        )
        dz = run.empty((blocks * f,), dtype)
        if self.skip and not need_dx:
            run.launch(
                conv_pixels.conv_pool_backward(f, rows, wide), *given, dz,
                dw.reshape(-1), db, cache.shape, cache.windows.reshape(-1),
                cache.counts, run.empty((blocks * f,), np.int32),
            )  # fmt: skip
        else:
            run.launch(
                compiled.conv_pool_backward(f, rows, wide, need_dx), *given,
                by_filter.reshape(-1), dz, dw.reshape(-1), db, dx, cache.shape,
                run.empty((blocks,), np.int32), run.empty((blocks,), dtype),
            )  # fmt: skip
        grad = run.empty(w.shape, dtype)
        run.launch(layout.from_filters, dw, grad.reshape(rows, across, f))
        return dx[:-SLACK] if need_dx else None, {"w": grad, "b": db}


def ragged(w: Array) -> bool:
    """Return whether a row of a window is no multiple of 8 numbers."""
    _, columns, channels, _ = w.shape
    return bool(columns * channels % 8)


def _with_slack(x: Array, run: Run) -> Array:
    """Return x flat, with memory behind it that may be read."""
    copy = run.empty((x.size + SLACK,), x.dtype)
    run.launch(layout.with_slack, x.reshape(-1), copy)
    return copy


def _padded(x: Array, pad: int, run: Run) -> Array:
    """Return x (N, H, W, C) with `pad` zeros around each image, contiguous."""
    if not pad:
        return contiguous(x, run)
    n, height, width, channels = x.shape
    padded = run.empty((n, height + 2 * pad, width + 2 * pad, channels), x.dtype)
    run.launch(layout.padded, x, padded, pad)
    return padded


def _blank_is_zero(before: Sequence[Layer]) -> bool:
    """Return whether what comes in is pixels: nothing below 0, and mostly 0.

    A layer that is derived from one of these may compute differently.
    """
    if [type(layer) for layer in before] not in ([Pixels], [Pixels, Crop]):
        return False
    pixels = before[0]
    assert isinstance(pixels, Pixels)
    return pixels.offset == 0 and pixels.scale > 0
