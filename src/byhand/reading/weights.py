"""What each feature of a segment counts; fitted by `python -m benchmarks fit`."""

from __future__ import annotations

import numpy as np

from byhand.reading.lattice import Weights

WEIGHTS = Weights(
    digit=np.array(
        [1.105, -0.264, -1.24, -0.731, -6.005, -0.075, -5.327, -0.427, -1.626]
    ),
    skip=np.array([0.066, -1.267, -1.91, -1.284, -4.075, 1.286, 0.119, 0.933]),
)
