"""Honest confidence: probabilities that come true, and when to reject an image.

Each is one number, fitted after training on images that training has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from byhand.nn.losses import softmax
from byhand.types import Array
from byhand.words import shortened

ACCEPTED = 0.9965  # of the digits held out, the share that is to pass as digits
EVIDENCE = 0.3  # of the best class's score, beside its log-probability
# Of digits in other hands than those of MNIST, whose images a calibration is fitted on,
# that many are misread however certain the network is of them: measured on cheques.
BASE_ERROR_RATE = 0.03
COOLEST, HOTTEST = 0.1, 10.0
MOST = 1e6  # of any temperature; float32 holds all scores divided by its inverse
GOLDEN = (5**0.5 - 1) / 2


@dataclass(frozen=True)
class Calibration:
    """How a model's scores are read.

    Attributes:
        temperature: scores are divided by it before softmax; above 0.
        threshold: from this score on, that of `digit_scores`, an image passes as a
            digit.
    """

    temperature: float = 1.0
    threshold: float = -1e9

    def __post_init__(self) -> None:
        """Refuse numbers that would make every answer senseless."""
        sound = _within(self.temperature, 1 / MOST, MOST)
        if not sound or not _within(self.threshold, -(MOST**2), MOST**2):
            raise ValueError(
                f"calibration: expected a temperature above 0, up to {MOST:g}, and a "
                f"finite threshold, got {shortened(repr(self.temperature), 100)} and "
                f"{shortened(repr(self.threshold), 100)}"
            )


def _within(value: object, low: float, high: float) -> bool:
    """Return whether a value, perhaps from a file, is a number from low to high."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return False
    return low <= value <= high


def calibrate(scores: Array, labels: NDArray[np.int64], classes: int) -> Calibration:
    """Fit temperature and threshold on labelled images of digits, held out.

    Args:
        scores: (N, K) of the classes, or (N, K + 1) with the reject class last.
        labels: (N,) in 0..K-1.
        classes: K.
    """
    temperature = fitted_temperature(scores[:, :classes], labels)
    best = digit_scores(scores, classes)
    threshold = float(np.quantile(best, 1 - ACCEPTED))
    return Calibration(temperature, threshold)


def digit_scores(scores: Array, classes: int) -> Array:
    """Return how well each image's best class fits (N,).

    It is the log-probability of that class, among all outputs, and a share of its score
    as it is. The first is low where two classes fit as well, or the reject class does.
    The second is low where nothing fits: what is like no training image gets low scores
    from all outputs, and one of them may still be the highest by far.

    Source: for the second, Hendrycks et al. 2022, "Scaling out-of-distribution
    detection for real-world settings", arXiv:1911.11132, section 3.
    """
    top = scores[:, :classes].max(axis=1)
    highest = scores.max(axis=1)
    total = np.exp(scores - highest[:, None]).sum(axis=1)
    result: Array = top - highest - np.log(total) + EVIDENCE * top
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
