"""Softmax, cross-entropy and its gradient, compiled: `nn.losses` defines them."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS


@njit(**OPTIONS)
def cross_entropy(
    logits: Any, labels: Any, dlogits: Any, found: Any, smoothing: Any, count: Any
) -> None:
    """Set dlogits (N, K) to the gradient; found (2,) to the loss and how many are right.

    Args:
        logits: (N, K).
        labels: (N,), each 0 to K - 1.
        dlogits: (N, K).
        found: (2,) float64: the sum of losses over `count`; images whose largest logit
            is their label's.
        smoothing: (1,): the share of the target spread over all classes.
        count: what the mean is taken over.
    """
    images, classes = logits.shape
    number = dlogits.dtype.type
    rest, spread = number(1 - smoothing[0]), number(smoothing[0] / classes)
    loss, right = 0.0, 0
    for n in range(images):
        best = 0
        for k in range(1, classes):
            best = k if logits[n, k] > logits[n, best] else best
        largest, label = logits[n, best], labels[n]
        total, mean = number(0), number(0)
        for k in range(classes):
            score = logits[n, k] - largest
            mean += score / number(classes)
            dlogits[n, k] = math.exp(score)
            total += dlogits[n, k]
        one = math.log(total) - (logits[n, label] - largest)
        if smoothing[0]:
            one += number(smoothing[0]) * (logits[n, label] - largest - mean)
        loss += one
        right += best == label
        for k in range(classes):
            dlogits[n, k] = (dlogits[n, k] / total - spread) / number(count)
        dlogits[n, label] -= rest / number(count)
    found[0], found[1] = loss / count, right
