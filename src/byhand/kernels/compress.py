"""Picking out what is not 0 from a row of pixels, many at a time.

Processors with AVX-512 have an instruction that packs chosen numbers of a register side
by side: sixteen pixels at a time. Elsewhere a table has the numbers of the pixels in
each choice of eight.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import I32, NUMBERS, at, filled, put
from byhand.kernels.target import TARGET

STEP = 16  # pixels a call; a list has room for as many past its end
BYTE = ir.IntType(8)
CHOICES = np.arange(256)[:, None] >> np.arange(8) & 1  # (256, 8)
TABLE = np.argsort(1 - CHOICES, axis=1, kind="stable").astype(np.uint8).reshape(-1)
COUNTS = CHOICES.sum(axis=1).astype(np.int64)


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
def inked(typing: Any, images: Any, place: Any) -> Any:
    """Return a bit for each of eight pixels from `place` on: whether it is not 0."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = _data(context, builder, images, args[0])
        eight = ir.VectorType(BYTE, 8)
        pointer = builder.bitcast(builder.gep(data, [args[1]]), eight.as_pointer())
        x = builder.load(pointer, align=1)
        marks = builder.icmp_unsigned("!=", x, ir.Constant(eight, [0] * 8))
        return builder.zext(builder.bitcast(marks, BYTE), ir.IntType(64))

    return types.int64(images, types.intp), generate


@intrinsic
def append_numbers(
    typing: Any, table: Any, byte: Any, first: Any, where: Any, count: Any
) -> Any:
    """Write `first` + each of a byte's eight entries of the table at `count`."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        table_, byte, first, where_, count = args
        eight = ir.VectorType(BYTE, 8), ir.VectorType(I32, 8)
        row = builder.mul(byte, byte.type(8))
        row = builder.gep(_data(context, builder, table, table_), [row])
        steps = builder.load(builder.bitcast(row, eight[0].as_pointer()), align=1)
        d = filled(builder, builder.trunc(first, I32), 8)
        d = builder.add(d, builder.zext(steps, eight[1]))
        end = builder.gep(_data(context, builder, where, where_), [count])
        builder.store(d, builder.bitcast(end, eight[1].as_pointer()), align=4)
        return context.get_dummy_value()

    return types.void(table, types.int64, types.intp, where, types.intp), generate


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
    """List which of sixteen pixels are not 0, with LLVM's vector.compress."""
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
def listed_at_once(
    images: Any, place: Any, size: Any, where: Any, values: Any, count: Any, scale: Any
) -> Any:
    """List which pixels of an image are not 0, at the end of two lists.

    Args:
        images: uint8.
        place: where the image begins.
        size: how many pixels there are, a multiple of STEP.
        where: int32 gets their numbers, 0 to size - 1, from `count` on.
        values: gets pixel · scale, from `count` on.
        count: how long the lists are.
        scale: of the values' type.

    Returns:
        How long the lists are then. What stands in them behind that means nothing.
    """
    for d in range(0, size, STEP):
        count = appended_at_once(images, place + d, d, where, values, count, scale)
    return count


@njit(**OPTIONS)
def listed_by_table(
    images: Any, place: Any, size: Any, where: Any, values: Any, count: Any, scale: Any
) -> Any:
    """Do what `listed_at_once` does, eight pixels at a time."""
    start = count
    for d in range(0, size, 8):
        byte = inked(images, place + d)
        append_numbers(TABLE, byte, d, where, count)
        count += at(COUNTS, byte)
    for k in range(start, count):
        put(values, k, at(images, place + at(where, k)) * scale)
    return count


def _packs() -> bool:
    """Whether this LLVM knows the operation and the target has it."""
    return binding.llvm_version_info[0] >= 19 and TARGET.compress


listed = listed_at_once if _packs() else listed_by_table
