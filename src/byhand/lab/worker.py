"""The process that computes what is heavy, so that the server answers meanwhile."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from itertools import count
from multiprocessing.connection import Connection
from typing import Any

from byhand.data.datasets import Split
from byhand.lab.security import Refused
from byhand.lab.tasks import work
from byhand.model import Model

MOST_WAITING = 16
CRASHED = "the computation has ended; try again"


class Worker:
    """A child process that is started when it is first asked, and again if it ends."""

    def __init__(self, model: Model, test: Split | None) -> None:
        self.model, self.test = model, test
        self.process: Any = None
        self.ready = False  # once something was read
        self._connection: Connection | None = None
        self._numbers = count(1)
        self._waiting: dict[int, asyncio.Future[Any]] = {}
        self._shares: dict[int, tuple[str, float]] = {}  # of long tasks: kind, done
        self._sending = asyncio.Lock()

    async def ask(self, kind: str, wanted: Any) -> Any:
        """Return what `Tasks` answers; None if a newer task has replaced it.

        Raises:
            Refused: too much is waiting, or it cannot be computed.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Refused(429, "too much is being computed; try again")
        number, found = next(self._numbers), asyncio.get_running_loop().create_future()
        self._shares[number] = of(kind, wanted), 0.0
        self._waiting[number] = found
        try:
            async with self._sending:
                connection = self._started()
                await asyncio.to_thread(connection.send, (number, kind, wanted))
            answer, reason = await found
        except OSError as error:
            raise Refused(503, CRASHED) from error
        finally:
            self._waiting.pop(number, None)
            self._shares.pop(number, None)
        self.ready |= kind in ("read", "warm")
        if reason:
            raise Refused(503 if reason == CRASHED else 422, reason)
        return answer

    def share(self, kind: str) -> float | None:
        """Return how much of the tasks of a kind is done, 0 to 1; None if none waits.

        Of several, the one that is nearest to its end.
        """
        return max((s for k, s in self._shares.values() if k == kind), default=None)

    def show(self, model: Model) -> None:
        """Answer for another model from now on; what waits for this one has no answer.

        The process ends, and the next question starts another.
        """
        self.close()
        self.model, self.process, self._connection = model, None, None
        self.ready = False

    def close(self) -> None:
        """End the process, and what waits for it."""
        if self.process is not None:
            self.process.kill()
            self.process.join()
        self._fail()

    def _started(self) -> Connection:
        """Return the connection to a process that lives."""
        if self._connection is not None and self.process.is_alive():
            return self._connection
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=work, args=(theirs, self.model, self.test), daemon=True
        )
        process.start()
        self.process = process
        theirs.close()
        self._connection = ours
        loop = asyncio.get_running_loop()
        threading.Thread(target=self._receive, args=[ours, loop], daemon=True).start()
        return ours

    def _receive(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over what the process answers, until it ends."""
        try:
            while True:
                number, found, error = connection.recv()
                loop.call_soon_threadsafe(self._finish, number, (found, error))
        except (EOFError, OSError):
            connection.close()
        try:
            loop.call_soon_threadsafe(self._lost, connection)
        except RuntimeError:  # the server has ended
            pass

    def _finish(self, number: int, answer: tuple[Any, str | None]) -> None:
        found = self._waiting.get(number)
        if isinstance(answer[0], float):
            if number in self._shares:
                self._shares[number] = self._shares[number][0], answer[0]
            return
        if found and not found.done():
            found.set_result(answer)

    def _lost(self, connection: Connection) -> None:
        """Take in that a process has ended, unless another has its place."""
        if connection is self._connection:
            self._fail()

    def _fail(self) -> None:
        """Answer all that waits for a process that has ended."""
        for number in list(self._waiting):
            self._finish(number, (None, CRASHED))


def of(kind: str, wanted: Any) -> str:
    """Return what a task is called: what it finds, where it is one of the results."""
    return str(wanted["of"]) if kind == "result" else kind
