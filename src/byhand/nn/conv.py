"""Convolution.

Letters: N images, H × W pixels in, P × Q pixels out, C channels in, F filters,
R × S the window. Images are channels-last, (N, H, W, C); (N, H, W) has one channel.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels import reference as kernels
from byhand.nn.init import HE, Init, start
from byhand.nn.layer import Graph, Layer
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


def with_channels(x: Array) -> Array:
    """Return x as (N, H, W, C); raise ShapeError unless it is a batch of images."""
    if x.ndim not in (3, 4):
        raise ShapeError(f"expected x of shape (N, H, W, C), got {x.shape}")
    return x[..., np.newaxis] if x.ndim == 3 else x


def image_shape(shape: Shape, kind: str) -> tuple[int, int, int]:
    """Return (H, W, C) of an input shape without N; raise ShapeError if it is flat."""
    if len(shape) not in (2, 3):
        raise ShapeError(f"{kind}: expected images, got {shape}; try it before flatten")
    height, width, channels = (*shape, 1)[:3]
    return height, width, channels


class Conv2d(Layer):
    """Cross-correlation, which the field calls convolution.

    y[n, p, q, f] = b[f] + sum over r, s, c of
                    x[n, p·stride + r - pad, q·stride + s - pad, c] · w[r, s, c, f].

    Shapes: x (N, H, W, C), w (R, S, C, F), b (F,) -> y (N, P, Q, F), with
    P = (H + 2·pad - R) // stride + 1 and Q likewise; outside of x there are zeros.
    Initialisation: w ~ Normal(0, 2 / (R·S·C)), b = 0 unless `init` says otherwise,
    drawn by `rng`, or by a fresh generator without it.

        nn.Conv2d(1, 16, 5)  # 1 channel in, 16 filters, a window of 5 × 5
        nn.Conv2d(16, 32, (3, 5), stride=2, pad=1, rng=rng)

    Source: LeCun et al. 1998, "Gradient-based learning applied to document
    recognition", section II; as a matrix product: Chellapilla et al. 2006.
    """

    kind = "conv"

    def __init__(
        self,
        n_in: int,
        n_out: int,
        window: int | tuple[int, int],
        *,
        stride: int = 1,
        pad: int = 0,
        rng: np.random.Generator | None = None,
        init: Init = HE,
    ) -> None:
        super().__init__()
        sides = window if isinstance(window, tuple | list) else (window, window)
        rows, columns = sides
        if min(stride, rows, columns, n_in, n_out) < 1 or pad < 0:
            raise ShapeError(
                "conv: expected channels, filters, window and stride of 1 or more and "
                f"pad of 0 or more, got {n_in}, {n_out}, {window}, {stride} and {pad}"
            )
        fan_in = rows * columns * n_in
        self.stride, self.pad = stride, pad
        self.params = {
            "w": start(init.weights, rng, (rows, columns, n_in, n_out), fan_in),
            "b": start(init.bias, rng, (n_out,), fan_in),
        }

    @classmethod
    def parse(
        cls,
        words: Sequence[str],
        shape: Shape,
        rng: np.random.Generator | None,
        init: Init,
    ) -> Conv2d:
        """Read "conv F RxS", and behind it "stride T" and "pad U" where not 1 and 0."""
        filters, window, *rest = words
        rows, columns = map(int, window.split("x"))
        options = dict(zip(rest[::2], map(int, rest[1::2]), strict=True))
        _, _, channels = image_shape(shape, "conv")
        return cls(
            channels, int(filters), (rows, columns), rng=rng, init=init, **options
        )

    def __str__(self) -> str:
        r, s, _, f = self.params["w"].shape
        stride = f" stride {self.stride}" if self.stride != 1 else ""
        pad = f" pad {self.pad}" if self.pad else ""
        return f"{self.kind} {f} {r}x{s}{stride}{pad}"

    @classmethod
    def example(cls) -> tuple[Conv2d, Shape]:
        """Return a layer and the shape of an input."""
        return cls(2, 6, (2, 3), stride=2, pad=1), (3, 4, 5, 2)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (P, Q, F); raise ShapeError where the window is larger than x."""
        height, width, channels = image_shape(shape, "conv")
        r, s, c, f = self.params["w"].shape
        p = (height + 2 * self.pad - r) // self.stride + 1
        q = (width + 2 * self.pad - s) // self.stride + 1
        if channels != c or p < 1 or q < 1:
            raise ShapeError(
                f"conv: expected images of {c} channels and at least {r}x{s} pixels "
                f"with the padding, got {shape}"
            )
        return p, q, f

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return y and the cache; raise ShapeError unless x is (N, H, W, C)."""
        x4 = with_channels(x)
        w, b = self.params["w"], self.params["b"]
        n, p, q, f = len(x), *self.output_shape(x4.shape[1:])
        padded = self.padded(x4, run)
        rows, columns, channels, _ = w.shape
        view = kernels.windows(padded, rows, columns * channels, self.stride)
        patches = run.empty(view.shape, x.dtype)
        np.copyto(patches, view)
        patches = patches.reshape(n * p * q, rows * columns * channels)
        y = run.empty((n * p * q, f), x.dtype)
        kernels.conv(patches, w.reshape(-1, f), b, y)
        return y.reshape(n, p, q, f), (patches, x.shape, padded.shape, run)

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, shaped as x, and the gradients of w and b."""
        patches, x_shape, padded_shape, run = cache
        w = self.params["w"]
        rows, columns, channels, f = w.shape
        dy2 = dy.reshape(-1, f)  # (N·P·Q, F)
        dw = run.empty((patches.shape[1], f), w.dtype)
        np.matmul(patches.T, dy2, out=dw)  # (R·S·C, N·P·Q) @ (N·P·Q, F)
        grads = {"w": dw.reshape(w.shape), "b": dy2.sum(axis=0)}
        if not need_dx:
            return None, grads
        dpatches = run.empty(patches.shape, dy.dtype)
        np.matmul(dy2, w.reshape(-1, f).T, out=dpatches)  # (N·P·Q, R·S·C)
        dpatches = dpatches.reshape(*dy.shape[:3], rows, columns, channels)
        dx = run.empty(padded_shape, dy.dtype)
        kernels.conv_dx(dpatches, dx, self.stride)
        return self.unpadded(dx).reshape(x_shape), grads

    def onnx(self, graph: Graph) -> None:
        """Add one node, its weights channels-first."""
        w = self.params["w"].transpose(3, 2, 0, 1)  # (R, S, C, F) -> (F, C, R, S)
        sides = {"strides": [self.stride] * 2, "pads": [self.pad] * 4}
        graph.node("Conv", w, self.params["b"], kernel_shape=w.shape[2:], **sides)

    def padded(self, x: Array, run: Run) -> Array:
        """Return x with `pad` zeros around each image."""
        if not self.pad:
            return np.ascontiguousarray(x)
        n, height, width, channels = x.shape
        shape = (n, height + 2 * self.pad, width + 2 * self.pad, channels)
        padded = run.empty(shape, x.dtype)
        padded[...] = 0
        self.unpadded(padded)[...] = x
        return padded

    def unpadded(self, x: Array) -> Array:
        """Return a view of x without the padding around each image."""
        inner = slice(self.pad, -self.pad or None)
        return x[:, inner, inner]
