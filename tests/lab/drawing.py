"""Drawing in the page: by mouse and by finger; what it answers and keeps."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.lab.hands import Stroke

if TYPE_CHECKING:
    from playwright.sync_api import Page

WIDTH, HEIGHT = 480, 360  # units of the pad
SEVEN = [[(180.0, 90.0), (300.0, 90.0), (250.0, 190.0), (215.0, 280.0)]]
ONE = [[(100.0, 80.0), (100.0, 280.0)]]
STATE = """async () => {
  const { decode } = await import('/static/address.js');
  return decode(location.hash, 784);
}"""


def on_screen(page: Page, stroke: Stroke) -> Stroke:
    """Return a stroke of the pad in pixels of the window."""
    box = page.evaluate(
        "() => { const b = document.getElementById('pad').getBoundingClientRect();"
        " return [b.x, b.y, b.width, b.height] }"
    )
    left, top, width, height = box
    return [(left + x * width / WIDTH, top + y * height / HEIGHT) for x, y in stroke]


def draw(page: Page, strokes: list[Stroke]) -> None:
    """Draw by mouse."""
    for stroke in strokes:
        first, *others = on_screen(page, stroke)
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

    for stroke in strokes:
        first, *others = on_screen(page, stroke)
        send("touchStart", [first])
        for point in others:
            send("touchMove", [point])
        send("touchEnd", [])


def answer(page: Page) -> str:
    return page.locator(".verdict-class").inner_text()


def strokes_of(page: Page, count: int) -> list[dict[str, Any]]:
    """Return the strokes that the page's address holds, once it holds that many."""
    for _ in range(50):
        drawing = page.evaluate(STATE).get("drawing") or {"strokes": []}
        if len(drawing["strokes"]) == count:
            return drawing["strokes"]
        page.wait_for_timeout(100)
    pytest.fail(f"expected {count} strokes, got {drawing['strokes']}")
