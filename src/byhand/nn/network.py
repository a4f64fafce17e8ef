"""A network: layers in a row, run forwards and backwards.

Letters: N images, K classes.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from byhand.errors import ShapeError
from byhand.nn.batchnorm import BatchNorm
from byhand.nn.conv import AvgPool2d, Conv2d, GlobalAvgPool, MaxPool2d
from byhand.nn.fusion import stages
from byhand.nn.init import HE, Init
from byhand.nn.layers import Crop, Dense, Dropout, Flatten, Layer, Pixels, ReLU
from byhand.nn.run import Array, Arrays, Run, Shape

INFERENCE = Run()
LAYERS: dict[str, type[Layer]] = {
    layer.kind: layer
    for layer in (
        Pixels,
        Crop,
        Flatten,
        Dense,
        ReLU,
        Dropout,
        Conv2d,
        MaxPool2d,
        AvgPool2d,
        GlobalAvgPool,
        BatchNorm,
    )
}


class Network:
    """Layers one after another; their parameters are named NUMBER.NAME, as "2.w"."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        self.layers = tuple(layers)
        self.stages = stages(self.layers)

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
    def state(self) -> Arrays:
        """All layers' state, named and not copied as `params` are."""
        return {
            f"{number}.{name}": s
            for number, layer in enumerate(self.layers)
            for name, s in layer.state.items()
        }

    @property
    def arrays(self) -> Arrays:
        """Parameters and state: all that a file must hold."""
        return self.params | self.state

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

    def load(self, arrays: Arrays) -> None:
        """Take these as parameters and state; ShapeError where they do not fit."""
        expected = {name: a.shape for name, a in self.arrays.items()}
        found = {name: a.shape for name, a in arrays.items()}
        if expected != found:
            raise ShapeError(f"network: expected arrays {expected}, got {found}")
        for name, array in arrays.items():
            number, _, key = name.partition(".")
            layer = self.layers[int(number)]
            (layer.params if key in layer.params else layer.state)[key] = array

    def with_arrays(self, arrays: Arrays) -> Network:
        """Return a network of the same layers with these as parameters and state."""
        other = Network([copy.copy(layer) for layer in self.layers])
        for layer in other.layers:
            layer.params, layer.state = dict(layer.params), dict(layer.state)
        other.load(arrays)
        return other

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
        for _, stage in self.stages:
            x, cache = stage.forward(x, run)
            caches.append(cache)
        return x, caches

    def backward(self, dy: Array, caches: list[Any]) -> Arrays:
        """Return the gradient of every parameter, named as in `params`.

        Nothing below the first layer with parameters is computed: the gradient of the
        image is of no use to training.
        """
        trained = [number for number, layer in enumerate(self.layers) if layer.params]
        first = min(trained, default=len(self.layers))
        grads: Arrays = {}
        d: Array | None = dy
        steps = zip(reversed(self.stages), reversed(caches), strict=True)
        for (number, stage), cache in steps:
            if number < first:
                break
            assert d is not None
            d, stage_grads = stage.backward(d, cache, need_dx=number > first)
            grads |= {f"{number}.{name}": g for name, g in stage_grads.items()}
        return grads

    def measured(self, caches: list[Any]) -> Arrays:
        """Return what a training pass measured, named as `state`."""
        return {
            f"{number}.{name}": value
            for (number, stage), cache in zip(self.stages, caches, strict=True)
            if isinstance(stage, BatchNorm)
            for name, value in stage.measured(cache).items()
        }

    def merge(self, measured: Arrays, share: float = 0.1) -> None:
        """Move the state in place by `share` of the way to what was measured."""
        for name, state in self.state.items():
            state += share * (measured[name] - state)


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
