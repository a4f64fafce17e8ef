"""Threads: how many this process may use, and BLAS held to one while ours work."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from threadpoolctl import ThreadpoolController

Item = TypeVar("Item")
Found = TypeVar("Found")


def available_threads() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def spread(
    pool: ThreadPoolExecutor,
    threads: int,
    function: Callable[[Item], Found],
    items: Sequence[Item],
) -> list[Found]:
    """Return function(item) of each, in order, on `threads` threads.

    This thread takes its share of the items and each other thread one share: to wake a
    thread takes as long as a small item.
    """
    found: list[Any] = [None] * len(items)

    def share(first: int) -> None:
        for number in range(first, len(items), threads):
            found[number] = function(items[number])

    shares = range(1, min(threads, len(items)))
    others = [pool.submit(share, first) for first in shares]
    share(0)
    for other in others:
        other.result()
    return found


class OneBlasThread:
    """Holds BLAS to one thread while at least one of its users is inside.

    The number of BLAS threads belongs to the whole process. If each user set and
    restored it, the last of several that overlap would restore the limit of another;
    so they are counted: the first in sets the limit, the last out restores it.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.controller: Any = None  # a ThreadpoolController, once it is needed
        self.modules = 0  # imported when the controller found its libraries
        self.limit: Any = None

    def __enter__(self) -> None:
        with self.lock:
            if not self.users:
                self._find_libraries()
                self._release()
                self.limit = self.controller.limit(limits=1, user_api="blas")
                self._release()
            self.users += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.users -= 1
            if not self.users:
                self._release()
                self.limit.restore_original_limits()
                self._release()

    def _find_libraries(self) -> None:
        """Find the BLAS libraries again if modules that may bring one were imported.

        It takes milliseconds, too long for each call of a `Predictor`.
        """
        if self.controller is None or self.modules != len(sys.modules):
            self.controller, self.modules = ThreadpoolController(), len(sys.modules)

    def _release(self) -> None:
        """Let any thread set the limit: the last out need not be the first in.

        threadpoolctl lets only one thread do so from version 3.8 on; what others ask
        for is silently ignored.
        """
        for library in self.controller.lib_controllers:
            clear = getattr(library, "clear_controlling_thread", None)
            if clear:
                clear(force=True)


one_blas_thread = OneBlasThread()  # the one of this process
