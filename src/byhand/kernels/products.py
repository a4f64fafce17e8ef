"""Products added to numbers in vector registers, for use inside compiled kernels.

    v = fma(v, s, u)                v · s + u; s is one number
    v = fma_each(u, v, w)           u · v + w, number by number
    u = outer(u, v, a, i, step)     each run of u plus v · a.flat[i], i then `step` on
    u = sum_rows(u, a, i, step, s)  u plus s · the runs that `load_rows` would read
    add_rows(a, i, step, v, s)      those runs of a plus v · s

The last two take one register at a time. Products are rounded once, together with the
sum, where the target has an instruction for that, and else twice. `lanes` has the rest.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

from byhand.kernels.lanes import addresses, filled, join, split
from byhand.kernels.target import TARGET


def _multiply_add(builder: Any, v: Any, number: Any, u: Any) -> Any:
    """Return the vector v · number + u."""
    return _multiply_add_each(builder, v, filled(builder, number, v.type.count), u)


def _multiply_add_each(builder: Any, v: Any, times: Any, u: Any) -> Any:
    """Return the vector v · times + u, number by number."""
    if not TARGET.fma:  # LLVM would call a function of the C library for each number
        return builder.fadd(builder.fmul(v, times), u)
    bits = 32 if isinstance(v.type.element, ir.FloatType) else 64
    function = ir.FunctionType(v.type, [v.type] * 3)
    name = f"llvm.fma.v{v.type.count}f{bits}"
    fused = cgutils.get_or_insert_function(builder.module, function, name)
    return builder.call(fused, [v, times, u])


@intrinsic
def fma(typing: Any, lanes: Any, number: Any, addend: Any) -> Any:
    """Return lanes · number + addend."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pairs = zip(split(builder, args[0]), split(builder, args[2]), strict=True)
        parts = [_multiply_add(builder, v, args[1], u) for v, u in pairs]
        return join(builder, lanes.struct, parts)

    return lanes(lanes, lanes.dtype, lanes), generate


@intrinsic
def fma_each(typing: Any, u: Any, v: Any, w: Any) -> Any:
    """Return u · v + w, number by number."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        rows = zip(*(split(builder, value) for value in args), strict=True)
        parts = [_multiply_add_each(builder, *row) for row in rows]
        return join(builder, u.struct, parts)

    return u(u, u, u), generate


@intrinsic
def outer(typing: Any, sums: Any, v: Any, array: Any, index: Any, step: Any) -> Any:
    """Return sums with v · array.flat[index + r · step] added to each row r."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(array)(context, builder, args[2]).data
        parts, run = split(builder, args[0]), split(builder, args[1])
        done, place = [], args[3]
        for r in range(sums.rows):
            number = builder.load(builder.gep(data, [place]))
            place = builder.add(place, args[4])
            totals = parts[r * len(run) : (r + 1) * len(run)]
            for part, total in zip(run, totals, strict=True):
                done.append(_multiply_add(builder, part, number, total))
        return join(builder, sums.struct, done)

    return sums(sums, v, array, types.intp, types.intp), generate


@intrinsic
def add_rows(
    typing: Any, array: Any, index: Any, step: Any, lanes: Any, number: Any
) -> Any:
    """Add lanes · number to what `load_rows` would read, one register at a time."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointers = addresses(context, builder, lanes, array, args[:3])
        for pointer, part in zip(pointers, split(builder, args[3]), strict=True):
            old = builder.load(pointer, align=array.dtype.bitwidth // 8)
            new = _multiply_add(builder, part, args[4], old)
            builder.store(new, pointer, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    parameters = array, types.intp, types.intp, lanes, lanes.dtype
    return types.void(*parameters), generate


@intrinsic
def sum_rows(
    typing: Any, sums: Any, array: Any, index: Any, step: Any, number: Any
) -> Any:
    """Return sums with what `load_rows` would read, times a number, added."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointers = addresses(context, builder, sums, array, args[1:4])
        parts = []
        for pointer, total in zip(pointers, split(builder, args[0]), strict=True):
            part = builder.load(pointer, align=array.dtype.bitwidth // 8)
            parts.append(_multiply_add(builder, part, args[4], total))
        return join(builder, sums.struct, parts)

    return sums(sums, array, types.intp, types.intp, sums.dtype), generate
