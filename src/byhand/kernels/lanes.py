"""Runs of numbers held in vector registers, for use inside compiled kernels.

LLVM's own vectoriser keeps no block of sums in registers; these functions say it
directly. A run of n numbers becomes vectors as long as the target's registers, and one
of half of that if n asks for it. n is a multiple of 8, known when compiling; numbers
are float32 or float64, as the arrays are.

    v = load(n, a, i)               a.flat[i : i + n]
    store(a, i, v)                  the reverse
    v = load_rows(r, n, a, i, step) r such runs, each `step` further on
    store_rows(a, i, step, v)       the reverse
    v = splat(n, s)                 the same number n times
    v = splat_rows(r, n, s)         the same number in r runs
    v = add(u, v)
    v = subtract(u, v)
    v = maximum(u, v)
    v = pick(u, v, c, d)            c where u > v, else d
    s = at(a, i)                    a.flat[i], i not negative
    put(a, i, s)                    a.flat[i] = s, i not negative

`products` has what multiplies and adds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from llvmlite import ir
from numba import types
from numba.extending import intrinsic, models, register_model

from byhand.kernels.target import TARGET

I32 = ir.IntType(32)
NUMBERS = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}
Generate = Callable[[Any, Any, Any, Any], Any]


class Lanes(types.Type):
    """The type of a block of `rows` runs of n numbers in registers."""

    def __init__(self, rows: int, n: int, dtype: Any) -> None:
        self.rows, self.n, self.dtype = rows, n, dtype
        width = TARGET.lanes * 32 // dtype.bitwidth
        row = [width] * (n // width) + [n % width] * (n % width > 0)
        self.widths = row * rows
        self.places = [(r, width * i) for r in range(rows) for i in range(len(row))]
        super().__init__(name=f"Lanes({rows}x{n} {dtype})")

    @property
    def struct(self) -> Any:
        """LLVM's type: one struct of all vectors."""
        number = NUMBERS[self.dtype]
        return ir.LiteralStructType([ir.VectorType(number, w) for w in self.widths])


@register_model(Lanes)
class LanesModel(models.PrimitiveModel):
    """How Numba passes such a value: as the struct itself."""

    def __init__(self, manager: Any, lanes: Lanes) -> None:
        super().__init__(manager, lanes, lanes.struct)


def join(builder: Any, struct: Any, parts: Any) -> Any:
    """Return the vectors in one struct."""
    value = ir.Constant(struct, ir.Undefined)
    for i, part in enumerate(parts):
        value = builder.insert_value(value, part, i)
    return value


def split(builder: Any, value: Any) -> list[Any]:
    """Return the vectors of a struct."""
    count = len(value.type.elements)
    return [builder.extract_value(value, i) for i in range(count)]


def _each(function: Callable[..., Any]) -> Generate:
    """Return a generator that applies `function` vector by vector."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vectors = zip(*(split(builder, value) for value in args), strict=True)
        parts = [function(builder, *row) for row in vectors]
        return join(builder, args[0].type, parts)

    return generate


def addresses(
    context: Any, builder: Any, lanes: Lanes, array: Any, values: tuple[Any, Any, Any]
) -> Iterator[Any]:
    """Give where in the array each vector of the block stands."""
    data = context.make_array(array)(context, builder, values[0]).data
    index, step = values[1], values[2]
    for (row, start), width in zip(lanes.places, lanes.widths, strict=True):
        begin = builder.add(index, builder.mul(step, ir.Constant(index.type, row)))
        pointer = builder.gep(data, [begin])
        pointer = builder.gep(pointer, [ir.Constant(index.type, start)])
        vector = ir.VectorType(NUMBERS[lanes.dtype], width)
        yield builder.bitcast(pointer, vector.as_pointer())


def filled(builder: Any, number: Any, width: int) -> Any:
    """Return a vector of `width` times the same number."""
    vector = ir.VectorType(number.type, width)
    undefined = ir.Constant(vector, ir.Undefined)
    first = builder.insert_element(undefined, number, I32(0))
    zeros = ir.Constant(ir.VectorType(I32, width), [0] * width)
    return builder.shuffle_vector(first, undefined, zeros)


def _loading(lanes: Lanes, array: Any, place: Callable[[Any], Any]) -> Generate:
    """Return a generator that reads vectors from an array, at a place in it."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointers = addresses(context, builder, lanes, array, place(args))
        parts = [builder.load(p, align=array.dtype.bitwidth // 8) for p in pointers]
        return join(builder, lanes.struct, parts)

    return generate


def _storing(lanes: Lanes, array: Any, place: Callable[[Any], Any]) -> Generate:
    """Return a generator that writes what `_loading` would read, its last argument."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        pointers = addresses(context, builder, lanes, array, place(args))
        for pointer, part in zip(pointers, split(builder, args[-1]), strict=True):
            builder.store(part, pointer, align=array.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return generate


@intrinsic(prefer_literal=True)
def load_rows(typing: Any, rows: Any, n: Any, array: Any, index: Any, step: Any) -> Any:
    """Return `rows` runs of n numbers, each `step` further on in the array."""
    lanes = Lanes(rows.literal_value, n.literal_value, array.dtype)
    generate = _loading(lanes, array, lambda args: args[2:])
    return lanes(rows, n, array, types.intp, types.intp), generate


@intrinsic
def store_rows(typing: Any, array: Any, index: Any, step: Any, lanes: Any) -> Any:
    """Write what `load_rows` would have read."""
    generate = _storing(lanes, array, lambda args: args[:3])
    return types.void(array, types.intp, types.intp, lanes), generate


@intrinsic(prefer_literal=True)
def load(typing: Any, n: Any, array: Any, index: Any) -> Any:
    """Return n numbers from the array."""
    lanes = Lanes(1, n.literal_value, array.dtype)
    generate = _loading(lanes, array, lambda args: (*args[1:], args[2]))
    return lanes(n, array, types.intp), generate


@intrinsic
def store(typing: Any, array: Any, index: Any, lanes: Any) -> Any:
    """Write n numbers into the array."""
    generate = _storing(lanes, array, lambda args: (*args[:2], args[1]))
    return types.void(array, types.intp, lanes), generate


@intrinsic(prefer_literal=True)
def splat(typing: Any, n: Any, number: Any) -> Any:
    """Return the same number n times."""
    lanes = Lanes(1, n.literal_value, number)
    return lanes(n, number), _splatting(lanes)


def _splatting(lanes: Lanes) -> Generate:
    """Return a generator that repeats a number, its last argument."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        parts = [filled(builder, args[-1], width) for width in lanes.widths]
        return join(builder, lanes.struct, parts)

    return generate


@intrinsic(prefer_literal=True)
def splat_rows(typing: Any, rows: Any, n: Any, number: Any) -> Any:
    """Return `rows` runs of the same number n times."""
    lanes = Lanes(rows.literal_value, n.literal_value, number)
    return lanes(rows, n, number), _splatting(lanes)


@intrinsic
def add(typing: Any, u: Any, v: Any) -> Any:
    """Return u + v."""
    return u(u, u), _each(lambda builder, a, b: builder.fadd(a, b))


@intrinsic
def subtract(typing: Any, u: Any, v: Any) -> Any:
    """Return u - v."""
    return u(u, u), _each(lambda builder, a, b: builder.fsub(a, b))


@intrinsic
def maximum(typing: Any, u: Any, v: Any) -> Any:
    """Return the larger of each two numbers."""
    return u(u, u), _each(
        lambda builder, a, b: builder.select(builder.fcmp_ordered(">", a, b), a, b)
    )


@intrinsic
def pick(typing: Any, u: Any, v: Any, c: Any, d: Any) -> Any:
    """Return c where u > v, else d."""
    return u(u, u, u, u), _each(
        lambda builder, a, b, yes, no: builder.select(
            builder.fcmp_ordered(">", a, b), yes, no
        )
    )


@intrinsic
def at(typing: Any, array: Any, index: Any) -> Any:
    """Return array.flat[index], without the check for a negative index."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(array)(context, builder, args[0]).data
        return builder.load(builder.gep(data, [args[1]]))

    return array.dtype(array, types.intp), generate


@intrinsic
def put(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """Set array.flat[index], without the check for a negative index."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(array)(context, builder, args[0]).data
        builder.store(args[2], builder.gep(data, [args[1]]))
        return context.get_dummy_value()

    return types.void(array, types.intp, array.dtype), generate
