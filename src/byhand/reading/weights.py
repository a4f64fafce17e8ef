"""The weight of each feature; fitted by `python -m benchmarks.fit_reading`.

Each number multiplies a feature of `lattice.DIGIT` or `lattice.SKIP`, in their order.
"""

from __future__ import annotations

import numpy as np

from byhand.reading.lattice import Weights

WEIGHTS = Weights(
    digit=np.array(
        [
            2.003,
            -0.539,
            -0.307,
            -0.767,
            -4.977,
            0.055,
            -1.271,
            -0.702,
            -1.37,
            -0.947,
            -1.732,
            -2.6,
        ]
    ),
    skip=np.array([0.745, -1.3, -0.531, -1.201, -1.909, 0.169, -0.215, -0.162]),
)
