"""Chosen images side by side, each moved by whole pixels, compiled."""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from byhand.kernels import reference
from byhand.kernels.checks import expect_indices, expect_shape, flat
from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import I32, at, put
from byhand.types import Array

AHEAD = 4  # images between the one that is copied and the one that is asked for
LINE = 64  # bytes that come from memory at a time


@intrinsic
def prefetch(typing: Any, array: Any, index: Any) -> Any:
    """Ask for array.flat[index] to be brought near: it will be read soon."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(array)(context, builder, args[0]).data
        byte = ir.IntType(8).as_pointer()
        pointer = builder.bitcast(builder.gep(data, [args[1]]), byte)
        kind = ir.FunctionType(ir.VoidType(), [byte, I32, I32, I32])
        function = cgutils.get_or_insert_function(
            builder.module, kind, "llvm.prefetch.p0"
        )
        builder.call(function, [pointer, I32(0), I32(3), I32(1)])  # to read, to keep
        return context.get_dummy_value()

    return types.void(array, types.intp), generate


@njit(**OPTIONS)
def gather(
    images: Any, indices: Any, down: Any, right: Any, out: Any, shape: Any
) -> None:
    """Set out (N·H·W,) to the chosen of images, image n moved by down[n], right[n].

    shape is (M, H, W) of the images. An index outside 0 to M - 1 is taken for the
    nearest inside.

    In memory a moved image is the whole row of its pixels, moved by down · W + right;
    what came in at an edge from the row above or below is then made blank.
    """
    total, height, width = shape
    size, count = height * width, len(indices)
    for n in range(count):
        ahead = indices[min(n + AHEAD, count - 1)] * size  # asking reads nothing
        for k in range(0, size, LINE):
            prefetch(images, ahead + k)
        first, here = min(max(indices[n], 0), total - 1) * size, n * size
        by = min(max(down[n] * width + right[n], -size), size)
        begin, end = max(by, 0), min(by, 0) + size
        for k in range(begin, end):
            put(out, here + k, at(images, first - by + k))
        for k in range(begin):
            put(out, here + k, 0)
        for k in range(end, size):
            put(out, here + k, 0)
        left, stop = max(right[n], 0), width + min(right[n], 0)
        if stop - left < width:
            for row in range(here, here + size, width):
                for k in range(row, row + min(left, width)):
                    put(out, k, 0)
                for k in range(row + max(stop, 0), row + width):
                    put(out, k, 0)


def gathered(
    images: Array, indices: Array, down: Array, right: Array, out: Array
) -> None:
    """Do what `reference.gathered` does."""
    if not images.flags.c_contiguous:
        reference.gathered(images, indices, down, right, out)  # no flat view exists
        return
    count, (total, height, width) = len(indices), images.shape
    expect_indices("indices", indices, total)
    expect_shape("down", down, (count,))
    expect_shape("right", right, (count,))
    written = flat("out", out, count * height * width, images.dtype, written=True)
    gather(images.reshape(-1), indices, down, right, written, images.shape)
