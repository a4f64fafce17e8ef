"""Runs: pixels of ink side by side in a row or in a column."""

from __future__ import annotations

import numpy as np

from byhand.types import Integers, Mask


def run_lengths(mask: Mask, axis: int) -> Integers:
    """Return for each pixel of ink the length of the run that holds it; 0 for paper.

    Args:
        mask: (H, W), where ink is.
        axis: 0 for runs in columns, 1 for runs in rows.
    """
    rows = mask if axis else mask.T
    flat = np.pad(rows, ((0, 0), (1, 1))).ravel()  # with paper between the rows
    ends = np.flatnonzero(flat[1:] != flat[:-1])
    lengths = ends[1::2] - ends[::2]
    spread = np.zeros(flat.shape, np.int64)
    spread[flat] = np.repeat(lengths, lengths)
    found = spread.reshape(len(rows), -1)[:, 1:-1]
    return found if axis else found.T
