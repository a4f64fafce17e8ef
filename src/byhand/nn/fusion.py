"""Layers run together as one kernel, where there is one that is faster.

The plain layers stay the definition: a fused stage has their parameters and must give
their results. It is found by `Network` alone, which searches for the pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from importlib import import_module
from typing import Any, NamedTuple, Protocol, TypeGuard, runtime_checkable

from byhand.kernels.cache import compiled_wanted
from byhand.nn.batchnorm import BatchNorm
from byhand.nn.conv import Conv2d
from byhand.nn.layer import Layer
from byhand.nn.layers import Dense, Dropout, Flatten, ReLU
from byhand.nn.pixels import Crop, Pixels
from byhand.nn.pooling import AvgPool2d, GlobalAvgPool, MaxPool2d
from byhand.nn.run import Run
from byhand.nn.skips import Add
from byhand.nn.upsampling import PixelShuffle, Upsample
from byhand.types import Array, Arrays, Shape


class Stage(Protocol):
    """What can be run as a layer is."""

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return the output and the cache."""

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, None unless needed, and the gradients."""


@runtime_checkable
class Measuring(Stage, Protocol):
    """A stage that measures something in training, as batch norm does."""

    def measured(self, cache: Any) -> Arrays:
        """Return what a training pass measured, named as `Layer.state`."""


class Joining(Protocol):
    """What takes a second input, the output of that name, as `skips.Join` does."""

    name: str

    def join(self, x: Array, other: Array, run: Run) -> tuple[Array, Any]:
        """Return the output and the cache."""

    def parted(self, dy: Array, cache: Any) -> tuple[Array, Array]:
        """Return dx and the gradient of the named output."""


def joins(stage: object) -> TypeGuard[Joining]:
    """Return whether a stage takes a second input."""
    return hasattr(stage, "join")


class Fusible(NamedTuple):
    """Layers in a row that one stage may run.

    Attributes:
        layers: exactly these classes: a class derived from one may do something else.
        module: of this room, where the stage is. Kernels take long to import.
        stage: its class; `fitting` returns a stage, or None where it has no kernel.
        example: a network to check its gradients on, of this stage and pixels at most.
        shape: of the example's input, without N.
    """

    layers: tuple[type[Layer], ...]
    module: str
    stage: str
    example: str
    shape: Shape


FUSIBLE = (
    Fusible(
        (Pixels, Flatten, Dense, ReLU), "fused_dense", "PixelsDense",
        "pixels | flatten | dense 6 | relu", (5, 4),
    ),
    Fusible(
        (Pixels, Flatten, Dense), "fused_dense", "PixelsDense",
        "pixels | flatten | dense 6", (5, 4),
    ),
    Fusible(
        (Pixels, Crop), "fused_pixels", "ScaledPixels", "pixels 1/3 0.2 | crop 1",
        (5, 4),
    ),
    Fusible((Pixels,), "fused_pixels", "ScaledPixels", "pixels 1/3 0.2", (5, 4)),
    Fusible(
        (Conv2d, ReLU, MaxPool2d), "fused_conv", "ConvReLUPool",
        "conv 8 2x3 pad 1 | relu | maxpool 2", (4, 3, 2),
    ),
    Fusible(
        (Conv2d, ReLU), "fused_winograd", "ConvReLU",
        "conv 8 3x3 pad 1 | relu", (3, 2, 8),
    ),
    Fusible((Conv2d,), "fused_winograd", "ConvReLU", "conv 8 3x3 pad 1", (3, 2, 8)),
    Fusible(
        (Conv2d, ReLU), "fused_pointwise", "Pointwise", "conv 5 1x1 | relu", (3, 2, 4),
    ),
    Fusible((Conv2d,), "fused_pointwise", "Pointwise", "conv 5 1x1", (3, 2, 4)),
    Fusible(
        (Conv2d, ReLU), "fused_windows", "ConvWindows",
        "conv 8 2x3 stride 2 pad 1 | relu", (4, 5, 3),
    ),
    Fusible(
        (Conv2d,), "fused_windows", "ConvWindows", "conv 8 3x2 stride 2", (5, 6, 3)
    ),
    Fusible(
        (BatchNorm, ReLU, MaxPool2d), "fused_norm", "BatchNormReLU",
        "batchnorm | relu | maxpool 2", (5, 4, 8),
    ),
    Fusible(
        (BatchNorm, ReLU), "fused_norm", "BatchNormReLU",
        "batchnorm | relu", (3, 2, 8),
    ),
    Fusible((BatchNorm,), "fused_norm", "BatchNormReLU", "batchnorm", (2, 3, 8)),
    Fusible((AvgPool2d,), "fused_average", "Average", "avgpool 2", (5, 7, 3)),
    Fusible((GlobalAvgPool,), "fused_average", "Average", "globalpool", (5, 4, 3)),
    Fusible(
        (Upsample, Add), "fused_enlarging", "UpsampledAdded",
        "as half | avgpool 2 | upsample 2 | add half", (4, 6, 8),
    ),
    Fusible((Upsample,), "fused_enlarging", "Upsampled", "upsample 2", (2, 3, 8)),
    Fusible((Add,), "fused_enlarging", "Added", "as half | add half", (2, 3, 5)),
    Fusible(
        (PixelShuffle,), "fused_enlarging", "Shuffled", "pixelshuffle 2", (2, 3, 12)
    ),
    Fusible((Dense, ReLU), "fused_dense", "DenseReLU", "dense 5 | relu", (4,)),
    Fusible((Dropout,), "fused_dropout", "CompiledDropout", "dropout 0.4", (3, 4)),
    Fusible((Dense,), "fused_dense", "DenseReLU", "dense 5", (4,)),
)  # fmt: skip


def stages(layers: Sequence[Layer]) -> list[tuple[int, Stage]]:
    """Return what to run, in order; each with the number of the layer with parameters.

    A stage of several layers has parameters in one of them alone.
    """
    found: list[tuple[int, Stage]] = []
    number = 0
    while number < len(layers):
        count, stage = _fused(layers, number) or (1, layers[number])
        trained = [k for k in range(number, number + count) if layers[k].params]
        found.append((trained[0] if trained else number, stage))
        number += count
    return found


def _fused(layers: Sequence[Layer], number: int) -> tuple[int, Stage] | None:
    """Return how many layers from that number on one stage can run, and the stage."""
    if not compiled_wanted():
        return None
    for kinds, module, name, *_ in FUSIBLE:
        these = layers[number : number + len(kinds)]
        if tuple(type(layer) for layer in these) != kinds:
            continue
        fused = getattr(import_module(f"byhand.nn.{module}"), name)
        stage: Stage | None = fused.fitting(these, layers[:number])
        if stage:
            return len(kinds), stage
    return None
