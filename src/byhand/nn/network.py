"""A network: layers in a row, run forwards and backwards.

Letters: N images, K classes.
"""

from __future__ import annotations

import copy
import difflib
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import DTypeLike

from byhand import notebook
from byhand.errors import ShapeError
from byhand.nn.batchnorm import BatchNorm
from byhand.nn.caches import Caches
from byhand.nn.conv import Conv2d
from byhand.nn.fusion import Measuring, Stage, joins, stages
from byhand.nn.init import HE, PLACEHOLDERS, Init
from byhand.nn.layer import Layer
from byhand.nn.layers import Dense, Dropout, Flatten, ReLU
from byhand.nn.pixels import Crop, Pixels
from byhand.nn.pooling import AvgPool2d, GlobalAvgPool, MaxPool2d
from byhand.nn.run import Run
from byhand.nn.skips import Add, As, Concat, check_names, output_shapes, summed
from byhand.nn.summary import layer_rows, parameters, summary
from byhand.nn.upsampling import PixelShuffle, Upsample
from byhand.registry import find
from byhand.types import Array, Arrays, Shape

NO_RUN = Run()  # no training, but `backward` may follow
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
        As,
        Add,
        Concat,
        Upsample,
        PixelShuffle,
    )
}


class Network:
    """Layers one after another; their parameters are named NUMBER.NAME, as "2.w"."""

    def __init__(self, layers: Sequence[Layer]) -> None:
        check_names(layers)
        self.layers = tuple(layers)

    @cached_property
    def stages(self) -> list[tuple[int, Stage]]:
        """What runs, as `fusion.stages` finds it at the first pass."""
        return stages(self.layers)

    def __str__(self) -> str:
        """Return the text that `build` reads."""
        return " | ".join(str(layer) for layer in self.layers)

    def __repr__(self) -> str:
        return (
            f"Network({summary(self.layers)}; {parameters(self.layers):,} parameters)"
        )

    def _repr_html_(self) -> str:
        """Return the layers as a table, for notebooks."""
        return notebook.table(*layer_rows(self.layers))

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

    @property
    def recordable(self) -> bool:
        """Whether a pass launches kernels alone; a derived class may do more."""
        return all(
            vars(type(stage)).get("recordable", False) for _, stage in self.stages
        )

    def output_shape(self, image_shape: Shape) -> Shape:
        """Return the shape of one image's output, as (K,), for images of a shape."""
        return [image_shape, *output_shapes(self.layers, image_shape)][-1]

    @property
    def divisible(self) -> bool:
        """Whether `kept` can leave images out: batch norm would need them."""
        return all(hasattr(stage, "kept") for _, stage in self.stages)

    def kept(self, caches: Caches, chosen: Array) -> Caches:
        """Return the caches of the chosen images (J,) alone, for their `backward`."""
        some = Caches(self, caches.arena)
        some.rewinds = caches.rewinds
        some.output_shape = (len(chosen), *caches.output_shape[1:])
        for (_, stage), cache in zip(self.stages, caches, strict=True):
            kept: Any = stage  # `divisible`: each has it
            some.append(kept.kept(cache, chosen))
        return some

    def check(self, shapes: dict[str, Shape]) -> None:
        """Raise ShapeError unless arrays of these names and shapes are all it has."""
        expected = {name: a.shape for name, a in self.arrays.items()}
        for name in (*expected, *shapes):
            has, got = expected.get(name), shapes.get(name)
            if has != got:
                raise ShapeError(
                    f"network: expected {name:.100} of shape {has}, got {got}"
                )

    def load(self, arrays: Arrays) -> None:
        """Take these as parameters and state; ShapeError where they do not fit."""
        self.check({name: a.shape for name, a in arrays.items()})
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

    def forward(self, x: Array, run: Run = NO_RUN) -> tuple[Array, Caches | None]:
        """Return the last layer's output, logits (N, K), and every stage's cache.

        There are no caches where `run.gradients` is false.
        """
        if run.arena:
            run.arena.rewind()
        caches = Caches(self, run.arena)
        named: Arrays = {}
        for _, stage in self.stages:
            if joins(stage):
                x, cache = stage.join(x, named[stage.name], run)
            else:
                x, cache = stage.forward(x, run)
            if isinstance(stage, As):
                named[stage.name] = x
            if run.gradients:
                caches.append(cache)
        caches.output_shape = x.shape
        return x, caches if run.gradients else None

    def backward(self, dy: Array, caches: Caches | None) -> Arrays:
        """Return the gradient of every parameter, named as in `params`.

        Nothing below the first layer with parameters is computed: the gradient of the
        image is of no use to training.

        Raises:
            ShapeError: no caches, or none that belong to this network and dy.
        """
        if caches is None:
            raise ShapeError(
                "network: expected the caches of a forward pass, got none; "
                "it was run with Run(gradients=False)"
            )
        caches.check(self, dy)
        trained = [number for number, layer in enumerate(self.layers) if layer.params]
        first = min(trained, default=len(self.layers))
        grads: Arrays = {}
        uses: dict[str, list[Array]] = {}  # gradients of a named output
        d: Array | None = dy
        steps = zip(reversed(self.stages), reversed(caches), strict=True)
        for (number, stage), cache in steps:
            if number < first:
                break
            assert d is not None
            if joins(stage):
                d, other = stage.parted(d, cache)
                uses.setdefault(stage.name, []).append(other)
                continue
            if isinstance(stage, As):
                d = summed(d, uses.pop(stage.name, []), cache)
            d, stage_grads = stage.backward(d, cache, need_dx=number > first)
            grads |= {f"{number}.{name}": g for name, g in stage_grads.items()}
        return grads

    def measured(self, caches: Caches | None) -> Arrays:
        """Return what a training pass measured, named as `state`."""
        if not any(layer.state for layer in self.layers):  # nearly always
            return {}
        return {
            f"{number}.{name}": value
            for (number, stage), cache in zip(self.stages, caches or (), strict=True)
            if isinstance(stage, Measuring)
            for name, value in stage.measured(cache).items()
        }

    def merge(self, measured: Arrays, share: float = 0.1) -> None:
        """Move the state in place by `share` of the distance to what was measured.

        State that was not measured stays.
        """
        state = self.state
        for name, value in measured.items():
            state[name] += share * (value - state[name])


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
        image_shape: (H, W), or (H, W, C) of images of several channels.
        rng: draws the weights; a fresh generator unless given.
        init: how weights and biases are drawn.

    Raises:
        ShapeError: an unknown layer, or one that does not fit the one before it.
    """
    layers: list[Layer] = []
    shape = image_shape
    if rng is None and init is not PLACEHOLDERS:
        rng = np.random.default_rng()
    for text in architecture.split("|"):
        layers.append(_parsed(text.strip(), shape, rng, init))
        check_names(layers)
        shape = output_shapes(layers, image_shape)[-1]
    return Network(layers)


def _parsed(
    text: str, shape: Shape, rng: np.random.Generator | None, init: Init
) -> Layer:
    """Return the layer that a text describes; ShapeError where it describes none."""
    kind, *words = text.split() or [""]
    layer: type[Layer] | None = find(LAYERS, kind, "layers")
    if layer is None:
        near = difflib.get_close_matches(kind, LAYERS, 1)
        advice = f"did you mean {near[0]}? " if near else ""
        raise ShapeError(
            f"architecture: expected one of {', '.join(LAYERS)}, got {kind!r:.60}; "
            f"{advice}layers of your own need their --plugin"
        )
    try:
        return layer.parse(words, shape, rng, init)
    except (TypeError, ValueError, ZeroDivisionError) as error:
        raise ShapeError(f"architecture: cannot read {text!r}: {error}") from error
