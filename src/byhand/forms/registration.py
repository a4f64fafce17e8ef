"""Registration: where on a scan each point of the blank form is.

The middle of a pixel is at whole numbers, its edges half a pixel beside them.
Letters: K points, each x, y.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from byhand.forms.homography import mapped
from byhand.types import Box, Floats


@dataclass(frozen=True)
class Registration:
    """How a scan lies on the blank form.

    Attributes:
        matrix: (3, 3) float64, the homography from pixels of the blank form to pixels
            of the scan, of points x, y, 1.
        error: distance between the lines of the form and of the scan, the median, in
            pixels of the blank form.
        inliers: the share of the form's lines that were found on the scan, 0–1.
        explained: the share of the scan's lines that are the form's, 0–1.
        fits: whether the scan is one of this form.
    """

    matrix: Floats
    error: float
    inliers: float
    explained: float
    fits: bool

    def to_scan(self, points: Floats) -> Floats:
        """Return where on the scan points (K, 2) of the blank form are."""
        return mapped(self.matrix, np.asarray(points, np.float64))

    def to_blank(self, points: Floats) -> Floats:
        """Return where on the blank form points (K, 2) of the scan are."""
        return mapped(np.linalg.inv(self.matrix), np.asarray(points, np.float64))

    def box(self, box: Box) -> Box:
        """Return the smallest box on the scan that holds a box of the blank form.

        It may reach beyond the scan, where that shows only a part of the form.
        """
        x, y, w, h = box
        corners = np.array([[x, y], [x + w, y], [x + w, y + h], [x, y + h]])
        found = self.to_scan(corners - 0.5) + 0.5  # edges of pixels, not their middles
        left, top = np.floor(found.min(axis=0) + 1e-6)
        right, bottom = np.ceil(found.max(axis=0) - 1e-6)
        return Box.of_edges(int(left), int(top), int(right), int(bottom))

    @property
    def quarter_turns(self) -> int:
        """By how many quarters of a turn, clockwise, the form lies turned: 0 to 3.

        2 is upside down. `np.rot90(scan, turns)` shows it upright.
        """
        angle = np.arctan2(self.matrix[1, 0], self.matrix[0, 0])
        return round(float(angle) / (np.pi / 2)) % 4
