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
        stage = _fused(layers[: number + 3]) if number + 3 <= len(layers) else None
        if stage:
            trained = [bool(layer.params) for layer in layers[number : number + 3]]
            found.append((number + trained.index(True), stage))
            number += 3
        else:
            found.append((number, layers[number]))
            number += 1
    return found


def _fused(layers: Sequence[Layer]) -> Stage | None:
    """Return one stage that runs the last three layers, if there is one."""
    if not any(layer.params for layer in layers[-3:]) or not compiled_wanted():
        return None
    from byhand.nn.fused_conv import ConvReLUPool
    from byhand.nn.fused_dense import PixelsDense

    return ConvReLUPool.match(layers) or PixelsDense.match(layers)
