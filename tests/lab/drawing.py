"""Drawing in the page: by mouse and by finger; what it answers and keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.lab.hands import Stroke

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTH, HEIGHT = 480, 360  # units of the pad
SEVEN = [[(180.0, 90.0), (300.0, 90.0), (250.0, 190.0), (215.0, 280.0)]]
RESTS = 350  # milliseconds; longer than the page waits with its address
ONE = [[(100.0, 80.0), (100.0, 280.0)]]
STATE = """async () => {
  const { decode } = await import('/static/address.js');
  return decode(location.hash, 784);
}"""


def on_screen(page: Page, strokes: list[Stroke]) -> list[Stroke]:
    """Return strokes of the pad in pixels of the window."""
    box = page.evaluate(
        "() => { const b = document.getElementById('pad').getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height] }"
    )
    left, top, width, height = box
    return [
        [(left + x * width / WIDTH, top + y * height / HEIGHT) for x, y in stroke]
        for stroke in strokes
    ]


def draw(page: Page, strokes: list[Stroke]) -> None:
    """Draw by mouse."""
    for first, *others in on_screen(page, strokes):
        page.mouse.move(*first)
        page.mouse.down()
        for point in others:
            page.mouse.move(*point)
        page.mouse.up()


def touch(page: Page, strokes: list[Stroke]) -> None:
    """Draw by finger."""
    session = page.context.new_cdp_session(page)

    def send(kind: str, points: Stroke) -> None:
        at = [{"x": x, "y": y} for x, y in points]
        parameters = {"type": kind, "touchPoints": at}
        session.send("Input.dispatchTouchEvent", parameters)

    for first, *others in on_screen(page, strokes):
        send("touchStart", [first])
        for point in others:
            send("touchMove", [point])
        send("touchEnd", [])


def answer(page: Page) -> str:
    return page.locator(".verdict-class").inner_text()


def strokes_of(page: Page, count: int) -> list[dict[str, Any]]:
    """Return the strokes of the page's address once it holds that many, and rests."""
    before = None
    for _ in range(60):
        drawing = page.evaluate(STATE).get("drawing") or {"strokes": []}
        if len(drawing["strokes"]) == count and drawing == before:
            return drawing["strokes"]
        before = drawing
        page.wait_for_timeout(RESTS)
    pytest.fail(f"expected {count} strokes, got {drawing['strokes']}")
