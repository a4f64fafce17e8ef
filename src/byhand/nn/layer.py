"""What every layer is: named parameters and two functions that change nothing in it.

A new layer is one class in one file. It says its own words (`kind`, `parse`, `str`),
its output's shape, what a pass measured, an example for the gradient check and its ONNX
nodes; the base class knows what most layers say. `network.LAYERS` names those that a
line of text may ask for.
"""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import DTypeLike

from byhand.errors import ByhandError, ShapeError
from byhand.nn.init import Init
from byhand.nn.run import Run
from byhand.types import Array, Arrays, Shape


class Graph(Protocol):
    """An ONNX graph in the making; each node takes the output of the one before.

    Attributes:
        shape: of the value so far, without N and channels-last, as layers have it; in
            the graph itself images are (N, C, H, W).
    """

    shape: Shape

    def node(self, kind: str, *operands: Array | str, **attributes: Any) -> None:
        """Apply an ONNX operator to the value so far and these operands.

        An operand is an array, the name of an earlier value that was kept, or "" for
        an optional input that is left out.
        """

    def keep(self, name: str) -> None:
        """Keep the value so far under a name."""


class Layer:
    """Named parameters and two functions that change nothing in the layer.

    Attributes:
        kind: the word that names it in an architecture.
        random: whether a training pass needs `Run.rng`.
        params: the arrays that training changes, by name.
        state: arrays of floating point that are saved with them, but measured, not
            optimised.
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
        """Return the layer that `words` describe, for inputs of `shape` without N.

        Unless a layer says otherwise, the words are its constructor's arguments.
        """
        return cls(*words)

    def __str__(self) -> str:
        """Return the words that `parse` reads, the kind first.

        Unless a layer says otherwise, they are its constructor's arguments, found in
        attributes of the same names.

        Raises:
            ShapeError: the settings cannot be found.
        """
        return " ".join([self.kind, *(str(value) for value in self._settings())])

    def __repr__(self) -> str:
        try:
            settings = str(self).removeprefix(self.kind).strip()
        except ByhandError:  # the layer has no text
            settings = "…"
        arrays = ", ".join(
            f"{name} {'×'.join(map(str, array.shape))}"
            for name, array in self.params.items()
        )
        inside = "; ".join(filter(None, (settings, arrays)))
        return f"{type(self).__name__}({inside})"

    @classmethod
    def example(cls) -> tuple[Layer, Shape]:
        """Return a small layer and the shape of an input, N included, to check it on.

        Raises:
            ByhandError: the layer has none.
        """
        raise ByhandError(
            f"{cls.kind}: expected an example to check its gradients on, found none; "
            f"give {cls.__name__} a classmethod example()"
        )

    def output_shape(self, shape: Shape) -> Shape:
        """Return the shape of an output, without N, for an input of `shape`."""
        return shape

    def astype(self, dtype: DTypeLike) -> None:
        """Compute in another precision from now on (float64 for gradient checks)."""
        self.params = {name: p.astype(dtype) for name, p in self.params.items()}
        self.state = {name: s.astype(dtype) for name, s in self.state.items()}

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return the output y and the cache that `backward` takes."""
        raise NotImplementedError

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx (None unless needed) and the gradients, named as the parameters."""
        raise NotImplementedError

    def measured(self, cache: Any) -> Arrays:
        """Return what a training pass measured, named as `state`, in new arrays."""
        return {}

    def onnx(self, graph: Graph) -> None:
        """Add the nodes that compute the layer at inference.

        Raises:
            ByhandError: the layer has none.
        """
        raise ByhandError(
            f"export: expected ONNX nodes of {self.kind!r}, found none; "
            f"give {type(self).__name__} a method onnx(graph)"
        )

    def _settings(self) -> Iterator[Any]:
        """Give the constructor's positional arguments; ShapeError where one is lost."""
        for name, p in inspect.signature(type(self)).parameters.items():
            value = getattr(self, name, None)
            scalar = isinstance(value, str | int | float | np.number)
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
                found = scalar and not {*str(value)} & {*" |"}
            else:  # rng and init say how arrays start; the arrays themselves are saved
                found = name in ("rng", "init") or (scalar and value == p.default)
            if not found:
                raise ShapeError(
                    f"{self.kind}: expected the setting {name!r} as an attribute of "
                    f"that name, a number or a word, got {value!r:.80}; set "
                    f"self.{name}, or give {type(self).__name__} __str__ and parse"
                )
            if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD):
                yield value
