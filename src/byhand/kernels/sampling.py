"""Drawing the images that go backward, compiled: `training.sampling` defines it."""

from __future__ import annotations

from typing import Any

from numba import njit

from byhand.kernels.compiled import OPTIONS


@njit(**OPTIONS)
def sample(
    dlogits: Any, u: Any, floor: Any, pi: Any, chosen: Any, out: Any, batch: Any
) -> None:
    """Set chosen (J,) to the images kept, and out (J, K) to their gradients over π.

    Args:
        dlogits: (N, K), of a loss that is the mean over `batch` images.
        u: (1,), from 0 to below 1.
        floor: (1,), the least score of an image.
        pi: (N,) float64, gets the probabilities.
        chosen: (J,) int64, J up to N; ascending.
        out: (J, K).
        batch: images in the batch.
    """
    count, classes = dlogits.shape
    kept, total = len(chosen), 0.0
    for n in range(count):
        error = 0.0
        for k in range(classes):
            error += abs(dlogits[n, k])
        pi[n] = max(error * (batch / 2), floor[0])
        total += pi[n]
    rate, certain = kept / total, 0
    while True:  # what is above 1 is certain; the others share what is left of J
        total, found = 0.0, 0
        for n in range(count):
            if pi[n] * rate >= 1:
                found += 1
            else:
                total += pi[n]
        if found == certain or not total > 0:
            break
        certain, rate = found, (kept - found) / total
    for n in range(count):
        pi[n] = min(pi[n] * rate, 1.0)
    line, point = 0.0, 0
    for n in range(count):
        line += pi[n]
        # as many must be left as points are, even where the sums were rounded
        if point < kept and (line > u[0] + point or count - n == kept - point):
            chosen[point] = n
            for k in range(classes):
                out[point, k] = dlogits[n, k] / pi[n]
            point += 1
