"""What each feature of a segment counts; fitted by `python -m benchmarks.fit_reading`.

Each number multiplies a feature of `lattice.DIGIT` or `lattice.SKIP`, in their order.
"""

from __future__ import annotations

import numpy as np

from byhand.reading.lattice import Weights

WEIGHTS = Weights(
    digit=np.array(
        [
            2.308,
            -0.499,
            -0.013,
            -0.639,
            -6.116,
            0.158,
            -1.819,
            -0.105,
            -1.973,
            -0.993,
            -1.182,
            -2.975,
        ]
    ),
    skip=np.array([0.907, -1.186, -1.392, 0.585, -1.763, 0.971, 0.738, 0.24]),
)
