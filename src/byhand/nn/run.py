"""What a pass through a network is given: purpose, chance, scratch memory."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import DTypeLike, NDArray

from byhand.errors import ShapeError
from byhand.types import Array, Shape

Draw: TypeAlias = Callable[[np.random.Generator], None]


class Arena:
    """One thread's scratch memory: request k of a pass gets buffer k again.

    What a pass wrote stays valid until the arena is rewound, at the next forward pass.
    """

    def __init__(self) -> None:
        self.buffers: list[NDArray[np.uint8]] = []
        self.arrays: list[Array] = []  # what each buffer was handed out as
        self.taken = 0
        self.rewinds = 0  # so that a cache can know whether it is still valid

    def __repr__(self) -> str:
        size = sum(buffer.size for buffer in self.buffers)
        return f"Arena({len(self.buffers)} buffers, {size:,} bytes)"

    def rewind(self) -> None:
        """Start handing out the buffers from the first again."""
        self.taken = 0
        self.rewinds += 1

    def empty(self, shape: Shape, dtype: DTypeLike) -> Array:
        """Return an array of that shape with anything in it."""
        number = self.taken
        self.taken += 1
        if number < len(self.arrays):
            array = self.arrays[number]
            if array.shape == shape and array.dtype == dtype:
                return array  # as in the pass before: nearly always
        size = math.prod(shape) * np.dtype(dtype).itemsize
        if number == len(self.buffers):
            self.buffers.append(aligned(size))
            self.arrays.append(self.buffers[number])
        elif self.buffers[number].size < size:
            self.buffers[number] = aligned(size)
        array = self.buffers[number][:size].view(dtype).reshape(shape)
        self.arrays[number] = array
        return array


def aligned(size: int) -> NDArray[np.uint8]:
    """Return that many bytes, beginning on a cache line of 64.

    NumPy begins anywhere; then every load of a full register would touch two lines.
    """
    raw = np.empty(size + 64, np.uint8)
    start = -raw.ctypes.data % 64
    return raw[start : start + size]


def call(kernel: Callable[..., None], *args: Any) -> None:
    """Call a kernel."""
    kernel(*args)


@dataclass
class Run:
    """What is particular to one pass through the network.

    Attributes:
        training: whether dropout drops and batch norm measures.
        rng: the randomness of this pass; needed by dropout while training.
        arena: scratch memory to reuse; None allocates new arrays.
        gradients: whether `backward` may follow. Without, layers may keep less, and
            `Network.forward` returns no caches.
        launch: calls a kernel with arrays, integers and tuples of integers; a
            `kernels.tape.Tape` records the call as well. What a stage does otherwise,
            in NumPy, is not recorded.
        draws: what `draw` was given, so that it can be drawn again before a replay.
        frozen: what passes before made of parameters alone, if these never change; it
            is filled. None makes it anew in each pass.
    """

    training: bool = False
    rng: np.random.Generator | None = None
    arena: Arena | None = None
    gradients: bool = True
    launch: Callable[..., None] = field(default=call, repr=False)
    draws: list[Draw] = field(default_factory=list, repr=False)
    frozen: dict[Any, Array] | None = field(default=None, repr=False)

    def of_params(self, key: Any, make: Callable[[Run], Array]) -> Array:
        """Return what is made of parameters alone, by a name that no other has."""
        if self.frozen is None:
            return make(self)
        if key not in self.frozen:
            self.frozen[key] = make(Run())
        return self.frozen[key]

    def draw(self, fill: Draw) -> None:
        """Have chance written into arrays that kernels then read.

        Raises:
            ShapeError: there is no generator.
        """
        if self.rng is None:
            raise ShapeError(
                "dropout: expected a generator while training, got none; "
                "try Run(training=True, rng=...)"
            )
        fill(self.rng)
        self.draws.append(fill)

    def empty(self, shape: Shape, dtype: DTypeLike) -> Array:
        """Return an uninitialised array, from the arena if there is one."""
        return self.arena.empty(shape, dtype) if self.arena else np.empty(shape, dtype)
