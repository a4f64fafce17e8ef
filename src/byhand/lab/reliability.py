"""How often a model is right where it is as sure as this: a reliability curve.

Letters: N images.
"""

from __future__ import annotations

import numpy as np

from byhand.types import Array, Floats

BINS = 15  # of confidence, as evaluation.expected_calibration_error has them


def reliability(
    confidences: Floats, right: Array, bins: int = BINS
) -> list[dict[str, float]]:
    """Return the count, mean confidence and accuracy of each bin that has images.

    Args:
        confidences: (N,) of the predictions.
        right: (N,) whether each is right.
        bins: equally wide ones.

    Source: Guo et al. 2017, "On Calibration of Modern Neural Networks",
    arXiv:1706.04599, figure 1.
    """
    number = np.clip(np.ceil(confidences * bins).astype(np.int64) - 1, 0, bins - 1)
    found = []
    for each in np.unique(number).tolist():
        of_bin = number == each
        mean, share = float(confidences[of_bin].mean()), float(right[of_bin].mean())
        count = int(of_bin.sum())
        found.append({"count": count, "confidence": mean, "accuracy": share})
    return found
