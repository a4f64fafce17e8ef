"""Arrays as kernels want them: of one type, in one row of memory, filled up to eights.

What has to be copied for that is copied by a kernel, so that it is recorded.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import DTypeLike

from byhand.kernels import layout
from byhand.nn.run import Run
from byhand.types import Array


def eights(size: int) -> int:
    """Return the size rounded up to a multiple of 8."""
    return -(-size // 8) * 8


def typed(x: Array, dtype: DTypeLike, run: Run) -> Array:
    """Return x in a type; a copy if need be."""
    return x if x.dtype == dtype else _copied(numbers(x, dtype), dtype, run)


def numbers(x: Array, dtype: DTypeLike) -> Array:
    """Return x, in a type if it is of one that no kernel takes.

    NumPy does that. It is not recorded: images that are recorded are uint8.
    """
    taken = x.dtype.isnative and x.dtype != np.float16
    return x if taken else x.astype(dtype)


def contiguous(x: Array, run: Run) -> Array:
    """Return x in one row of memory; a copy if need be."""
    return x if x.flags.c_contiguous else _copied(x, x.dtype, run)


def widened(x: Array, run: Run, width: int = 0) -> Array:
    """Return x (N, M) with M filled up with zeros to a width, or a multiple of 8."""
    width = width or eights(x.shape[1])
    if x.shape[1] == width:
        return contiguous(x, run)
    wide = run.empty((len(x), width), x.dtype)
    run.launch(layout.widen, x, wide)
    return wide


def zeros(shape: tuple[int, ...], dtype: DTypeLike, run: Run) -> Array:
    """Return an array of zeros."""
    array = run.empty(shape, dtype)
    run.launch(layout.zero, array)
    return array


def taken(x: Array, chosen: Array, run: Run) -> Array:
    """Return the chosen (J,) of x (N, …)."""
    out = run.empty((len(chosen), *x.shape[1:]), x.dtype)
    if x.size:
        rows = contiguous(x, run).reshape(len(x), -1)
        run.launch(layout.take, rows, chosen, out.reshape(len(chosen), -1))
    return out


def _copied(x: Array, dtype: DTypeLike, run: Run) -> Array:
    out = run.empty(x.shape, dtype)
    run.launch(layout.copy, x, out)
    return out
