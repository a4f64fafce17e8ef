"""The server: its port, its start and its end.

Streams of events would keep uvicorn from ending; they are closed first.
"""

from __future__ import annotations

import socket
from collections.abc import Callable

import uvicorn
from starlette.types import ASGIApp

from byhand.errors import ByhandError

PORT = 8400  # unless it is taken; strokes are kept by address, port included
SECONDS = 2  # for answers to end once the server does
CONNECTIONS = 256


class Server(uvicorn.Server):
    """A uvicorn server that says when it is up, and ends its streams when it ends."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        on_start: Callable[[], None] = lambda: None,
        on_end: Callable[[], None] = lambda: None,
    ) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                loop="asyncio",
                http="h11",
                ws="none",
                proxy_headers=False,
                server_header=False,
                access_log=False,
                log_config=None,
                log_level="error",
                limit_concurrency=CONNECTIONS,
                timeout_graceful_shutdown=SECONDS,
            )
        )
        self.on_start, self.on_end = on_start, on_end

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start, and say so."""
        await super().startup(sockets)
        self.on_start()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """End the streams, then the server."""
        self.on_end()
        await super().shutdown(sockets)


def listen(host: str, port: int | None) -> socket.socket:
    """Return a socket that listens.

    Args:
        host: an address or a name of this machine.
        port: its port; 8400 or, if that is taken, any other unless given.

    Raises:
        ByhandError: the port is taken, or the host is not of this machine.
    """
    if port is None:
        try:
            return listen(host, PORT)
        except ByhandError:
            return listen(host, 0)
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        return socket.create_server((host, port), family=family)
    except (OSError, UnicodeError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        raise ByhandError(
            f"{host}, port {port}: cannot be listened at: {reason}; try another --port"
        ) from error
