"""What each feature of a segment counts; fitted by `python -m benchmarks.fit_reading`.

Each number multiplies a feature of `lattice.DIGIT` or `lattice.SKIP`, in their order.
"""

from __future__ import annotations

import numpy as np

from byhand.reading.lattice import Weights

WEIGHTS = Weights(
    digit=np.array(
        [
            2.062,
            -0.713,
            -0.101,
            -0.734,
            -4.892,
            0.256,
            -1.172,
            -0.538,
            -1.243,
            -0.813,
            -1.316,
            -3.052,
        ]
    ),
    skip=np.array([1.296, -1.396, -1.637, 0.74, -2.082, 1.18, 0.529, 0.486]),
)
