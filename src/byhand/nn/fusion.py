"""Layers run together as one kernel, where there is one that is faster.

The plain layers stay the definition: a fused stage has their parameters and must give
their results. It is found by `Network` alone, which looks for the pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

from byhand.kernels.cache import compiled_wanted
from byhand.nn.layers import Layer
from byhand.nn.run import Array, Arrays, Run


class Stage(Protocol):
    """What can be run as a layer is."""

    def forward(self, x: Array, run: Run) -> tuple[Array, Any]:
        """Return the output and the cache."""

    def backward(
        self, dy: Array, cache: Any, need_dx: bool = True
    ) -> tuple[Array | None, Arrays]:
        """Return dx, None unless needed, and the gradients."""


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
    for count in (4, 3, 2):
        these = layers[number : number + count]
        # kernels take long to import: not for layers without parameters; and a layer
        # that is derived from one of ours may do something else
        if len(these) < count or not any(layer.params for layer in these):
            continue
        if any(type(layer).__module__.partition(".")[0] != "byhand" for layer in these):
            continue
        from byhand.nn.fused_conv import ConvReLU, ConvReLUPool
        from byhand.nn.fused_dense import DenseReLU, PixelsDense

        stage = (
            ConvReLUPool.match(these, layers[:number])
            or ConvReLU.match(these)
            or PixelsDense.match(these)
            or DenseReLU.match(these)
        )
        if stage:
            return count, stage
    return None
