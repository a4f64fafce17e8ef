"""Examples of a training drawn by processes ahead of its steps.

Python's lock would let threads draw one example at a time, and no step meanwhile.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable
from concurrent.futures import Future, ProcessPoolExecutor
from typing import Any, Generic, TypeVar

Drawn = TypeVar("Drawn")


class Drawing(Generic[Drawn]):
    """Processes that draw example number n, and those behind it meanwhile.

    Args:
        draw: returns the example of a number; it is pickled.
        processes: how many.
        ahead: examples that are begun at once.
    """

    def __init__(
        self, draw: Callable[[int], Drawn], processes: int = 2, ahead: int = 16
    ) -> None:
        self.ahead = ahead
        context = multiprocessing.get_context("spawn")  # forks would copy our locks
        self.pool = ProcessPoolExecutor(processes, context, _have, (draw,))
        self.coming: dict[int, Future[Drawn]] = {}
        self.next = 0  # all before it were begun, or are drawn only when asked for

    def __enter__(self) -> Drawing[Drawn]:
        return self

    def __exit__(self, *_: object) -> None:
        self.pool.shutdown(cancel_futures=True)

    def __call__(self, number: int) -> Drawn:
        """Return an example; those behind it are begun, each once."""
        for n in range(max(number, self.next), number + self.ahead):
            self.coming[n] = self.pool.submit(_draw, n)
        self.next = max(self.next, number + self.ahead)
        again = number not in self.coming
        coming = self.pool.submit(_draw, number) if again else self.coming.pop(number)
        return coming.result()


_drawer: list[Callable[[int], Any]] = []  # of a process that draws


def _have(draw: Callable[[int], Any]) -> None:
    _drawer[:] = [draw]


def _draw(number: int) -> Any:
    return _drawer[0](number)
