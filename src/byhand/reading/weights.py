"""What each feature of a segment counts; fitted by `python -m benchmarks.fit_reading`.

Each number multiplies a feature of `lattice.DIGIT` or `lattice.SKIP`, in their order.
"""

from __future__ import annotations

import numpy as np

from byhand.reading.lattice import Weights

WEIGHTS = Weights(
    digit=np.array(
        [
            2.159,
            -0.75,
            0.028,
            -0.804,
            -4.977,
            0.335,
            -1.097,
            -0.742,
            -1.482,
            -0.841,
            -1.417,
            -2.798,
        ]
    ),
    skip=np.array([1.1, -1.472, -1.507, 0.649, -2.098, 1.208, 0.519, 0.579]),
)
