"""Connected components: the ink that hangs together."""

from __future__ import annotations

import numpy as np
from scipy import ndimage

from byhand.types import Integers, Mask

EIGHT = np.ones((3, 3), np.bool_)  # pixels that meet at a corner are connected


def connected_components(mask: Mask) -> tuple[Integers, int]:
    """Return the number of each pixel's component (H, W), and how many there are.

    They are numbered from 1; paper has 0.
    """
    labels, count = ndimage.label(mask, EIGHT)
    return labels, int(count)
