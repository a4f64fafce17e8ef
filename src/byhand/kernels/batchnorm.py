"""Batch normalisation in training, with the ReLU and the 2 × 2 pooling behind it.

The plain layers BatchNorm, ReLU and MaxPool2d in a row define what these compute. Each
kernel is one sweep over memory: mean and variance; outputs; the gradients' sums; dx.

Sums over a batch are long. A chunk of rows is summed as the arrays are, in registers,
and chunks are added up in float64. The variance is that of each chunk about its own
mean, merged as Chan, Golub and LeVeque 1983 do (The American Statistician 37, eq. 2.1):
no digits are lost where a mean is far from 0.

Arrays come flat. Letters: C channels, B numbers a channel, N images, H × W pixels,
P × Q blocks. Channels are taken `width` at a time, a multiple of 8 that divides C.
"""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
from numba import literally, njit

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import (
    add,
    load,
    maximum,
    pick,
    splat,
    store,
)
from byhand.kernels.products import fma_each

HELD = 10  # runs of numbers in registers at once
CHUNK = 128  # rows summed in registers, which stay in the first cache meanwhile
ROWS = 5  # of `table`: -mean, 1 / sqrt(var + eps), and what dx is made of


@functools.cache
def statistics(width: int) -> Any:
    """Return the kernel of means and variances."""

    @njit(**OPTIONS)
    def kernel(
        x: Any, mean: Any, var: Any, chunk: Any, sums: Any, rows: Any, channels: Any
    ) -> None:
        """Set mean and var (C,) to those of x (B, C), B = rows.

        Scratch: chunk (3, width), sums (2, width) in float64.
        """
        zero = splat(width, x.dtype.type(0))
        for c in range(0, channels, width):
            sums[:] = 0
            for begin in range(0, rows, CHUNK):
                end = min(begin + CHUNK, rows)
                total = zero
                for i in range(begin * channels + c, end * channels + c, channels):
                    total = add(total, load(width, x, i))
                store(chunk, 0, total)
                count = x.dtype.type(end - begin)
                for k in range(width):
                    chunk[k] = -(chunk[k] / count)
                minus, squares, rest = load(width, chunk, 0), zero, zero
                for i in range(begin * channels + c, end * channels + c, channels):
                    centred = add(load(width, x, i), minus)
                    squares = fma_each(centred, centred, squares)
                    rest = add(rest, centred)  # 0, but for the rounding of the mean
                store(chunk, width, squares)
                store(chunk, 2 * width, rest)
                merged(chunk, sums, begin, end - begin, width)
            for k in range(width):
                mean[c + k] = sums[k]
                var[c + k] = sums[width + k] / rows

    return kernel


@njit(**OPTIONS)
def merged(chunk: Any, sums: Any, before: Any, count: Any, width: Any) -> None:
    """Merge a chunk of `count` rows into the mean and squares of those before it.

    chunk (3, width): -mean, the squares about it, and the sum of the distances to it.
    """
    for k in range(width):
        rest = chunk[2 * width + k] / count
        mean, squares = rest - chunk[k], chunk[width + k] - count * rest * rest
        distance, share = mean - sums[k], count / (before + count)
        sums[k] += distance * share
        sums[width + k] += squares + distance * distance * before * share


@njit(**OPTIONS)
def prepare(mean: Any, var: Any, eps: Any, gamma: Any, table: Any) -> None:
    """Set the first three rows of table (ROWS, C): -mean, inverse, gamma · inverse.

    eps is an array of one number.
    """
    channels, one = len(mean), mean.dtype.type(1)
    for c in range(channels):
        inverse = one / np.sqrt(var[c] + eps[0])
        table[c] = -mean[c]
        table[channels + c] = inverse
        table[2 * channels + c] = gamma[c] * inverse


@functools.cache
def forward(width: int, relu: bool) -> Any:
    """Return the kernel of the outputs, with or without ReLU."""

    @njit(**OPTIONS)
    def kernel(x: Any, table: Any, beta: Any, y: Any, rows: Any, channels: Any) -> None:
        """Set y (B, C) to (x - mean) · scale + beta."""
        zero = splat(width, x.dtype.type(0))
        for c in range(0, channels, width):
            minus, shift = load(width, table, c), load(width, beta, c)
            scale = load(width, table, 2 * channels + c)
            for i in range(c, rows * channels + c, channels):
                out = fma_each(add(load(width, x, i), minus), scale, shift)
                store(y, i, maximum(out, zero) if relu else out)

    return kernel


@functools.cache
def forward_pool(width: int, gradients: bool) -> Any:
    """Return the kernel of the outputs with ReLU and pooling.

    Args:
        width: channels at a time.
        gradients: note which of a block's four is the largest, and its x.
    """

    @njit(**OPTIONS)
    def kernel(
        x: Any, table: Any, beta: Any, y: Any, places: Any, peaks: Any, shape: Any
    ) -> None:
        """Set y (N, P, Q, C) to the largest of each block, or 0.

        x (N, H, W, C) of that shape. places and peaks, shaped as y, get the number of
        the first largest, 0 to 3, and its x.
        """
        count, height, across, channels = shape
        p_end, q_end, row = height // 2, across // 2, across * channels
        number = x.dtype.type
        zero = splat(width, number(0))
        for c in range(0, channels, width):
            minus, shift = load(width, table, c), load(width, beta, c)
            scale = load(width, table, 2 * channels + c)
            out = c - channels
            for line in range(count * p_end):
                top = (line // p_end * height + line % p_end * 2) * row + c
                for here in range(top, top + 2 * q_end * channels, 2 * channels):
                    out += channels
                    peak = load(width, x, here)
                    best, place = fma_each(add(peak, minus), scale, shift), zero
                    for k in range(1, 4):
                        pixel = load(width, x, here + k // 2 * row + k % 2 * channels)
                        other = fma_each(add(pixel, minus), scale, shift)
                        if gradients:
                            place = pick(other, best, splat(width, number(k)), place)
                            peak = pick(other, best, pixel, peak)
                        best = maximum(other, best)
                    store(y, out, maximum(best, zero))
                    if gradients:
                        store(places, out, place)
                        store(peaks, out, peak)

    return kernel


@functools.cache
def gradient_sums(width: int, relu: bool, training: bool) -> Any:
    """Return the kernel of the gradients of gamma and beta.

    Args:
        width: channels at a time.
        relu: whether there is a ReLU behind.
        training: whether mean and variance depend on x, and dx on these sums.
    """

    @njit(**OPTIONS)
    def kernel(
        dy: Any, y: Any, x: Any, table: Any, dgamma: Any, dbeta: Any, chunk: Any,
        sums: Any, rows: Any, channels: Any, numbers: Any,
    ) -> None:  # fmt: skip
        """Set dgamma and dbeta (C,), and the last two rows of table for `dx`.

        dy, y and x have `rows` rows: all, or of each block the largest. numbers is B.
        Scratch: chunk (2, width), sums (2, width) in float64.
        """
        zero = splat(width, x.dtype.type(0))
        for c in range(0, channels, width):
            minus = load(width, table, c)
            sums[:] = 0
            for begin in range(0, rows, CHUNK):
                end = min(begin + CHUNK, rows)
                total = along = zero
                for i in range(begin * channels + c, end * channels + c, channels):
                    g = load(width, dy, i)
                    if relu:
                        g = pick(load(width, y, i), zero, g, zero)
                    total = add(total, g)
                    along = fma_each(add(load(width, x, i), minus), g, along)
                store(chunk, 0, total)
                store(chunk, width, along)
                for k in range(2 * width):
                    sums[k] += chunk[k]
            for k in range(width):
                inverse, scale = table[channels + c + k], table[2 * channels + c + k]
                along_hat = sums[width + k] * inverse
                dbeta[c + k], dgamma[c + k] = sums[k], along_hat
                share = scale / numbers if training else 0.0
                table[3 * channels + c + k] = -share * sums[k]
                table[4 * channels + c + k] = -share * along_hat * inverse

    return kernel


@functools.cache
def dx(width: int, relu: bool) -> Any:
    """Return the kernel of dx, with or without ReLU behind."""

    @njit(**OPTIONS)
    def kernel(
        dy: Any, y: Any, x: Any, table: Any, dx: Any, rows: Any, channels: Any
    ) -> None:
        """Set dx (B, C) to scale · (dy - mean(dy) - x_hat · mean(dy · x_hat))."""
        zero = splat(width, x.dtype.type(0))
        for c in range(0, channels, width):
            minus = load(width, table, c)
            scale = load(width, table, 2 * channels + c)
            shift = load(width, table, 3 * channels + c)
            along = load(width, table, 4 * channels + c)
            for i in range(c, rows * channels + c, channels):
                g = load(width, dy, i)
                if relu:
                    g = pick(load(width, y, i), zero, g, zero)
                centred = add(load(width, x, i), minus)
                store(dx, i, fma_each(centred, along, fma_each(g, scale, shift)))

    return kernel


@njit(**OPTIONS)
def between(width: Any, g: Any, place: Any, under: Any, over: Any) -> Any:
    """Return g where place is between the two numbers, else 0."""
    width = literally(width)
    zero = splat(width, under - under)
    g = pick(place, splat(width, under), g, zero)
    return pick(splat(width, over), place, g, zero)


@functools.cache
def dx_pool(width: int) -> Any:
    """Return the kernel of dx with ReLU and pooling behind."""

    @njit(**OPTIONS)
    def kernel(
        dy: Any, y: Any, places: Any, x: Any, table: Any, dx: Any, shape: Any
    ) -> None:
        """Set dx (N, H, W, C) as `dx` does; dy, y and places are (N, P, Q, C)."""
        count, height, across, channels = shape
        p_end, q_end = height // 2, across // 2
        number = x.dtype.type
        zero, half = splat(width, number(0)), number(0.5)
        for c in range(0, channels, width):
            minus = load(width, table, c)
            scale = load(width, table, 2 * channels + c)
            shift = load(width, table, 3 * channels + c)
            along = load(width, table, 4 * channels + c)
            here = c - channels
            for line in range(count * height):
                n, i = line // height, line % height
                blocks = ((n * p_end + i // 2) * q_end) * channels + c
                for j in range(across):
                    here += channels
                    out = shift
                    if i < 2 * p_end and j < 2 * q_end:
                        k, at = number(i % 2 * 2 + j % 2), blocks + j // 2 * channels
                        g = pick(load(width, y, at), zero, load(width, dy, at), zero)
                        place = load(width, places, at)  # a whole number
                        g = between(width, g, place, k - half, k + half)
                        out = fma_each(g, scale, shift)
                    centred = add(load(width, x, here), minus)
                    store(dx, here, fma_each(centred, along, out))

    return kernel
