"""Threads: how many this process may use, and BLAS held to one while ours work."""

from __future__ import annotations

import os
import threading
from typing import Any

from threadpoolctl import ThreadpoolController


def available_threads() -> int:
    """Return how many processors this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


class OneBlasThread:
    """Holds BLAS to one thread while at least one of its users is inside.

    The number of BLAS threads belongs to the whole process. If each user set and
    restored it, the last of several that overlap would restore the limit of another;
    so they are counted: the first in sets the limit, the last out restores it.
    """

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.users = 0
        self.controller: ThreadpoolController | None = None
        self.limit: Any = None

    def __enter__(self) -> None:
        with self.lock:
            if not self.users:
                # to find the libraries takes milliseconds, so they are kept
                self.controller = self.controller or ThreadpoolController()
                self.limit = self.controller.limit(limits=1, user_api="blas")
            self.users += 1

    def __exit__(self, *_: object) -> None:
        with self.lock:
            self.users -= 1
            if not self.users:
                self.limit.restore_original_limits()


one_blas_thread = OneBlasThread()  # the one of this process
