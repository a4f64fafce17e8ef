"""Calls of kernels, recorded once and replayed as one call of machine code.

Between two kernels Python works out sizes and looks up memory, and holds its lock. A
pass over as many images does all of that again with the same result. So the first pass
records each kernel with what it was given, as CUDA graphs do, and later passes replay
the record: a function that calls one kernel after another, without Python's lock.

What may change between replays is what stands in the arrays, nothing else: a recorded
array is that very memory, a recorded integer that very number.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np
from llvmlite import binding, ir
from numba import typeof
from numba.core.registry import cpu_target

from byhand.errors import ByhandError, ShapeError

WORD = ir.IntType(64)  # all that kernels take comes to words: addresses and integers
STATUS = ir.IntType(32)  # what a kernel returns, 0 if all is well


class Tape:
    """Recorded calls of kernels. Not for two threads at once: its memory is shared."""

    def __init__(self) -> None:
        self.calls: list[tuple[int, list[int]]] = []  # a kernel's address, its words
        self.held: list[Any] = []  # kernels and arrays, which must stay where they are
        self.compiled: Compiled | None = None

    def __repr__(self) -> str:
        return f"Tape({len(self.calls)} calls)"

    def __call__(self, kernel: Any, *args: Any) -> None:
        """Call a kernel, and record the call.

        Args:
            kernel: compiled by Numba, without a result.
            args: arrays, integers and tuples of integers.

        Raises:
            ShapeError: an argument of another type.
        """
        kernel(*args)
        found = kernel.overloads[tuple(typeof(a) for a in args)]
        words = [word for a in args for word in _words(a)]
        address = found.library.get_pointer_to_function(found.fndesc.llvm_func_name)
        _check(found, len(words))
        self.calls.append((address, words))
        self.held.append((kernel, args))
        self.compiled = None

    @property
    def address(self) -> int:
        """Where the machine code is that makes all calls again, in order.

        It is a C function without arguments, which returns 0 if all is well.
        """
        return (self.compiled or self._compile()).address

    def _compile(self) -> Compiled:
        self.compiled = _compiled(self.calls)
        return self.compiled

    def replay(self) -> None:
        """Call all kernels again, in order, on the same memory.

        Raises:
            ByhandError: one of them failed.
        """
        compiled = self.compiled or self._compile()
        if compiled.call():  # releases Python's lock
            raise ByhandError("kernels: a recorded call failed")


class Compiled(NamedTuple):
    """Machine code, and what keeps it in memory."""

    engine: Any
    address: int
    call: Callable[[], int]


def _words(argument: Any) -> Iterator[int]:
    """Give the words that Numba passes for an argument, as its calling convention has.

    An array is the owner of its memory and the object it belongs to (here none), how
    many numbers it has, of what size, where they begin, its shape and its strides.
    """
    if isinstance(argument, np.ndarray):
        yield from (0, 0, argument.size, argument.itemsize, argument.ctypes.data)
        yield from (*argument.shape, *argument.strides)
    elif isinstance(argument, tuple):
        for item in argument:
            yield from _words(item)
    elif isinstance(argument, int | np.int64) and not isinstance(argument, bool):
        yield int(argument)
    else:
        raise ShapeError(
            "kernel: expected arrays, integers and tuples of integers, got "
            f"{type(argument).__name__}"
        )


def _check(found: Any, count: int) -> None:
    """Raise ShapeError unless a kernel takes that many words, and nothing else."""
    packer = cpu_target.target_context.get_arg_packer(found.fndesc.argtypes)
    taken = [t for t in packer.argument_types if isinstance(t, ir.PointerType)]
    taken += [t for t in packer.argument_types if t == WORD]
    if not len(taken) == len(packer.argument_types) == count:
        raise ShapeError(f"kernel: expected {count} words, got {packer.argument_types}")


def _compiled(calls: list[tuple[int, list[int]]]) -> Compiled:
    """Return machine code that makes these calls."""
    module = ir.Module()
    module.triple = binding.get_process_triple()
    replay = ir.Function(module, ir.FunctionType(STATUS, []), "replay")
    builder = ir.IRBuilder(replay.append_basic_block())
    # where a kernel would put its result and its exception: no kernel has either
    unused = [
        builder.ptrtoint(builder.alloca(WORD), WORD) for _ in ("result", "exception")
    ]
    status: Any = STATUS(0)
    for address, words in calls:
        taken = [WORD] * (len(unused) + len(words))
        kind = ir.FunctionType(STATUS, taken).as_pointer()
        kernel = builder.inttoptr(WORD(address), kind)
        failed = builder.call(kernel, [*unused, *(WORD(word) for word in words)])
        status = builder.or_(status, failed)
    builder.ret(status)
    machine = binding.Target.from_default_triple().create_target_machine(opt=0)
    engine = binding.create_mcjit_compiler(binding.parse_assembly(str(module)), machine)
    engine.finalize_object()
    address = engine.get_function_address("replay")
    return Compiled(engine, address, ctypes.CFUNCTYPE(ctypes.c_int)(address))
