"""What each feature of a segment counts; fitted by `python -m benchmarks.fit_reading`.

Each number multiplies a feature of `lattice.DIGIT` or `lattice.SKIP`, in their order.
"""

from __future__ import annotations

import numpy as np

from byhand.reading.lattice import Weights

WEIGHTS = Weights(
    digit=np.array([1.126, -0.444, -1.439, -0.793, -5.812, -0.051, -5.474, -0.294, -1.889, -1.099]),
    skip=np.array([0.129, -1.253, -2.046, -1.302, -3.98, 1.19, 0.236, 0.852]),
)
