"""The page without a mouse: by keys alone, and as axe-core judges it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from tests.lab.test_lab_inside import opened

if TYPE_CHECKING:
    from playwright.sync_api import Page

FOCUSED = "selector => document.activeElement.matches(selector)"
STATES = {  # the address of each, and what is pressed in it
    "draw": ("view=draw", None),
    "several": ("view=several", None),
    "forward": ("view=forward&layer=4&unit=4000", None),
    "softmax": ("view=forward&layer=13&unit=7", None),
    "backward": ("view=backward&label=7&layer=1&unit=9007", None),
    "weight": ("view=backward&label=7&layer=1&unit=9007", ".unit button.weight"),
    "spoke": ("view=spoke", None),
    "break": ("view=break", ".filter"),
    "teach": ("view=teach", None),
    "tour": ("view=draw", "#tour"),
}


def tab_to(page: Page, selector: str, most: int = 60) -> None:
    """Press Tab until an element is focused that fits a selector."""
    for _ in range(most):
        page.keyboard.press("Tab")
        if page.evaluate(FOCUSED, selector):
            return
    pytest.fail(f"no {selector} after {most} times Tab")


def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def test_keys_alone_lead_to_a_unit_to_a_weight_and_back(page, laboratory, mnist):
    opened(page, laboratory, mnist.test.images[0], "label=7")
    page.locator("#view h2").first.wait_for()
    tab_to(page, ".skip", 1)
    tab_to(page, "[role=tab]")
    press(page, "ArrowRight", "ArrowRight", "ArrowRight")
    assert page.locator("#view h2").inner_text().startswith("Backward")
    tab_to(page, "#layer-10 .units")
    press(page, "ArrowRight", "Enter")
    assert page.locator(".unit-place").inner_text() == "unit 1"
    tab_to(page, ".unit button.weight")
    press(page, "Enter")
    page.locator(".weight-view h4:focus").wait_for()
    press(page, "Escape")
    page.locator(".unit-head h3:focus").wait_for()
    press(page, "Escape")
    page.locator("#layer-10 .units:focus").wait_for()


@pytest.mark.parametrize("state", STATES)
def test_axe_finds_no_violation(
    new_page: Callable[..., Page], laboratory: Any, mnist: Any, state: str
):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = new_page(reduced_motion="reduce", bypass_csp=True)
    fields, pressed = STATES[state]
    opened(page, laboratory, mnist.test.images[0], fields)
    page.locator("#view h2").first.wait_for()
    if pressed:
        page.locator(pressed).first.click()
    found = axe.run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    options = {"runOnly": ["color-contrast"]}
    found += axe.run(page, options=options).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
