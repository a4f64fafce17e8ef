"""Honest confidence: probabilities that come true, and when to say "no digit".

Each is one number, fitted after training on images that training has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from byhand.nn.losses import softmax

ACCEPTED = 0.997  # of the digits held out, the share that is to pass as digits
COOLEST, HOTTEST = 0.1, 10.0
GOLDEN = (5**0.5 - 1) / 2

Array = NDArray[Any]


@dataclass(frozen=True)
class Calibration:
    """How a model's scores are read.

    Attributes:
        temperature: scores are divided by it before softmax; above 0.
        threshold: from this log-probability of its best digit on, an image passes as
            a digit; at most 0.
    """

    temperature: float = 1.0
    threshold: float = -1e9

    def __post_init__(self) -> None:
        """Refuse numbers that would make every answer senseless."""
        if not 0 < self.temperature < np.inf or not self.threshold <= 0:
            raise ValueError(
                "calibration: expected a temperature above 0 and a threshold up to 0, "
                f"got {self.temperature} and {self.threshold}"
            )


def calibrate(scores: Array, labels: NDArray[np.int64], classes: int) -> Calibration:
    """Fit temperature and threshold on labelled images of digits, held out.

    Args:
        scores: (N, K) of the classes, or (N, K + 1) with "something else" last.
        labels: (N,) in 0..K-1.
        classes: K.
    """
    temperature = fitted_temperature(scores[:, :classes], labels)
    best = digit_scores(scores, classes)
    threshold = float(np.quantile(best, 1 - ACCEPTED))
    return Calibration(temperature, min(threshold, 0.0))


def digit_scores(scores: Array, classes: int) -> Array:
    """Return the log-probability of each image's best class, among all outputs (N,).

    It is low where nothing fits, and where two digits fit as well.
    """
    top = scores[:, :classes].max(axis=1)
    highest = scores.max(axis=1)
    total = np.exp(scores - highest[:, None]).sum(axis=1)
    result: Array = top - highest - np.log(total)
    return result


def fitted_temperature(scores: Array, labels: NDArray[np.int64]) -> float:
    """Return the temperature at which the labels are likeliest.

    One number divides all scores (N, K), so no answer changes, only how sure it is. The
    loss has one minimum over the logarithm of the temperature; the golden section
    closes in on it.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks",
    arXiv:1706.04599, section 4.2; Kiefer 1953 for the search.
    """

    def loss(log_temperature: float) -> float:
        probabilities = softmax(scores.astype(np.float64) / np.exp(log_temperature))
        chosen = probabilities[np.arange(len(labels)), labels]
        return float(-np.log(np.maximum(chosen, 1e-300)).mean())

    low, high = np.log(COOLEST), np.log(HOTTEST)
    while high - low > 1e-4:
        left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
        if loss(left) < loss(right):
            high = right
        else:
            low = left
    return float(np.exp((low + high) / 2))
