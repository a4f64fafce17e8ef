"""Which numbers are not 0, as the bits of integers, for use inside compiled kernels.

b = marks(a, i)        bit k of the byte: whether a.flat[i + k] is not 0
s = word(a, i)         eight bytes from a[i] on as one integer, the first the lowest
k = lowest(s)          the number of the lowest bit that is 1; s is not 0
places(a, i, v)        a.flat[i : i + n] = the n numbers v as integers
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic

from byhand.kernels.lanes import I32, NUMBERS, split

BYTE, WORD = ir.IntType(8), ir.IntType(64)


def _pointer(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.gep(data, [index])


@intrinsic
def marks(typing: Any, array: Any, index: Any) -> Any:
    """Return a byte with a bit for each of eight numbers: whether it is not 0."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.VectorType(NUMBERS[array.dtype], 8)
        start = _pointer(context, builder, array, *args)
        start = builder.bitcast(start, vector.as_pointer())
        numbers = builder.load(start, align=array.dtype.bitwidth // 8)
        found = builder.fcmp_unordered("!=", numbers, ir.Constant(vector, [0.0] * 8))
        return builder.bitcast(found, BYTE)

    return types.uint8(array, types.intp), generate


@intrinsic
def word(typing: Any, array: Any, index: Any) -> Any:
    """Return eight bytes as one integer, the first byte the lowest."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = _pointer(context, builder, array, *args)
        return builder.load(builder.bitcast(start, WORD.as_pointer()), align=1)

    return types.int64(array, types.intp), generate


@intrinsic
def lowest(typing: Any, bits: Any) -> Any:
    """Return the number of the lowest bit that is 1; the integer is not 0."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.cttz(args[0], ir.IntType(1)(1))

    return types.int64(types.int64), generate


@intrinsic
def places(typing: Any, array: Any, index: Any, lanes: Any) -> Any:
    """Write numbers as the integers that they are into an array of int32."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        start = _pointer(context, builder, array, *args[:2])
        done = 0
        for part in split(builder, args[2]):
            vector = ir.VectorType(I32, part.type.count)
            here = builder.gep(start, [WORD(done)])
            here = builder.bitcast(here, vector.as_pointer())
            builder.store(builder.fptosi(part, vector), here, align=4)
            done += part.type.count
        return context.get_dummy_value()

    return types.void(array, types.intp, lanes), generate
