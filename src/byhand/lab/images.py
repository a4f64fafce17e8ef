"""Test images chosen and written for the page."""

from __future__ import annotations

import base64

import numpy as np

from byhand.types import Array, Integers


def sample(count: int, most: int) -> Integers:
    """Return numbers below count, at most this many, spread evenly over all."""
    return np.linspace(0, count - 1, min(most, count)).astype(np.int64)


def text(array: Array, kind: str = "u1") -> str:
    """Return an array as base64, its numbers of a kind."""
    return base64.b64encode(np.ascontiguousarray(array, kind).tobytes()).decode()
