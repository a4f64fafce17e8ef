"""The kernels in plain NumPy: each defines what its fast twin must compute.

Letters: N images, H × W pixels in, P × Q pixels out, C channels in, F filters,
R × S the window. Images are channels-last: a row of a window is one run of memory.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view
from numpy.typing import NDArray

Array = NDArray[Any]


def windows(x: Array, rows: int, run: int, stride: int) -> Array:
    """Return a view of every window of x (N, H, W, C): (N, P, Q, R, S·C), no copy.

    Args:
        x: contiguous.
        rows: R.
        run: S · C, the numbers in a row of a window, which lie side by side.
        stride: pixels from one window to the next, down and across.
    """
    n, height, width, channels = x.shape
    p = (height - rows) // stride + 1
    q = (width - run // channels) // stride + 1
    sn, sh, sw, _ = x.strides
    strides = (sn, sh * stride, sw * stride, sh, x.itemsize)
    return as_strided(x, (n, p, q, rows, run), strides, writeable=False)


def conv(patches: Array, w: Array, b: Array, y: Array) -> Array:
    """Set y (N·P·Q, F) to patches (N·P·Q, R·S·C) @ w (R·S·C, F) + b (F,)."""
    np.matmul(patches, w, out=y)
    y += b
    return y


def conv_dx(dpatches: Array, dx: Array, stride: int) -> Array:
    """Set dx (N, H, W, C) to the sum of what each window has for each of its pixels.

    Args:
        dpatches: (N, P, Q, R, S, C), the gradient of the windows.
        dx: overwritten.
        stride: as the convolution's.
    """
    _, p, q, rows, columns, _ = dpatches.shape
    dx[...] = 0
    for r in range(rows):
        for s in range(columns):
            # x[:, i·stride + r, j·stride + s] stood at [r, s] of window (i, j)
            down = slice(r, r + (p - 1) * stride + 1, stride)
            across = slice(s, s + (q - 1) * stride + 1, stride)
            dx[:, down, across] += dpatches[:, :, :, r, s]
    return dx


def max_pool(x: Array, size: int, y: Array) -> Array:
    """Set y (N, P, Q, C) to the largest of each size × size block of x (N, H, W, C)."""
    blocks = corners(x, size, y.shape)
    np.copyto(y, blocks[0])
    for block in blocks[1:]:
        np.maximum(y, block, out=y)
    return y


def max_pool_dx(dy: Array, x: Array, y: Array, size: int, dx: Array) -> Array:
    """Set dx to dy at the first maximum of each block, in row-major order; else 0."""
    dx[...] = 0
    free = np.ones(y.shape, np.bool_)  # blocks whose maximum is not found yet
    for block, out in zip(
        corners(x, size, y.shape), corners(dx, size, y.shape), strict=True
    ):
        first = free & (block == y)
        np.multiply(dy, first, out=out)
        free &= ~first
    return dx


def corners(x: Array, size: int, shape: tuple[int, ...]) -> list[Array]:
    """Return the size² views of x that hold the same corner of every block."""
    height, width = shape[1] * size, shape[2] * size  # what is left over has no block
    return [x[:, r:height:size, s:width:size] for r in range(size) for s in range(size)]


def momentum_step(
    p: Array, v: Array, g: Array, lr: float, momentum: float, nesterov: bool
) -> None:
    """Update p and v in place: v <- momentum · v + g, then p, as `SGD` says."""
    v *= momentum
    v += g
    p -= lr * (g + momentum * v if nesterov else v)


def gathered(
    images: Array, indices: Array, down: Array, right: Array, out: Array
) -> None:
    """Set out (N, H, W) to images[indices], image n moved by down[n] and right[n].

    Moved by whole pixels; the rest is 0.
    """
    chosen = images[indices]
    limit = int(max(abs(down).max(), abs(right).max())) if len(indices) else 0
    padded = np.pad(chosen, ((0, 0), (limit, limit), (limit, limit)))
    # every H × W window of the padded image is one of its shifts
    all_windows = sliding_window_view(padded, images.shape[1:], axis=(1, 2))
    out[...] = all_windows[np.arange(len(chosen)), limit - down, limit - right]
