"""The process of a run, as the server holds it: started, asked, heard, ended."""

from __future__ import annotations

import asyncio
import multiprocessing
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection
from typing import Any

from byhand.lab.run_child import Order, carry_out

SECONDS = 1.0  # for a run to save itself when the server ends


class RunProcess:
    """A child process that carries out one run.

    Args:
        order: what to carry out.
        on_news: called in the server's loop with each dict that the child sends.
        on_end: called there once the child has ended, however it did.
    """

    def __init__(
        self,
        order: Order,
        on_news: Callable[[dict[str, Any]], None],
        on_end: Callable[[], None],
    ) -> None:
        self.order, self.on_news, self.on_end = order, on_news, on_end
        self.process: Any = None
        self._connection: Connection | None = None
        self._waiting: list[tuple[str, Any]] = []

    async def start(self) -> None:
        """Start the child, in another thread: to hand it the data takes a moment."""
        loop = asyncio.get_running_loop()
        await asyncio.to_thread(self._start, loop)

    def ask(self, kind: str, value: Any) -> None:
        """Send a message, as `run_child` has them; one that has ended hears nothing."""
        if self._connection is None:
            self._waiting.append((kind, value))
        else:
            with suppress(OSError):
                self._connection.send((kind, value))

    def close(self) -> None:
        """Have it save itself and end; kill it if that takes long."""
        self.ask("do", "stop")
        if self.process is not None:
            self.process.join(SECONDS)
            self.process.kill()
            self.process.join()

    def _start(self, loop: asyncio.AbstractEventLoop) -> None:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(
            target=carry_out, args=(theirs, self.order), daemon=True
        )
        process.start()
        theirs.close()
        self.process, self._connection = process, ours
        for message in self._waiting:
            self.ask(*message)
        threading.Thread(target=self._hear, args=[ours, loop], daemon=True).start()

    def _hear(self, connection: Connection, loop: asyncio.AbstractEventLoop) -> None:
        """Hand over what the child sends, until it ends."""
        with suppress(RuntimeError):  # the server's loop has ended
            try:
                while True:
                    loop.call_soon_threadsafe(self.on_news, connection.recv())
            except (EOFError, OSError):
                self.process.join()
                loop.call_soon_threadsafe(self.on_end)
