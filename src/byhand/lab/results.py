"""What a model makes of the test images: scores, and how they fall when things change.

Each function of `Results` yields the share that is done, from 0 to 1, and at last its
answer. Letters: N images, K classes.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any, TypeAlias

import numpy as np

from byhand.data.datasets import Split
from byhand.errors import DivergedError
from byhand.evaluation import Evaluation, scored, wilson
from byhand.lab.images import sample, text
from byhand.lab.maps import Maps, layers_shown
from byhand.lab.pruned import left_by_layer, pruned
from byhand.lab.reliability import reliability
from byhand.lab.units import Units
from byhand.model import Model, load
from byhand.robustness.adjusted import Adjustment, adjusted
from byhand.types import Array, Images

Parts: TypeAlias = Iterator[float | dict[str, Any]]

AT_ONCE = 250  # images
SAMPLE = 1000  # images for what is asked again and again
SHOWN = 12  # images shown as the network sees them
SEED = 0  # of the noise


class Results:
    """A model and test images; answers that cost much are kept."""

    def __init__(self, model: Model, test: Split) -> None:
        self.model, self.test = model, test
        at = sample(len(test), SAMPLE)
        images = np.ascontiguousarray(test.images[at])
        self.sample = Split(images, np.asarray(test.labels)[at])
        self._maps = Maps(model, test)
        self._units = Units(model, test)
        self._kept: dict[Any, dict[str, Any]] = {}

    def scores(self, wanted: dict[str, Any]) -> Parts:
        """Yield the scores of all test images, as `byhand evaluate` has them."""
        yield from self._once("scores", self._scores())

    def map(self, wanted: dict[str, Any]) -> Parts:
        """Yield where test images are by what a layer makes of them."""
        layer, method = wanted["layer"], wanted["method"]
        yield from self._once((layer, method), self._maps.places(layer, method))

    def units(self, wanted: dict[str, Any]) -> Parts:
        """Yield what the units of a layer do."""
        layer = wanted["layer"]
        yield from self._once(layer, self._units.of_layer(layer, self.sample))

    def robustness(self, wanted: dict[str, Any]) -> Parts:
        """Yield how many of a sample are right that are changed by hand.

        By the model of the laboratory, or by the one in a file.
        """
        file = wanted.get("model")
        model = self.model if file is None else load(file)
        model.threads = self.model.threads
        rng = np.random.default_rng(SEED)
        change = partial(adjusted, by=Adjustment(**wanted["change"]), rng=rng)
        images = change(np.array(self.sample.images))
        yield 0.0
        read = yield from self._predicted(model, images)
        shown = zip(images[:SHOWN], self.sample.labels, read, strict=False)
        yield self._counted(read) | {
            "examples": [
                {"pixels": text(image), "label": int(label), "read": int(number)}
                for image, label, number in shown
            ]
        }

    def pruning(self, wanted: dict[str, Any]) -> Parts:
        """Yield how many of a sample are right without the smallest weights."""
        network = pruned(self.model.network, wanted["share"])
        model = Model(network, self.model.class_names, self.model.image_shape)
        model.threads = self.model.threads
        read = yield from self._predicted(model, self.sample.images)
        yield self._counted(read) | {"layers": left_by_layer(network)}

    def _once(self, key: Any, parts: Parts) -> Parts:
        """Yield what is computed, or at once what was."""
        if key not in self._kept:
            for found in parts:
                if isinstance(found, dict):
                    self._kept[key] = found
                else:
                    yield found
        yield self._kept[key]

    def _scores(self) -> Parts:
        count, probabilities = len(self.test), []
        for first in range(0, count, AT_ONCE):
            part = np.ascontiguousarray(self.test.images[first : first + AT_ONCE])
            probabilities.append(self.model.predict_proba(part))
            yield first / count
        every = np.concatenate(probabilities)  # (N, K)
        if not np.isfinite(every).all():
            raise DivergedError("results: expected finite probabilities, got others")
        labels = np.asarray(self.test.labels)
        found = scored(every, labels, self.model.class_names)
        layers = layers_shown(self.model.network.layers, self.model.image_shape)
        yield described(found) | {"labels": text(labels, "<u2"), "layers": layers}

    def _predicted(self, model: Model, images: Images) -> Any:
        """Yield shares; return the class numbers of images, (N,)."""
        read = []
        with np.errstate(all="ignore"):
            for first in range(0, len(images), AT_ONCE):
                read.append(model.predict(images[first : first + AT_ONCE]))
                yield first / len(images)
        return np.concatenate(read)

    def _counted(self, read: Array) -> dict[str, Any]:
        """Return how many of the sample were read right, with the 95 % interval."""
        count, right = len(read), int((read == self.sample.labels).sum())
        return {"count": count, "right": right, "interval": wilson(right, count)}


def described(found: Evaluation) -> dict[str, Any]:
    """Return an evaluation as JSON has it: nan is None, long arrays are base64."""
    right = np.ones(found.count, np.bool_)
    right[found.mistakes] = False
    return {
        "count": found.count,
        "right": found.correct,
        "interval": found.interval,
        "confusion": found.confusion.tolist(),
        "precision": [None if np.isnan(x) else float(x) for x in found.precision],
        "recall": [None if np.isnan(x) else float(x) for x in found.recall],
        "calibration_error": found.calibration_error,
        "reliability": reliability(found.confidences, right),
        "mistakes": found.mistakes.tolist(),
        "predictions": text(found.predictions, "<u2"),
        "confidences": text(found.confidences, "<f4"),
    }
