"""Skip connections: an output is named, and joined to a later one by its name.

Letters: N images, H × W pixels, C channels of the output so far, D of the named one.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from byhand.errors import ShapeError
from byhand.kernels.cache import compiled_wanted
from byhand.nn.layer import Graph, Layer
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


class As(Layer):
    """Names the output so far and passes it on: "as half"."""

    kind = "as"
    recordable = True

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @classmethod
    def example(cls) -> tuple[As, Shape]:
        """Return a layer and the shape of an input."""
        return cls("half"), (2, 3, 4)

    def forward(self, x: Array, run: Run) -> tuple[Array, Run]:
        """Return x; the network keeps it under the name."""
        return x, run

    def backward(
        self, dy: Array, run: Run, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dy, to which the network adds the gradient of every use."""
        return dy, {}

    def kept(self, run: Run, chosen: Array) -> Run:
        """Return the cache of the chosen images alone."""
        return run

    def onnx(self, graph: Graph) -> None:
        """Add nothing: the value gets a name."""
        graph.keep(self.name)


class Join(Layer):
    """What `add` and `concat` share: a second input, the output of that name.

    `Network` calls `join` and `parted` instead of `forward` and `backward`.
    """

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    @classmethod
    def example(cls) -> tuple[Join, Shape]:
        """Return a layer and the shape of both inputs."""
        return cls("half"), (2, 3, 2, 4)

    def joined_shape(self, shape: Shape, other: Shape) -> Shape:
        """Return the shape of an output, without N; ShapeError where they differ."""
        raise NotImplementedError

    def join(self, x: Array, other: Array, run: Run) -> tuple[Array, Any]:
        """Return the output y and the cache that `parted` takes."""
        raise NotImplementedError

    def parted(self, dy: Array, cache: Any) -> tuple[Array, Array]:
        """Return dx and the gradient of the named output."""
        raise NotImplementedError


class Add(Join):
    """y = x + other: both (N, H, W, C), or of any one shape.

    Source: He et al. 2016, arXiv:1512.03385, eq. 1; between scales, Lin et al. 2017,
    arXiv:1612.03144, figure 3.
    """

    kind = "add"

    def joined_shape(self, shape: Shape, other: Shape) -> Shape:
        """Return the shape of both."""
        if shape != other:
            raise ShapeError(
                f"add {self.name}: expected the shape of {self.name!r}, {other}, "
                f"got {shape}"
            )
        return shape

    def join(self, x: Array, other: Array, run: Run) -> tuple[Array, None]:
        """Return the sum; the cache is empty."""
        self.joined_shape(x.shape, other.shape)
        return np.add(x, other, out=run.empty(x.shape, x.dtype)), None

    def parted(self, dy: Array, cache: None) -> tuple[Array, Array]:
        """Return dy twice: a sum passes its gradient on to both."""
        return dy, dy

    def kept(self, cache: None, chosen: Array) -> None:
        """Return the cache of the chosen images alone."""

    def onnx(self, graph: Graph) -> None:
        """Add one node."""
        graph.node("Add", self.name)


class Concat(Join):
    """The channels of both: x (N, H, W, C), other (N, H, W, D) -> y (N, H, W, C + D).

    Source: Ronneberger et al. 2015, arXiv:1505.04597, section 2.
    """

    kind = "concat"

    def joined_shape(self, shape: Shape, other: Shape) -> Shape:
        """Return (H, W, C + D)."""
        if shape[:-1] != other[:-1] or not shape:
            raise ShapeError(
                f"concat {self.name}: expected {self.name!r}, {other}, and the output "
                f"so far to differ in channels only, got {shape}"
            )
        return *shape[:-1], shape[-1] + other[-1]

    def join(self, x: Array, other: Array, run: Run) -> tuple[Array, int]:
        """Return y; the cache is C."""
        shape = self.joined_shape(x.shape, other.shape)
        y = run.empty(shape, x.dtype)
        return np.concatenate([x, other], axis=-1, out=y), x.shape[-1]

    def parted(self, dy: Array, channels: int) -> tuple[Array, Array]:
        """Return the gradient's first C channels, and the others."""
        return (
            np.ascontiguousarray(dy[..., :channels]),
            np.ascontiguousarray(dy[..., channels:]),
        )

    def kept(self, channels: int, chosen: Array) -> int:
        """Return the cache of the chosen images alone."""
        return channels

    def onnx(self, graph: Graph) -> None:
        """Add one node; channels are axis 1 there, also of rows (N, D)."""
        graph.node("Concat", self.name, axis=1)


def check_names(layers: Sequence[Layer]) -> None:
    """Raise ShapeError unless each name is given once, and before it is used."""
    known: list[str] = []
    for layer in layers:
        if isinstance(layer, Join) and layer.name not in known:
            raise ShapeError(
                f"{layer.kind}: expected the name of an earlier output, one of "
                f"{', '.join(known) or 'none'}, got {layer.name!r}; "
                f"try 'as {layer.name}' behind the layer meant"
            )
        if isinstance(layer, As):
            if layer.name in known:
                raise ShapeError(f"as: expected a new name, got {layer.name!r} again")
            known.append(layer.name)


def output_shapes(layers: Sequence[Layer], shape: Shape) -> list[Shape]:
    """Return the shape of each layer's output, without N, for an image of `shape`.

    Raises:
        ShapeError: a layer does not fit what comes before.
    """
    found: list[Shape] = []
    named: dict[str, Shape] = {}
    for layer in layers:
        if isinstance(layer, Join):
            shape = layer.joined_shape(shape, named[layer.name])
        else:
            shape = layer.output_shape(shape)
        if isinstance(layer, As):
            named[layer.name] = shape
        found.append(shape)
    return found


def summed(dy: Array, others: Sequence[Array], run: Run) -> Array:
    """Return dy plus the gradients that the uses of a named output gave."""
    for other in others:
        total = run.empty(dy.shape, dy.dtype)
        if compiled_wanted():
            from byhand.kernels.enlarging import plus
            from byhand.nn.operands import contiguous

            flat = (contiguous(a, run).reshape(-1) for a in (dy, other))
            run.launch(plus, *flat, total.reshape(-1))
        else:
            np.add(dy, other, out=total)
        dy = total
    return dy
