"""Picking out what is not 0 from a row of pixels, sixteen at a time.

Processors with AVX-512 have an instruction that packs chosen numbers of a register side
by side. Elsewhere a loop goes through them, unless all sixteen are 0.
"""

from __future__ import annotations

from typing import Any

from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import I32, NUMBERS, at, filled, put

STEP = 16  # pixels a call; a list has room for as many past its end
BYTE = ir.IntType(8)


def _vector(element: Any) -> Any:
    return ir.VectorType(element, STEP)


def _data(context: Any, builder: Any, kind: Any, array: Any) -> Any:
    return context.make_array(kind)(context, builder, array).data


def _pixels(builder: Any, data: Any, place: Any) -> tuple[Any, Any]:
    """Return sixteen pixels, and a bit for each: whether it is not 0."""
    pointer = builder.bitcast(builder.gep(data, [place]), _vector(BYTE).as_pointer())
    x = builder.load(pointer, align=1)
    inked = builder.icmp_unsigned("!=", x, ir.Constant(_vector(BYTE), [0] * STEP))
    return x, inked


@intrinsic
def blank(typing: Any, images: Any, place: Any) -> Any:
    """Return whether the sixteen pixels from `place` on are all 0."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = _data(context, builder, images, args[0])
        bits = builder.bitcast(_pixels(builder, data, args[1])[1], ir.IntType(STEP))
        return builder.icmp_unsigned("==", bits, ir.IntType(STEP)(0))

    return types.boolean(images, types.intp), generate


@intrinsic
def appended_at_once(
    typing: Any,
    images: Any,
    place: Any,
    first: Any,
    where: Any,
    values: Any,
    count: Any,
    scale: Any,
) -> Any:
    """Do what `appended_one_by_one` does, with LLVM's vector.compress."""
    number = NUMBERS[values.dtype]

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        images_, place, first, where_, values_, count, scale_ = args
        data = _data(context, builder, images, images_)
        x, inked = _pixels(builder, data, place)
        steps = ir.Constant(_vector(I32), list(range(STEP)))
        d = builder.add(filled(builder, builder.trunc(first, I32), STEP), steps)
        y = builder.uitofp(x, _vector(number))
        y = builder.fmul(y, filled(builder, scale_, STEP))
        _append(builder, _data(context, builder, where, where_), count, d, inked, 32)
        list_ = _data(context, builder, values, values_)
        return _append(builder, list_, count, y, inked, values.dtype.bitwidth)

    parameters = images, types.intp, types.intp, where, values, types.intp
    return types.intp(*parameters, values.dtype), generate


def _append(builder: Any, data: Any, count: Any, v: Any, inked: Any, bits: int) -> Any:
    """Write those of v that are inked side by side at `count`; return the new count."""
    lanes = 512 // bits  # a register of AVX-512; LLVM 22 splits longer ones wrongly
    part = ir.VectorType(v.type.element, lanes)
    mask = ir.VectorType(inked.type.element, lanes)
    letter = "i" if v.type.element == I32 else "f"
    name = f"llvm.experimental.vector.compress.v{lanes}{letter}{bits}"
    kind = ir.FunctionType(part, [part, mask, part])
    compress = cgutils.get_or_insert_function(builder.module, kind, name)
    for start in range(0, STEP, lanes):
        some = ir.Constant(ir.VectorType(I32, lanes), list(range(start, start + lanes)))
        mine = builder.shuffle_vector(inked, inked, some)
        taken = builder.shuffle_vector(v, v, some)
        end = builder.bitcast(builder.gep(data, [count]), part.as_pointer())
        undefined = ir.Constant(part, ir.Undefined)
        appended_at_once = builder.call(compress, [taken, mine, undefined])
        builder.store(appended_at_once, end, align=4)
        word = builder.bitcast(mine, ir.IntType(lanes))
        count = builder.add(count, builder.zext(builder.ctpop(word), count.type))
    return count


@njit(**OPTIONS)
def appended_one_by_one(
    images: Any, place: Any, first: Any, where: Any, values: Any, count: Any, scale: Any
) -> Any:
    """List which of 16 pixels are not 0, at the end of two lists.

    Args:
        images: uint8.
        place: where the pixels begin.
        first: the number of the first of them in its image.
        where: int32 gets their numbers, from `count` on.
        values: gets pixel · scale, from `count` on.
        count: how long the lists are.
        scale: of the values' type.

    Returns:
        How long the lists are then. What stands in them behind that means nothing.
    """
    if blank(images, place):
        return count
    for k in range(STEP):
        pixel = at(images, place + k)
        put(where, count, first + k)
        put(values, count, pixel * scale)
        count += pixel != 0
    return count


def _packs() -> bool:
    """Whether this LLVM knows the operation and this processor has it."""
    features = binding.get_host_cpu_features()
    return binding.llvm_version_info[0] >= 19 and bool(features.get("avx512f"))


append = appended_at_once if _packs() else appended_one_by_one
