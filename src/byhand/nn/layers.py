"""Layers: each a forward pass, and directly under it the same formula in reverse.

Letters: N images, H × W pixels, D inputs, M outputs of a dense layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels.chance import words
from byhand.nn.init import HE, Init, start
from byhand.nn.layer import Graph, Layer
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


class Flatten(Layer):
    """All numbers of an image in one row: (N, H, W) -> (N, H·W)."""

    kind = "flatten"
    recordable = True  # with the contiguous arrays that stages give

    @classmethod
    def example(cls) -> tuple[Flatten, Shape]:
        """Return a layer and the shape of an input."""
        return cls(), (2, 3, 4)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (D,), the number of values in an input."""
        return (math.prod(shape),)

    def forward(self, x: Array, run: Run) -> tuple[Array, Shape]:
        """Return x with one row an image; the cache is its old shape."""
        return x.reshape(len(x), math.prod(x.shape[1:])), x.shape

    def backward(
        self, dy: Array, shape: Shape, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dy in the old shape."""
        return dy.reshape(shape), {}

    def kept(self, shape: Shape, chosen: Array) -> Shape:
        """Return the cache of the chosen images alone."""
        return len(chosen), *shape[1:]

    def onnx(self, graph: Graph) -> None:
        """Bring the channels to the end, as our rows have them."""
        if len(graph.shape) > 1:
            graph.node("Transpose", perm=[0, 2, 3, 1])
            graph.node("Flatten")


class Dense(Layer):
    """Affine map y = x @ w + b.

    Shapes: x (N, D), w (D, M), b (M,) -> y (N, M).
    Initialisation: w ~ Normal(0, 2 / D), b = 0 unless `init` says otherwise, drawn by
    `rng`, or by a fresh generator without it.

        nn.Dense(784, 60, rng=rng)

    Source: He et al. 2015, arXiv:1502.01852, eq. 10.
    """

    kind = "dense"

    def __init__(
        self,
        n_in: int,
        n_out: int,
        *,
        rng: np.random.Generator | None = None,
        init: Init = HE,
    ) -> None:
        super().__init__()
        self.params = {
            "w": start(init.weights, rng, (n_in, n_out), n_in),
            "b": start(init.bias, rng, (n_out,), n_in),
        }

    @classmethod
    def parse(
        cls,
        words: Sequence[str],
        shape: Shape,
        rng: np.random.Generator | None,
        init: Init,
    ) -> Dense:
        """Read "dense M"; D is the size of the input, which must be flat."""
        (n_out,) = words
        if int(n_out) < 1:
            raise ValueError("expected 1 output or more")
        if len(shape) != 1:
            raise ShapeError(
                f"dense: expected a flat input, got {shape}; try flatten before it"
            )
        return cls(shape[0], int(n_out), rng=rng, init=init)

    def __str__(self) -> str:
        return f"{self.kind} {self.params['w'].shape[1]}"

    @classmethod
    def example(cls) -> tuple[Dense, Shape]:
        """Return a layer and the shape of an input."""
        return cls(4, 5), (3, 4)

    def output_shape(self, shape: Shape) -> Shape:
        """Return (M,)."""
        return (self.params["w"].shape[1],)

    def forward(self, x: Array, run: Run) -> tuple[Array, tuple[Array, Run]]:
        """Return y and the cache; raise ShapeError unless x is (N, D)."""
        w, b = self.params["w"], self.params["b"]
        if x.ndim != 2 or x.shape[1] != len(w):
            raise ShapeError(f"Dense: expected x of shape (N, {len(w)}), got {x.shape}")
        y = run.empty((len(x), len(b)), x.dtype)
        np.matmul(x, w, out=y)  # (N, D) @ (D, M) -> (N, M)
        y += b
        return y, (x, run)

    def backward(
        self, dy: Array, cache: tuple[Array, Run], need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx (N, D) and the gradients of w and b."""
        x, run = cache
        w = self.params["w"]
        dw = run.empty(w.shape, w.dtype)
        np.matmul(x.T, dy, out=dw)  # (D, N) @ (N, M) -> (D, M)
        grads = {"w": dw, "b": dy.sum(axis=0)}  # (N, M) -> (M,)
        if not need_dx:
            return None, grads
        return np.matmul(dy, w.T, out=run.empty(x.shape, x.dtype)), grads  # -> (N, D)

    def onnx(self, graph: Graph) -> None:
        """Multiply by w and add b."""
        graph.node("Gemm", self.params["w"], self.params["b"])


class ReLU(Layer):
    """y = max(x, 0), element by element; the gradient at 0 is taken as 0."""

    kind = "relu"

    @classmethod
    def example(cls) -> tuple[ReLU, Shape]:
        """Return a layer and the shape of an input."""
        return cls(), (3, 4)

    def forward(self, x: Array, run: Run) -> tuple[Array, tuple[Array, Run]]:
        """Return y; it is its own cache: y > 0 exactly where x > 0."""
        y = np.maximum(x, 0, out=run.empty(x.shape, x.dtype))
        return y, (y, run)

    def backward(
        self, dy: Array, cache: tuple[Array, Run], need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx = dy where x was positive, 0 elsewhere."""
        y, run = cache
        positive = np.greater(y, 0, out=run.empty(y.shape, np.bool_))
        return np.multiply(dy, positive, out=run.empty(y.shape, dy.dtype)), {}

    def onnx(self, graph: Graph) -> None:
        """Add one node."""
        graph.node("Relu")


class Dropout(Layer):
    """While training, drops each value with probability `rate`, scales up the rest.

    The scale 1 / (1 - rate) keeps the mean, so inference is the identity.

    Source: Srivastava et al. 2014, "Dropout", JMLR 15; the "inverted" form.
    """

    kind = "dropout"
    random = True

    def __init__(self, rate: str | float) -> None:
        super().__init__()
        self.rate = float(rate)
        if not 0 <= self.rate < 1:
            raise ShapeError(f"dropout: expected a rate in [0, 1), got {rate}")

    @property
    def threshold(self) -> int:
        """Of 2³² equally likely numbers, how many drop a value."""
        return round(self.rate * 2**32)

    @property
    def scale(self) -> float:
        """What is kept is multiplied by."""
        return 1 / (1 - self.rate)

    @classmethod
    def example(cls) -> tuple[Dropout, Shape]:
        """Return a layer and the shape of an input."""
        return cls(0.4), (3, 4)

    def forward(self, x: Array, run: Run) -> tuple[Array, Array | None]:
        """Return y; the cache is the mask, None where nothing was dropped."""
        if not run.training or self.rate == 0:
            return x, None
        kept = words(drawn_key(run), x.size).reshape(x.shape) >= self.threshold
        mask = np.multiply(
            kept, self.scale, out=run.empty(x.shape, x.dtype), casting="unsafe"
        )
        return np.multiply(x, mask, out=run.empty(x.shape, x.dtype)), mask

    def backward(
        self, dy: Array, mask: Array | None, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: the same values dropped, the same scale."""
        return (dy if mask is None else dy * mask), {}

    def onnx(self, graph: Graph) -> None:
        """Add nothing: at inference it is the identity."""


def drawn_key(run: Run) -> Array:
    """Return a key (2,) of random numbers, drawn again before each replay."""
    key = np.zeros(2, np.uint32)

    def fill(rng: np.random.Generator) -> None:
        key[:] = rng.integers(2**32, size=2, dtype=np.uint32)

    run.draw(fill)
    return key
