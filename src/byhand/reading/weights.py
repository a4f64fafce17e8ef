"""What each feature of a segment counts; fitted by `python -m benchmarks.fit_reading`.

Each number multiplies a feature of `lattice.DIGIT` or `lattice.SKIP`, in their order.
"""

from __future__ import annotations

import numpy as np

from byhand.reading.lattice import Weights

WEIGHTS = Weights(
    digit=np.array(
        [
            1.887,
            -0.218,
            -1.361,
            -0.538,
            -5.736,
            -0.052,
            -4.233,
            -0.531,
            -1.22,
            -1.245,
            -1.423,
        ]
    ),
    skip=np.array([0.168, -1.758, -1.268, -1.032, -3.652, 0.586, 0.096, 1.173]),
)
