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
        self._sending = asyncio.Lock()

    async def ask(self, kind: str, wanted: Any) -> Any:
        """Return what `Tasks` answers; None if a newer task has replaced it.

        Raises:
            Refused: too much is waiting, or it cannot be computed.
        """
        if len(self._waiting) >= MOST_WAITING:
            raise Refused(429, "too much is being computed; try again")
        number, found = next(self._numbers), asyncio.get_running_loop().create_future()
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
        self.ready |= kind in ("read", "warm")
        if reason:
            raise Refused(503 if reason == CRASHED else 422, reason)
        return answer

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
            loop.call_soon_threadsafe(self._fail)
        except RuntimeError:  # the server has ended
            pass

    def _finish(self, number: int, answer: tuple[Any, str | None]) -> None:
        found = self._waiting.get(number)
        if found and not found.done():
            found.set_result(answer)

    def _fail(self) -> None:
        """Answer all that waits for a process that has ended."""
        for number in list(self._waiting):
            self._finish(number, (None, CRASHED))
