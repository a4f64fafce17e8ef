"""Who may ask the laboratory's server, and for what: checked before anything is read.

A server on 127.0.0.1 is reached by every user of the machine, and by every page that a
browser has open. docs/security.md has the rules, and the reasons for them.
"""

from __future__ import annotations

import asyncio
import hmac
import json
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import TypeAlias
from urllib.parse import parse_qs

from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_SECONDS = 10.0  # for a body to arrive
HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src"
    " 'self'; img-src 'self' blob: data:; connect-src 'self'; worker-src 'self';"
    " base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "permissions-policy": "camera=(self)",
    "cache-control": "no-store",
}
# Of each path that takes a body: its type, and the most bytes.
Bodies: TypeAlias = Mapping[str, tuple[str, int]]


class Refused(Exception):  # noqa: N818  an answer, not a fault
    """A request that is answered by a status and one line of text."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status, self.error = status, error


def is_loopback(host: str) -> bool:
    """Return whether only this machine reaches what listens at a host."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def netloc(host: str, port: int) -> str:
    """Return host and port as an address has them: an IPv6 address in brackets."""
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"


def _token() -> str:
    return secrets.token_urlsafe(24)


@dataclass
class Access:
    """Who may come in: the names of this server, its secrets and its start.

    Attributes:
        host: where it listens; 0.0.0.0 and :: are all addresses of this machine.
        port: where it listens.
        start: the number of this start.
        token: in the address that is printed; exchanged for the cookie.
        single: tokens that are exchanged once: other users see the command line of the
            browser that is opened.
        secret: the value of the cookie.
    """

    host: str
    port: int
    start: int = field(default_factory=lambda: time.time_ns() // 1_000_000)
    token: str = field(default_factory=_token, repr=False)
    single: set[str] = field(default_factory=set, repr=False)
    secret: str = field(default_factory=_token, repr=False)

    @property
    def cookie(self) -> str:
        """The cookie; its name has port and start, since cookies know no ports."""
        return f"byhand-{self.port}-{self.start}={self.secret}"

    def address(self, token: str) -> str:
        """Return the address to open, with a token."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.host, self.host)
        return f"http://{netloc(host, self.port)}/?token={token}"

    def single_token(self) -> str:
        """Return a new token that can be exchanged once."""
        token = _token()
        self.single.add(token)
        return token

    def check_host(self, scope: Scope) -> None:
        """Refuse a request that names another server than this one."""
        if values(scope, b"host") not in [[name] for name in self._names(scope)]:
            raise Refused(403, "Host: expected the address that byhand lab printed")

    def check_site(self, scope: Scope) -> None:
        """Refuse what another site's page has asked for, or made the browser open."""
        origins, sites = values(scope, b"origin"), values(scope, b"sec-fetch-site")
        ours = [[f"http://{name}"] for name in self._names(scope)]
        if origins and origins not in ours:
            raise Refused(403, "Origin: expected a page of this server")
        if sites == ["none"] and not origins and scope["path"] == "/":
            return  # an address that was typed, or opened by another program
        if sites and sites != ["same-origin"]:
            raise Refused(403, "expected a page of this server, got another site's")
        # Browsers leave this header out where the address is no loopback.
        if not sites and not origins and is_loopback(self.host):
            raise Refused(403, "expected Origin or Sec-Fetch-Site, got neither")

    def check_cookie(self, scope: Scope) -> None:
        """Refuse who has not exchanged a token of this start."""
        given = [
            part.strip() for c in values(scope, b"cookie") for part in c.split(";")
        ]
        if not any(_same(part, self.cookie) for part in given):
            raise Refused(
                401, "open the address that byhand lab printed, with its token"
            )

    def exchange(self, scope: Scope) -> bool:
        """Return whether a request brings a token; refuse a wrong or an old one."""
        query = parse_qs(scope["query_string"].decode("latin-1"))
        if scope["path"] != "/" or scope["method"] != "GET" or "token" not in query:
            return False
        given = query["token"][0]
        once = [token for token in self.single if _same(given, token)]
        self.single.difference_update(once)
        if not once and not _same(given, self.token):
            raise Refused(
                403, "an old token: open the address that byhand lab printed last"
            )
        return True

    def _names(self, scope: Scope) -> list[str]:
        """Return the values of Host that are this server's."""
        hosts = ["127.0.0.1", "localhost", "::1", self.host]
        if self.host in ("0.0.0.0", "::") and scope.get("server"):
            hosts.append(scope["server"][0])  # the address that was connected to
        names = [netloc(host, self.port) for host in hosts]
        return names + (hosts if self.port == 80 else [])


class Guard:
    """Answers what must not get in, and gives all answers the same headers."""

    def __init__(self, app: ASGIApp, access: Access, bodies: Bodies) -> None:
        self.app, self.access, self.bodies = app, access, bodies

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        elif scope["type"] == "http":
            await self._http(scope, receive, _with_headers(send))
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _http(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            self.access.check_host(scope)
            self.access.check_site(scope)
            if self.access.exchange(scope):
                await self._let_in(send)
                return
            self.access.check_cookie(scope)
            if scope["method"] not in ("GET", "POST"):
                raise Refused(405, "expected GET or POST")
            receive = _replayed(await self._body(scope, receive), receive)
        except Refused as refused:
            await self._refuse(scope, refused, send)
        else:
            await self.app(scope, receive, send)

    async def _let_in(self, send: Send) -> None:
        """Exchange the token for the cookie, and take it out of the address."""
        cookie = f"{self.access.cookie}; HttpOnly; SameSite=Strict; Path=/"
        await _answer(send, 303, b"", {"location": "/", "set-cookie": cookie})

    async def _refuse(self, scope: Scope, refused: Refused, send: Send) -> None:
        """Answer with one line; as JSON, except where a person has opened `/`."""
        found = {"start": self.access.start, "error": refused.error}
        kind, body = "application/json", json.dumps(found)
        if scope["path"] == "/":
            kind, body = "text/plain; charset=utf-8", f"{refused.error}\n"
        headers = {"content-type": kind, "connection": "close"}
        if refused.status == 405:
            headers["allow"] = "GET, POST"
        await _answer(send, refused.status, body.encode(), headers)

    async def _body(self, scope: Scope, receive: Receive) -> bytes:
        """Return a request's body, if it may have one; refuse a large or slow one."""
        kind, most = self.bodies.get(scope["path"], ("", 0))
        if scope["method"] != "POST":
            kind, most = "", 0
        lengths = values(scope, b"content-length")
        if lengths and int(lengths[0]) > most:
            raise Refused(413, f"expected a body of at most {most} bytes")
        if most and [
            t.partition(";")[0].strip().lower() for t in values(scope, b"content-type")
        ] != [kind]:
            raise Refused(415, f"Content-Type: expected {kind}")
        if values(scope, b"content-encoding"):
            raise Refused(415, "Content-Encoding: expected none")
        if not lengths and not values(scope, b"transfer-encoding"):
            return b""
        try:
            async with asyncio.timeout(BODY_SECONDS):
                return await _read(receive, most)
        except TimeoutError as error:
            raise Refused(408, "expected the body sooner") from error


def values(scope: Scope, name: bytes) -> list[str]:
    """Return the values of a header, one for each time that it was sent."""
    return [v.decode("latin-1") for n, v in scope["headers"] if n == name]


def _same(given: str, secret: str) -> bool:
    """Compare in a time that says nothing of where they differ."""
    return hmac.compare_digest(given.encode(), secret.encode())


async def _read(receive: Receive, most: int) -> bytes:
    """Return a body; refuse it as soon as it is too long."""
    body, more = bytearray(), True
    while more:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise Refused(400, "expected the rest of the body")
        body += message.get("body", b"")
        more = message.get("more_body", False)
        if len(body) > most:
            raise Refused(413, f"expected a body of at most {most} bytes")
    return bytes(body)


def _replayed(body: bytes, receive: Receive) -> Receive:
    """Return what gives a body that has been read, then what comes after it."""
    messages: list[Message] = [
        {"type": "http.request", "body": body, "more_body": False}
    ]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message


def _with_headers(send: Send) -> Send:
    """Return what sends answers with the headers that all of them have."""
    common = [(name.encode(), value.encode()) for name, value in HEADERS.items()]

    async def sending(message: Message) -> None:
        if message["type"] == "http.response.start":
            set_by_us = {name for name, _ in common}
            own = [pair for pair in message["headers"] if pair[0] not in set_by_us]
            message = {**message, "headers": [*own, *common]}
        await send(message)

    return sending


async def _answer(
    send: Send, status: int, body: bytes, headers: Mapping[str, str]
) -> None:
    """Send a short answer."""
    sent = {"content-length": str(len(body)), **headers}
    pairs = [(name.encode(), value.encode()) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
