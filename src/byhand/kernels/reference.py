"""The kernels in plain NumPy: each defines what its fast twin must compute.

Letters: N images, H × W pixels in, P × Q pixels out, C channels in, F filters,
R × S the window. Images are channels-last: a row of a window is one run of memory.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.lib.stride_tricks import as_strided, sliding_window_view

from byhand.kernels.chance import normals
from byhand.types import Array


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


def max_pool(x: Array, sides: tuple[int, int], y: Array) -> Array:
    """Set y (N, P, Q, C) to the largest of each block of x (N, H, W, C)."""
    blocks = corners(x, sides, y.shape)
    np.copyto(y, blocks[0])
    for block in blocks[1:]:
        np.maximum(y, block, out=y)
    return y


def max_pool_dx(
    dy: Array, x: Array, y: Array, sides: tuple[int, int], dx: Array
) -> Array:
    """Set dx to dy at the first maximum of each block, in row-major order; else 0."""
    dx[...] = 0
    free = np.ones(y.shape, np.bool_)  # blocks whose maximum is not found yet
    for block, out in zip(
        corners(x, sides, y.shape), corners(dx, sides, y.shape), strict=True
    ):
        first = free & (block == y)
        np.multiply(dy, first, out=out)
        free &= ~first
    return dx


def corners(x: Array, sides: tuple[int, int], shape: tuple[int, ...]) -> list[Array]:
    """Return the R · S views of x that hold the same corner of every block.

    Args:
        x: (N, H, W, C).
        sides: (R, S) of a block.
        shape: (N, P, Q, C), of the blocks.
    """
    rows, columns = sides
    height, width = shape[1] * rows, shape[2] * columns  # the rest has no block
    return [
        x[:, r:height:rows, s:width:columns]
        for r in range(rows)
        for s in range(columns)
    ]


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


def elastic(key: Array, down: Array, across: Array, out: Array) -> None:
    """Set each of out (K, H, W) to down @ a @ across, a random and normal.

    Args:
        key: (2,) uint32, of the random numbers.
        down: (H, Y) float32, Y rows of random numbers.
        across: (X, W) float32.
        out: (K, H, W) float32.
    """
    shape = (len(out), down.shape[1], len(across))
    np.matmul(down, normals(key, math.prod(shape)).reshape(shape) @ across, out=out)


def warped(
    images: Array, indices: Array, matrices: Array, fields: Array, out: Array
) -> None:
    """Set out (N, H, W) to images[indices], each pixel read where the maps say.

    Pixel (i, j) of image n is read at matrices[n] (2, 3) times (i', j', 1), where i'
    and j' count from the image's middle, and fields[n, :, i, j] further on; between
    pixels by bilinear interpolation, outside the image it is 0.

    Args:
        images: (M, H, W) uint8.
        indices: (N,).
        matrices: (N, 2, 3) float32.
        fields: (N, 2, H, W) float32, or of length 0 for none.
        out: (N, H, W) uint8.
    """
    count, height, width = out.shape
    middle = np.array([(height - 1) / 2, (width - 1) / 2], matrices.dtype)
    grid = np.indices((height, width), matrices.dtype).reshape(2, -1) - middle[:, None]
    places = matrices[:, :, :2] @ grid + matrices[:, :, 2:] + middle[:, None]
    if len(fields):
        places += fields.reshape(count, 2, -1)
    low, high = -1, np.array([[height], [width]])
    inside = ((places > low) & (places < high)).all(axis=1)  # (N, H·W)
    places = np.where(inside[:, None], places, -1)
    corner = np.floor(places).astype(np.int64)
    part = places - corner
    padded = np.zeros((len(images), height + 3, width + 3), images.dtype)
    padded[:, 1 : height + 1, 1 : width + 1] = images
    chosen, total = np.asarray(indices)[:, None], np.zeros((count, height * width))
    for down in (0, 1):
        for right in (0, 1):
            pixels = padded[chosen, corner[:, 0] + 1 + down, corner[:, 1] + 1 + right]
            v = part[:, 0] if down else 1 - part[:, 0]
            u = part[:, 1] if right else 1 - part[:, 1]
            total += v * u * pixels
    out[...] = (total + 0.5).reshape(out.shape)


def projected(layer: Array, matrix: Array, smooth: bool, out: Array) -> None:
    """Set each pixel of out (P, Q, C) to what a projection shows there.

    The middle of pixel (i, j), x = j + 1/2 and y = i + 1/2, is read at (u, v), where
    (u w, v w, w) = matrix (x, y, 1); outside the layer it is 0.

    Args:
        layer: (H, W, C) uint8.
        matrix: (3, 3); places are computed in float32.
        smooth: whether to interpolate between pixels, by 256ths; else the nearest.
        out: uint8.
    """
    (height, width), (rows, columns) = layer.shape[:2], out.shape[:2]
    x, y = (np.arange(n, dtype=np.float32) + np.float32(0.5) for n in (columns, rows))
    u, v, w = (a * x + (b * y + c)[:, None] for a, b, c in matrix.astype(np.float32))
    u, v = u * (1 / w), v * (1 / w)  # (P, Q)
    inside = (u >= 0) & (u < width) & (v >= 0) & (v < height)
    if not smooth:
        i, j = (np.where(inside, place, 0).astype(np.int64) for place in (v, u))
        out[...] = np.where(inside[..., None], layer[i, j], 0)
        return
    places = [np.where(inside, 256 * place, 0).astype(np.int64) - 128
              for place in (v, u)]  # fmt: skip
    (i, below), (j, right) = ((place >> 8, place & 255) for place in places)
    total = np.zeros(out.shape, np.int64)
    for down in (0, 1):
        for across in (0, 1):
            row = np.clip(i + down, 0, height - 1)
            column = np.clip(j + across, 0, width - 1)
            part = (below if down else 256 - below) * (right if across else 256 - right)
            total += part[..., None] * layer[row, column]
    out[...] = np.where(inside[..., None], (total + 32768) >> 16, 0)


def strokes(out: Array, which: Array, begin: Array, end: Array, width: Array) -> None:
    """Draw straight strokes with round ends; where they are, out gets 255.

    A pixel on the edge gets as much of 255 as its distance says, from 255 half a pixel
    inside to 0 half a pixel outside; and it keeps what it had if that is more.

    Args:
        out: (N, H, W) uint8.
        which: (K,) the image that each stroke is drawn into.
        begin: (K, 2) float64, down and across, in pixels.
        end: (K, 2).
        width: (K,) in pixels.
    """
    grid = np.indices(out.shape[1:]).transpose(1, 2, 0)  # (H, W, 2)
    for n, start, along, wide in zip(which, begin, end - begin, width, strict=True):
        away = grid - start
        part = np.clip(away @ along / max(along @ along, 1e-6), 0, 1)
        distance = np.hypot(*np.moveaxis(away - part[..., None] * along, -1, 0))
        cover = np.clip(wide / 2 + 0.5 - distance, 0, 1)
        np.maximum(out[n], (255 * cover).astype(np.uint8), out=out[n])


def seams(
    mask: Array, columns: Array, reach: int, row: float, off_centre: float,
    sideways: float,
) -> tuple[Array, Array]:  # fmt: skip
    """Return the cheapest path down a mask near each column, and what it costs.

    A path goes down a row at a time, straight or to a neighbouring column, within a
    band around the column it is for. Dynamic programming finds the one that meets
    least ink:

        cost[y, x] = price[y, x] + min(cost[y-1, x], cost[y-1, x±1] + sideways).

    Source: Avidan and Shamir 2007, "Seam carving", section 3.

    Args:
        mask: (h, w), where ink is: its price is 1.
        columns: (C,).
        reach: how many columns the band has to either side: B = 2 reach + 1.
        row: the price of each pixel besides; outside the mask it is h.
        off_centre: the price of each column away from the middle of the band.
        sideways: the price of a step to the side.

    Returns:
        (C, h) the column of each path in each row, and (C,) float64.
    """
    h, w = mask.shape
    band = np.arange(-reach, reach + 1)
    places = columns[:, None] + band  # (C, B)
    ink = np.pad(mask, ((0, 0), (reach, reach)))[:, places + reach]  # (h, C, B)
    inside = (places >= 0) & (places < w)
    price = np.where(inside, ink + row, h) + off_centre * abs(band)  # (h, C, B)
    cost = price[0].copy()
    came = np.zeros(price.shape, np.int8)  # -1 from the left, 0 from above, 1
    left, right = np.full_like(cost, np.inf), np.full_like(cost, np.inf)
    for y in range(1, h):
        left[:, 1:] = cost[:, :-1] + sideways
        right[:, :-1] = cost[:, 1:] + sideways
        best = np.minimum(left, right)
        came[y] = np.where(cost <= best, 0, np.where(left <= right, -1, 1))
        cost = np.minimum(cost, best) + price[y]
    at, every = cost.argmin(axis=1), np.arange(len(columns))  # (C,)
    paths = np.empty((len(columns), h), np.int64)
    for y in range(h - 1, -1, -1):
        paths[:, y] = places[every, at]
        at = at + came[y, every, at]
    return paths, cost.min(axis=1)
