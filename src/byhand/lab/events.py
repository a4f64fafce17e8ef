"""Streams of events, one a page: results that come later than their question."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from fastapi.sse import ServerSentEvent

from byhand.lab.answers import Answer
from byhand.lab.security import Refused

MOST_STREAMS = 32
MOST_WAITING = 16  # events that a page has not taken; older ones are dropped


class Events:
    """The streams that are open, and the pages that they go to."""

    def __init__(self) -> None:
        self._open: list[tuple[int, asyncio.Queue[ServerSentEvent | None]]] = []

    def __len__(self) -> int:
        return len(self._open)

    @property
    def pages(self) -> set[int]:
        """The pages that have a stream."""
        return {page for page, _ in self._open}

    def send(self, page: int, name: str, found: Answer) -> None:
        """Send an event to a page."""
        event = ServerSentEvent(data=found.model_dump(), event=name)
        for other, waiting in self._open:
            if other == page:
                _put(waiting, event)

    async def stream(
        self, page: int
    ) -> AsyncIterator[asyncio.Queue[ServerSentEvent | None]]:
        """Give what a page's events come through; None is the end.

        Raises:
            Refused: too many are open.
        """
        if len(self._open) >= MOST_STREAMS:
            raise Refused(429, f"expected at most {MOST_STREAMS} pages at once")
        entry = page, asyncio.Queue[ServerSentEvent | None](MOST_WAITING)
        self._open.append(entry)
        try:
            yield entry[1]
        finally:
            self._open.remove(entry)

    def close(self) -> None:
        """End all streams."""
        for _, waiting in self._open:
            _put(waiting, None)


def _put(
    waiting: asyncio.Queue[ServerSentEvent | None], event: ServerSentEvent | None
) -> None:
    """Add an event; where nobody takes them, drop the oldest."""
    if waiting.full():
        waiting.get_nowait()
    waiting.put_nowait(event)
