"""Threads that run recorded passes and meet in compiled code, without Python's lock.

To wake a sleeping thread takes 50 to 150 µs, and then it waits for the lock: too long
for a step of 2 ms. So between steps a thread goes on asking for a while whether there
is more to do; then it sleeps, and costs nothing.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from llvmlite import binding, ir
from numba import njit, types
from numba.core import cgutils
from numba.extending import intrinsic

from byhand.errors import ByhandError
from byhand.kernels.compiled import OPTIONS
from byhand.kernels.lanes import at
from byhand.kernels.tape import Tape

WORD, STATUS = ir.IntType(64), ir.IntType(32)
LINE = 8  # words of a cache line: what two threads write stands on different ones
# places in the shared memory: the number of the round, where the tapes' addresses are
# and how many, whether one failed; and for each thread its state and its last round
ROUND, TAPES, COUNT, FAILED, FIRST = 0, LINE, LINE + 1, LINE + 2, 2 * LINE
ASLEEP, AWAKE = 0, 1  # states of a thread
MOST = 62  # threads: a word has a bit for each
PATIENCE = 20_000  # questions before a thread goes to sleep: about half a millisecond
PAUSES = ("x86_64", "i686", "amd64")  # architectures with the instruction "pause"


@intrinsic
def load_atomic(typing: Any, array: Any, index: Any) -> Any:
    """Return array.flat[index] as other threads left it."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(array)(context, builder, args[0]).data
        return builder.load_atomic(builder.gep(data, [args[1]]), "seq_cst", 8)

    return types.int64(array, types.intp), generate


@intrinsic
def store_atomic(typing: Any, array: Any, index: Any, value: Any) -> Any:
    """Set array.flat[index] for other threads to see."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(array)(context, builder, args[0]).data
        builder.store_atomic(args[2], builder.gep(data, [args[1]]), "seq_cst", 8)
        return context.get_dummy_value()

    return types.void(array, types.intp, types.int64), generate


@intrinsic
def exchange(typing: Any, array: Any, index: Any, expected: Any, value: Any) -> Any:
    """Set array.flat[index] to value if it is as expected; return whether it was."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        data = context.make_array(array)(context, builder, args[0]).data
        place = builder.gep(data, [args[1]])
        found = builder.cmpxchg(place, args[2], args[3], "seq_cst", "seq_cst")
        return builder.extract_value(found, 1)

    return types.boolean(array, types.intp, types.int64, types.int64), generate


@intrinsic
def pause(typing: Any) -> Any:
    """Tell the processor that this thread only waits."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        if binding.get_process_triple().partition("-")[0] in PAUSES:
            nothing = ir.FunctionType(ir.VoidType(), [])
            name = "llvm.x86.sse2.pause"
            builder.call(
                cgutils.get_or_insert_function(builder.module, nothing, name), []
            )
        return context.get_dummy_value()

    return types.void(), generate


@intrinsic
def word_at(typing: Any, address: Any, index: Any) -> Any:
    """Return word `index` of those that begin at an address."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        words = builder.inttoptr(args[0], WORD.as_pointer())
        return builder.load(builder.gep(words, [args[1]]))

    return types.int64(types.int64, types.intp), generate


@intrinsic
def call(typing: Any, address: Any) -> Any:
    """Call a tape's machine code; return its status."""

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        kind = ir.FunctionType(STATUS, []).as_pointer()
        status = builder.call(builder.inttoptr(args[0], kind), [])
        return builder.sext(status, WORD)

    return types.int64(types.int64), generate


@njit(**OPTIONS)
def share(cells: Any, first: Any, step: Any) -> None:
    """Call every `step`-th tape, from number `first` on."""
    for k in range(first, at(cells, COUNT), step):
        if call(word_at(at(cells, TAPES), k)) != 0:
            store_atomic(cells, FAILED, 1)


@njit(**OPTIONS)
def serve(cells: Any, number: Any, threads: Any) -> None:
    """Work as thread `number` until there is nothing to do for a while."""
    mine = FIRST + number * LINE
    done = load_atomic(cells, mine + 1)
    while True:
        asked = 0
        while load_atomic(cells, ROUND) == done and asked < PATIENCE:
            pause()
            asked += 1
        if load_atomic(cells, ROUND) == done:
            store_atomic(cells, mine, ASLEEP)
            # a round may begin just now: whoever changes the state first has noticed
            if load_atomic(cells, ROUND) == done:
                return
            if not exchange(cells, mine, ASLEEP, AWAKE):
                return  # the other has, and wakes this thread
        done = load_atomic(cells, ROUND)
        share(cells, number, threads)
        store_atomic(cells, mine + 1, done)


@njit(**OPTIONS)
def done_by_all(cells: Any, threads: Any) -> Any:
    """Return whether all other threads have done the round; asks for a while."""
    now = load_atomic(cells, ROUND)
    for number in range(1, threads):
        asked = 0
        while load_atomic(cells, FIRST + number * LINE + 1) != now:
            pause()
            asked += 1
            if asked > PATIENCE:
                return False
    return True


@njit(**OPTIONS)
def work(cells: Any, threads: Any) -> Any:
    """Do thread 0's share; return whether the others have done theirs."""
    share(cells, 0, threads)
    return done_by_all(cells, threads)


@njit(**OPTIONS)
def begin(cells: Any, threads: Any) -> Any:
    """Begin a round; return a bit for each thread that sleeps."""
    store_atomic(cells, ROUND, load_atomic(cells, ROUND) + 1)
    asleep = 0
    for number in range(1, threads):
        if exchange(cells, FIRST + number * LINE, ASLEEP, AWAKE):
            asleep |= 1 << number
    return asleep


class Team:
    """This thread and `threads` - 1 more, for `run`; to be closed after use."""

    def __init__(self, threads: int) -> None:
        self.threads = min(threads, MOST)
        self.cells = np.zeros(FIRST + self.threads * LINE, np.int64)
        self.bells = [threading.Semaphore(0) for _ in range(self.threads)]
        self.closing = False
        self.others = [
            threading.Thread(target=self._serve, args=(number,), daemon=True)
            for number in range(1, self.threads)
        ]
        for other in self.others:
            other.start()

    def __repr__(self) -> str:
        return f"Team({self.threads} threads)"

    def _serve(self, number: int) -> None:
        while True:
            self.bells[number].acquire()
            if self.closing:
                return
            serve(self.cells, number, self.threads)

    def run(self, tapes: Sequence[Tape]) -> None:
        """Replay tapes, each by one thread; return when all are done.

        Raises:
            ByhandError: a kernel failed.
        """
        addresses = np.array([tape.address for tape in tapes], np.int64)
        self.cells[TAPES], self.cells[COUNT] = addresses.ctypes.data, len(addresses)
        asleep = begin(self.cells, self.threads)
        for number in range(1, self.threads if asleep else 0):
            if asleep >> number & 1:
                self.bells[number].release()
        done = work(self.cells, self.threads)
        while not done:
            time.sleep(0)
            done = done_by_all(self.cells, self.threads)
        if self.cells[FAILED]:
            raise ByhandError("kernels: a recorded call failed")

    def close(self) -> None:
        """End the other threads."""
        self.closing = True
        for bell in self.bells:
            bell.release()
        for other in self.others:
            other.join()
