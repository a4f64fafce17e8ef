"""What each feature of a segment counts; fitted by `python -m benchmarks fit`."""

from __future__ import annotations

import numpy as np

from byhand.reading.lattice import Weights

WEIGHTS = Weights(
    digit=np.array([0.841, -0.108, -0.202, -1.665, -5.25, -0.138, -4.638, -0.263, -1.907]),
    skip=np.array([-0.061, -0.765, -0.907, -1.228, -4.63, 2.87, 0.356, 1.198]),
)
