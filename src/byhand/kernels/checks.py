"""Checks of what a compiled kernel is given: it reads and writes without asking.

Each kernel computes the places that it visits from the sizes it is given. So whoever
calls one makes sure, once a call, that every array has the size that follows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from byhand.errors import ShapeError
from byhand.types import Array


def flat(
    name: str, array: Array, size: int, dtype: DTypeLike, *, written: bool = False
) -> Array:
    """Return all numbers of the array in one row, contiguous.

    Args:
        name: what the message calls it.
        array: copied where its numbers do not lie side by side.
        size: how many numbers the kernel will ask for.
        dtype: what they must be.
        written: the kernel writes into it, so that a copy is of no use.

    Raises:
        ShapeError: another size or type; or a copy would be needed that is of no use.
    """
    if array.size != size or array.dtype != dtype:
        raise ShapeError(
            f"kernel: expected {size} numbers of {np.dtype(dtype)} in {name}, "
            f"got {array.size} of {array.dtype}"
        )
    if written and not array.flags.c_contiguous:
        raise ShapeError(f"kernel: expected {name} in one row of memory, got a view")
    return np.ascontiguousarray(array).reshape(-1)


def expect_shape(name: str, array: Array, shape: tuple[int, ...]) -> None:
    """Raise ShapeError unless the array has this shape."""
    if array.shape != shape:
        raise ShapeError(f"kernel: expected {name} of shape {shape}, got {array.shape}")


def expect_indices(name: str, indices: Array, count: int) -> None:
    """Raise ShapeError unless these are integers in one row, 0 to count - 1."""
    if indices.ndim != 1 or indices.dtype.kind not in "iu":
        raise ShapeError(
            f"kernel: expected {name} as integers (N,), "
            f"got {indices.dtype} {indices.shape}"
        )
    if indices.size and not 0 <= indices.min() <= indices.max() < count:
        raise ShapeError(
            f"kernel: expected {name} from 0 to {count - 1}, "
            f"got {indices.min()} to {indices.max()}"
        )
