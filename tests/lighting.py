"""Uneven light over a page of a shape (H, W): what ink and paper are multiplied by."""

from __future__ import annotations

import numpy as np


def ramp(shape: tuple[int, ...]) -> np.ndarray:
    return np.ones(shape) * np.linspace(1, 0.4, shape[1])


def step(shape: tuple[int, ...]) -> np.ndarray:
    beyond = np.clip(
        (np.arange(shape[1]) - shape[1] / 2) / 9, 0, 1
    )  # its edge: 9 pixels
    return np.ones(shape) * (1 - 0.5 * beyond)
