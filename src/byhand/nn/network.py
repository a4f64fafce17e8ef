"""A network: layers in a row, run forwards and backwards.

Letters: N images, K classes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from byhand.errors import ShapeError
from byhand.nn.init import HE, Init
from byhand.nn.layers import (
    Array,
    Arrays,
    Dense,
    Dropout,
    Flatten,
    Layer,
    Pixels,
    ReLU,
    Run,
    Shape,
)

INFERENCE = Run()
LAYERS: dict[str, type[Layer]] = {
    layer.kind: layer for layer in (Pixels, Flatten, Dense, ReLU, Dropout)
}


class Network:
    """Layers one after another; their parameters are named NUMBER.NAME, as "2.w"."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = tuple(layers)

    def __str__(self) -> str:
        """Return the text that `build` reads."""
        return " | ".join(str(layer) for layer in self.layers)

    @property
    def params(self) -> Arrays:
        """All parameters, not copied: changing them in place changes the network."""
        return {
            f"{number}.{name}": p
            for number, layer in enumerate(self.layers)
            for name, p in layer.params.items()
        }

    @property
    def random(self) -> bool:
        """Whether a training pass needs `Run.rng`."""
        return any(layer.random for layer in self.layers)

    def output_shape(self, image_shape: Shape) -> Shape:
        """Return the shape of one image's output, (K,), for images of (H, W)."""
        shape = image_shape
        for layer in self.layers:
            shape = layer.output_shape(shape)
        return shape

    def load_params(self, params: Arrays) -> None:
        """Take these arrays as parameters; ShapeError where names or shapes differ."""
        expected = {name: p.shape for name, p in self.params.items()}
        found = {name: p.shape for name, p in params.items()}
        if expected != found:
            raise ShapeError(f"network: expected parameters {expected}, got {found}")
        for name, p in params.items():
            number, _, key = name.partition(".")
            self.layers[int(number)].params[key] = p

    def astype(self, dtype: DTypeLike) -> Network:
        """Compute in another precision from now on; returns the network."""
        for layer in self.layers:
            layer.astype(dtype)
        return self

    def forward(self, x: Array, run: Run = INFERENCE) -> tuple[Array, list[Any]]:
        """Return the last layer's output, logits (N, K), and every layer's cache."""
        if run.arena:
            run.arena.rewind()
        caches = []
        for layer in self.layers:
            x, cache = layer.forward(x, run)
            caches.append(cache)
        return x, caches

    def backward(self, dy: Array, caches: list[Any]) -> Arrays:
        """Return the gradient of every parameter, named as in `params`.

        Nothing below the first layer with parameters is computed: the gradient of the
        image is of no use to training.
        """
        trained = [number for number, layer in enumerate(self.layers) if layer.params]
        grads: Arrays = {}
        d: Array | None = dy
        for number in range(len(self.layers) - 1, min(trained, default=0) - 1, -1):
            assert d is not None
            need_dx = number > trained[0]
            d, layer_grads = self.layers[number].backward(d, caches[number], need_dx)
            grads |= {f"{number}.{name}": g for name, g in layer_grads.items()}
        return grads


def build(
    architecture: str,
    image_shape: Shape,
    *,
    rng: np.random.Generator | None = None,
    init: Init = HE,
) -> Network:
    """Return the network that a line of text describes, for images of a given shape.

    Args:
        architecture: layers separated by "|", as
            "pixels 1/255 | flatten | dense 60 | relu | dense 10".
        image_shape: (H, W).
        rng: draws the weights; None leaves placeholders, for parameters to be loaded.
        init: how weights and biases are drawn.

    Raises:
        ShapeError: an unknown layer, or one that does not fit the one before it.
    """
    layers: list[Layer] = []
    shape = image_shape
    for text in architecture.split("|"):
        kind, *words = text.split() or [""]
        if kind not in LAYERS:
            raise ShapeError(
                f"architecture: expected one of {', '.join(LAYERS)}, got {kind!r}"
            )
        try:
            layers.append(LAYERS[kind].parse(words, shape, rng, init))
        except (TypeError, ValueError, ZeroDivisionError) as error:
            raise ShapeError(
                f"architecture: cannot read {text.strip()!r}: {error}"
            ) from error
        shape = layers[-1].output_shape(shape)
    return Network(layers)
