"""Softmax, cross-entropy and its gradient, compiled: `nn.losses` defines them."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS


@njit(**OPTIONS)
def cross_entropy(
    logits: Any, labels: Any, dlogits: Any, loss: Any, smoothing: Any, count: Any
) -> None:
    """Set loss (1,) to the sum of losses over `count`, and dlogits to its gradient.

    logits and dlogits (N, K); labels (N,), of which one that is no class makes the loss
    NaN; loss (1,) float64; smoothing (1,).
    """
    images, classes = logits.shape
    number = dlogits.dtype.type
    share, all_of = number(smoothing[0]), number(count)
    loss[0] = 0.0
    for n in range(images):
        largest, label = logits[n, 0], labels[n]
        if label < 0 or label >= classes:
            loss[0] = math.nan
            continue
        for k in range(1, classes):
            largest = max(largest, logits[n, k])
        total, mean = number(0), number(0)
        for k in range(classes):
            score = logits[n, k] - largest
            mean += score
            dlogits[n, k] = math.exp(score)
            total += dlogits[n, k]
        own = logits[n, label] - largest
        # with smoothing the target's mean score is (1 - ε) s_label + ε / K Σ s
        one = math.log(total) - own + share * (own - mean / number(classes))
        loss[0] += one / count
        for k in range(classes):
            dlogits[n, k] = (dlogits[n, k] / total - share / number(classes)) / all_of
        dlogits[n, label] -= (number(1) - share) / all_of


@njit(**OPTIONS)
def count_right(logits: Any, labels: Any, right: Any) -> None:
    """Set right (1,), int64, to how many labels (N,) have the largest logit (N, K)."""
    right[0] = 0
    for n in range(len(labels)):
        best = 0
        for k in range(1, logits.shape[1]):
            best = k if logits[n, k] > logits[n, best] else best
        right[0] += best == labels[n]
