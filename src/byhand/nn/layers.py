"""Layers: each a forward pass, and directly under it the same formula turned round.

Letters: N images, H × W pixels, D inputs, M outputs of a dense layer.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import DTypeLike

from byhand.errors import ShapeError
from byhand.nn.init import HE, Init, start
from byhand.nn.run import Array, Arrays, Run, Shape


class Layer:
    """Named parameters and two functions that change nothing in the layer.

    Attributes:
        kind: the word that names it in an architecture.
        random: whether a training pass needs `Run.rng`.
        params: the arrays that training changes, by name.
        state: arrays that are saved with them, but measured, not optimised.
    """

    kind: ClassVar[str]
    random: ClassVar[bool] = False
    params: Arrays
    state: Arrays

    def __init__(self) -> None:
        self.params, self.state = {}, {}

    @classmethod
    def parse(
        cls,
        words: Sequence[str],
        shape: Shape,
        rng: np.random.Generator | None,
        init: Init,
    ) -> Layer:
        """Return the layer that `words` describe, for inputs of `shape` without N."""
        return cls(*words)

    def __str__(self) -> str:
        """Return the words that `parse` reads, the kind first."""
        return self.kind

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of an output, without N, for an input of `shape`."""
        return shape

    def astype(self, dtype: DTypeLike) -> None:
        """Compute in another precision from now on (float64 for gradient checks)."""
        self.params = {name: p.astype(dtype) for name, p in self.params.items()}

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return the output y and the cache that `backward` takes."""
        raise NotImplementedError

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx (None unless needed) and the gradients, named as the parameters."""
        raise NotImplementedError


class Pixels(Layer):
    """Grey values to numbers: y = x · scale + offset, in floating point.

    Shapes: x (N, H, W) uint8 -> y (N, H, W). It has no gradient: pixels are data.
    """

    kind = "pixels"

    def __init__(self, scale: str | float = "1/255", offset: str | float = 0.0) -> None:
        super().__init__()
        self.scale, self.offset = _number(scale), _number(offset)
        self.dtype: DTypeLike = np.float32

    def __str__(self) -> str:
        return f"pixels {self.scale!r} {self.offset!r}"

    def astype(self, dtype: DTypeLike) -> None:
        """Give numbers of another precision from now on."""
        self.dtype = dtype

    def forward(self, x: Array, run: Run) -> tuple[Array, None]:
        """Return the scaled pixels."""
        y = run.empty(x.shape, self.dtype)
        np.multiply(x, self.scale, out=y, dtype=self.dtype, casting="unsafe")
        if self.offset:
            y += self.offset
        return y, None

    def backward(
        self, dy: Array, cache: None, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, as if the pixels had been numbers that can change."""
        return (dy * self.scale if need_dx else None), {}


class Crop(Layer):
    """Images without their margin: (N, H, W, …) -> (N, H - 2·M, W - 2·M, …)."""

    kind = "crop"

    def __init__(self, margin: str | int) -> None:
        super().__init__()
        self.margin = int(margin)
        if self.margin < 0:
            raise ValueError("expected a margin of 0 or more")

    def __str__(self) -> str:
        return f"crop {self.margin}"

    def output_shape(self, shape: Shape) -> Shape:
        """Return (H - 2·M, W - 2·M, …); ShapeError where nothing would be left."""
        height, width, *rest = (*shape, 0, 0)[: max(len(shape), 2)]
        if min(height, width) <= 2 * self.margin:
            raise ShapeError(
                f"crop: expected images larger than {2 * self.margin}, got {shape}"
            )
        return height - 2 * self.margin, width - 2 * self.margin, *rest

    def forward(self, x: Array, run: Run) -> tuple[Array, tuple[Shape, Run]]:
        """Return a view of the middle; the cache is the old shape."""
        return self._middle(x), (x.shape, run)

    def backward(
        self, dy: Array, cache: tuple[Shape, Run], need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, 0 on the margin."""
        if not need_dx:
            return None, {}
        shape, run = cache
        dx = run.empty(shape, dy.dtype)
        dx[...] = 0
        self._middle(dx)[...] = dy
        return dx, {}

    def _middle(self, x: Array) -> Array:
        m, (height, width) = self.margin, x.shape[1:3]
        return x[:, m : height - m, m : width - m]


def _number(text: str | float) -> float:
    """Return the value of "1/255" or "-0.5"; ValueError for any but a finite one."""
    above, _, below = str(text).partition("/")
    value = float(above) / float(below or 1)
    if not math.isfinite(value):
        raise ValueError(f"expected a finite number, got {text}")
    return value


class Flatten(Layer):
    """All numbers of an image in one row: (N, H, W) -> (N, H·W)."""

    kind = "flatten"

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


class Dense(Layer):
    """Affine map y = x @ w + b.

    Shapes: x (N, D), w (D, M), b (M,) -> y (N, M).
    Initialisation: w ~ Normal(0, 2 / D), b = 0 unless `init` says otherwise.

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
        return f"dense {self.params['w'].shape[1]}"

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
        dw = np.matmul(
            x.T, dy, out=run.empty(w.shape, w.dtype)
        )  # (D, N) @ (N, M) -> (D, M)
        grads = {"w": dw, "b": dy.sum(axis=0)}  # (N, M) -> (M,)
        if not need_dx:
            return None, grads
        return np.matmul(dy, w.T, out=run.empty(x.shape, x.dtype)), grads  # -> (N, D)


class ReLU(Layer):
    """y = max(x, 0), element by element; the gradient at 0 is taken as 0."""

    kind = "relu"

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

    def __str__(self) -> str:
        return f"dropout {self.rate!r}"

    def forward(self, x: Array, run: Run) -> tuple[Array, Array | None]:
        """Return y; the cache is the mask, None where nothing was dropped."""
        if not run.training or self.rate == 0:
            return x, None
        if run.rng is None:
            raise ValueError("dropout: training needs Run(rng=...)")
        # whole numbers of 16 bits are drawn four times as fast as fractions
        drawn = run.rng.integers(0, 2**16, x.shape, np.uint16)
        kept = drawn >= round(self.rate * 2**16)
        mask = np.multiply(
            kept, 1 / (1 - self.rate), out=run.empty(x.shape, x.dtype), casting="unsafe"
        )
        return np.multiply(x, mask, out=run.empty(x.shape, x.dtype)), mask

    def backward(
        self, dy: Array, mask: Array | None, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx: the same values dropped, the same scale."""
        return (dy if mask is None else dy * mask), {}
