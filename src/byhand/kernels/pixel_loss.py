"""The cross-entropy of pixels, compiled: `nn.pixel_loss` defines it."""

from __future__ import annotations

import math
from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS


@njit(**OPTIONS)
def cross_entropy(
    logits: Any, targets: Any, weights: Any, dlogits: Any, loss: Any, count: Any
) -> None:
    """Set loss (1,) to the weighted sum over `count`, and dlogits to its gradient.

    logits, targets and dlogits (M, K) of M pixels; weights (M,); loss (1,) and
    count (1,) float64. dlogits may be logits itself.
    """
    pixels, classes = logits.shape
    number = dlogits.dtype.type
    loss[0] = 0.0
    for m in range(pixels):
        largest = logits[m, 0]
        for k in range(1, classes):
            largest = max(largest, logits[m, k])
        total, one = number(0), number(0)
        for k in range(classes):
            score = logits[m, k] - largest
            one -= targets[m, k] * score
            dlogits[m, k] = math.exp(score)
            total += dlogits[m, k]
        loss[0] += weights[m] * (one + math.log(total))
        share = number(weights[m] / count[0])
        for k in range(classes):
            dlogits[m, k] = (dlogits[m, k] / total - targets[m, k]) * share
    loss[0] /= count[0]
