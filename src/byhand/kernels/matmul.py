"""The matrix product, compiled: a block of sums in registers, a column of a at a time.

    out[i, j] = Σ_k a[i, k] · b[k, j]

A block of rows × lanes sums stays in registers while k runs. Each step loads one run of
b and multiplies it by one number of each row: as many multiplications as the block has
registers, for few loads. A transposed a is the same loop with its strides exchanged.

Source: Goto and van de Geijn 2008, "Anatomy of high-performance matrix multiplication",
section 6, without packing: the matrices here fit into the second-level cache.

Letters: M rows, N columns of the result, K terms of a sum.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from numba import njit

from byhand.errors import ShapeError
from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import at, load, load_rows, maximum, splat_rows, store_rows
from byhand.kernels.products import outer, sum_rows
from byhand.kernels.target import TARGET
from byhand.types import Array

LANES = 2 * TARGET.lanes  # two registers; a third of b and one of a stand beside them
ROWS = min(8, (TARGET.registers - 4) // 2)
WIDE = TARGET.registers // 2 * TARGET.lanes  # of a row that is left over


def matmul(
    launch: Callable[..., None],
    a: Array,
    b: Array,
    out: Array,
    bias: Array | None = None,
    relu: bool = False,
) -> None:
    """Set out (M, N) to a @ b, with the bias added and ReLU applied if wanted.

    Args:
        launch: calls a kernel: `Run.launch`.
        a: (M, K), any view of one or two axes in memory, so that x.T will do.
        b: (K, N), its rows contiguous; N a multiple of 8.
        out: (M, N), its rows contiguous.
        bias: (N,), contiguous.
        relu: whether what is below 0 becomes 0.

    Raises:
        ShapeError: they do not fit one another, or K is 0.
    """
    _check(a, b, out, bias)
    (height, terms), width, item = a.shape, out.shape[1], out.itemsize
    full = height // ROWS * ROWS
    for rows, lanes, top, bottom in ((ROWS, LANES, 0, full), (1, WIDE, full, height)):
        some, to = a[top:bottom], out[top:bottom]
        places = (*a.strides, b.strides[0], out.strides[0])
        strides = tuple(place // item for place in places)
        edge = width // lanes * lanes
        for block, first, last in ((lanes, 0, edge), (width - edge, edge, width)):
            if top < bottom and first < last:
                kernel = product(rows, block, bias is not None, relu)
                shape = (bottom - top, terms, first, last)
                start = b if bias is None else bias
                launch(kernel, some, b, start, to, shape, strides)


def _check(a: Array, b: Array, out: Array, bias: Array | None) -> None:
    """Raise ShapeError unless `matmul` can take these."""
    (height, terms), width, item = a.shape, out.shape[1], out.itemsize
    fit = b.shape == (terms, width) and len(out) == height and width % 8 == 0
    fit = fit and (terms > 0 or not height)
    contiguous = not a.size or {b.strides[1], out.strides[1]} == {item}
    start = b if bias is None else bias
    typed = {a.dtype, b.dtype, out.dtype, start.dtype} == {out.dtype}
    begins = bias is None or (bias.shape == (width,) and bias.flags.c_contiguous)
    if not (fit and contiguous and typed and begins):
        raise ShapeError(
            f"matmul: expected (M, K) @ (K, N) -> (M, N) of one type, N a multiple of "
            f"8, got {a.shape} @ {b.shape} -> {out.shape}"
        )


@functools.cache
def product(rows: int, lanes: int, bias: bool, relu: bool) -> Any:
    """Return the kernel with blocks of rows × lanes sums.

    Args:
        rows: of a block; M is a multiple of it.
        lanes: of a block, a multiple of 8; last - first is a multiple of it.
        bias: the sums begin at b[j] instead of 0.
        relu: what is below 0 becomes 0.
    """

    @njit(**OPTIONS)
    def kernel(a: Any, b: Any, start: Any, out: Any, shape: Any, strides: Any) -> None:
        """Set columns `first` to `last` of out (M, N) to a (M, K) @ b (K, N).

        shape is (M, K, first, last), last - first a multiple of `lanes`. strides are
        of a's rows and columns, and of b's and out's rows, in numbers. start (N,) is
        the bias.
        """
        height, terms, first, last = shape
        down, across, b_row, out_row = strides
        zero = b.dtype.type(0)
        for j in range(first, last, lanes):
            for i in range(0, height, rows):
                if bias:
                    sums = load_rows(rows, lanes, start, j, 0)
                else:
                    sums = splat_rows(rows, lanes, zero)
                place = i * down
                for k in range(j, j + terms * b_row, b_row):
                    if rows == 1:  # b in as few registers as can be
                        sums = sum_rows(sums, b, k, 0, at(a, place))
                    else:
                        sums = outer(sums, load(lanes, b, k), a, place, down)
                    place += across
                if relu:
                    sums = maximum(sums, splat_rows(rows, lanes, zero))
                store_rows(out, i * out_row + j, out_row, sums)

    return kernel
