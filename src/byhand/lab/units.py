"""What the units of a layer are for: the accuracy without each, what excites it.

Letters: N images, K classes, M units.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from byhand.data.datasets import Split
from byhand.lab.changed import changed
from byhand.model import Model
from byhand.nn.layer import Layer
from byhand.nn.network import Network
from byhand.nn.run import Run
from byhand.nn.skips import Add, Concat
from byhand.types import Array, Labels

AT_ONCE = 250  # images
MOST = 1000  # units of a layer
EXCITING = 8  # images that excite a unit most
NO_CACHES = Run(gradients=False)


class Units:
    """A model whose units are taken away, one at a time."""

    def __init__(self, model: Model, test: Split) -> None:
        self.model, self.test = model, test

    def of_layer(self, layer: int, sample: Split) -> Iterator[float | dict[str, Any]]:
        """Yield shares, at last of each unit what is lost without it and what excites.

        Args:
            layer: one with weights.
            sample: for the accuracy; what excites is searched in all test images.
        """
        network, labels = self.model.network, np.asarray(sample.labels)
        begin = first_computed(network.layers, layer)
        head = Network(network.layers[:begin])
        x, _ = head.forward(sample.images, NO_CACHES)
        units = min(MOST, network.layers[layer].params["w"].shape[-1])
        before = self._right(network.layers[begin:], x, labels)
        found = []
        for unit in range(units):
            zeroed = [{"filter": {"layer": layer, "number": unit}}]
            without = self._right(changed(network, zeroed).layers[begin:], x, labels)
            found.append(self._lost(before, without, labels))
            yield 0.5 * unit / units
        exciting = yield from self._exciting(layer, units)
        for each, images in zip(found, exciting, strict=True):
            each["images"] = images.tolist()
        right = int(before.sum())
        yield {"count": len(labels), "right": right, "units": found}

    def _right(self, layers: tuple[Layer, ...], x: Array, labels: Labels) -> Array:
        """Return which images are read right, (N,), by the last layers alone."""
        y, _ = Network(layers).forward(x, NO_CACHES)
        classes = y[:, : len(self.model.class_names)]
        return np.asarray(classes.argmax(axis=1) == labels)

    def _lost(self, before: Array, without: Array, labels: Labels) -> dict[str, Any]:
        """Return how many are right without a unit, and which class loses most."""
        k = len(self.model.class_names)
        lost = np.bincount(labels[before & ~without], minlength=k)
        worst = int(lost.argmax())
        return {
            "right": int(without.sum()),
            "worst": worst if lost[worst] else None,
            "lost": int(lost[worst]),
        }

    def _exciting(self, layer: int, units: int) -> Any:
        """Yield shares from 0.5; return each unit's most exciting images, (M, 8)."""
        head = Network(self.model.network.layers[: layer + 1])
        highest, count = [], len(self.test)
        for first in range(0, count, AT_ONCE):
            part = np.ascontiguousarray(self.test.images[first : first + AT_ONCE])
            y, _ = head.forward(part, NO_CACHES)  # (n, M) or (n, H, W, M)
            places = y.reshape(len(part), -1, y.shape[-1])[:, :, :units]
            highest.append(places.max(axis=1))
            yield 0.5 + 0.5 * first / count
        every = np.concatenate(highest)  # (N, M)
        order = np.argsort(-every, axis=0, kind="stable")
        return order[:EXCITING].T


def first_computed(layers: tuple[Layer, ...], layer: int) -> int:
    """Return from where a changed layer's network must be computed again.

    It is the layer itself unless a later one needs an earlier output a second time.
    """
    later = layers[layer:]
    return 0 if any(isinstance(each, Add | Concat) for each in later) else layer
