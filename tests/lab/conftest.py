"""A laboratory that is served, and a Chromium that opens it.

Without the extra ``lab`` no test of this folder is collected; without Playwright or
without a Chromium on this machine, those that need a browser are skipped.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

import byhand

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page

    from byhand.lab.app import Laboratory

if not (find_spec("fastapi") and find_spec("uvicorn")):
    collect_ignore_glob = ["*"]

SECONDS = 30


@dataclass
class Served:
    """A laboratory that answers.

    Attributes:
        laboratory: the model, the data, and who may come in.
        url: what to open in a browser, with the token.
        base: the address without it, "http://127.0.0.1:PORT".
        end: ends it.
    """

    laboratory: Laboratory
    url: str
    base: str
    end: Callable[[], None]

    @property
    def headers(self) -> dict[str, str]:
        """What a page of this server sends."""
        cookie = self.laboratory.access.cookie
        return {"Cookie": cookie, "Sec-Fetch-Site": "same-origin"}


@contextmanager
def served(
    model: Any = None, data: Any = None, name: str = "model", port: int = 0
) -> Iterator[Served]:
    """Serve a model and a data set in a thread until the end of the block."""
    from byhand.lab.app import Laboratory, application
    from byhand.lab.security import Access
    from byhand.lab.serving import Server, listen

    up = threading.Event()
    with listen("127.0.0.1", port) as listening:
        access = Access("127.0.0.1", listening.getsockname()[1])
        laboratory = Laboratory(model or byhand.load(), name, data, access)
        app = application(laboratory)
        server = Server(app, on_start=up.set, on_end=laboratory.close)
        thread = threading.Thread(target=server.run, args=[[listening]], daemon=True)
        thread.start()

        def end() -> None:
            server.should_exit = True
            thread.join(SECONDS)

        try:
            assert up.wait(SECONDS)
            base = f"http://127.0.0.1:{access.port}"
            yield Served(laboratory, access.address(access.token), base, end)
        finally:
            end()
    assert not thread.is_alive()


@pytest.fixture(scope="session")
def mnist() -> Any:
    """MNIST, loaded once."""
    return byhand.load_dataset("mnist")


@pytest.fixture(scope="session")
def laboratory(mnist: Any) -> Iterator[Served]:
    """The model in the package with MNIST, served for all tests."""
    with served(None, mnist, "shipped") as found:
        yield found


@pytest.fixture
def serve() -> Iterator[Callable[..., Served]]:
    """A function that serves another model, with the arguments of served."""
    with ExitStack() as stack:
        yield lambda *a, **k: stack.enter_context(served(*a, **k))


@pytest.fixture
def new_page(chromium: Browser) -> Iterator[Callable[..., Page]]:
    """A function that opens a page of its own, with options of Browser.new_context.

    A test fails if any of its pages writes an error or a warning to the console, if a
    script fails, or if a page asks another host than this machine for anything.
    """
    contexts: list[BrowserContext] = []
    complaints: list[str] = []

    def new(**options: Any) -> Page:
        context = chromium.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        watch(page, complaints)
        return page

    yield new
    for context in contexts:
        context.close()
    assert complaints == []


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """A page of its own; see new_page."""
    return new_page()


@pytest.fixture
def open_page(new_page: Callable[..., Page], laboratory) -> Callable[..., Page]:
    """A function that opens the laboratory, with options of Browser.new_context."""

    def opened(**options: Any) -> Page:
        page = new_page(**options)
        page.goto(laboratory.url)
        page.wait_for_selector("#pad")
        return page

    return opened


def page_with_view(
    chromium: Browser, lab: Served, complaints: list[str], view: str, **options: Any
) -> Page:
    """Return a watched page that shows a view; options are Browser.new_page's."""
    page = chromium.new_page(bypass_csp=True, reduced_motion="reduce", **options)
    watch(page, complaints)
    page.goto(lab.url)
    page.goto("about:blank")  # else the page writes its own address over the next
    page.goto(f"{lab.base}/#view={view}")
    return page


def watch(page: Page, complaints: list[str]) -> None:
    """Note what a page complains of."""

    def console(message: Any) -> None:
        if message.type in ("error", "warning"):
            complaints.append(f"{message.type}: {message.text}")

    def request(request: Any) -> None:
        ours = ("http://127.0.0.1:", "file:", "data:", "blob:")
        if not request.url.startswith(ours):
            complaints.append(f"asked {request.url}")

    page.on("console", console)
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    page.on("request", request)
