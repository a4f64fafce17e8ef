"""Teaching in the page: a made-up sign is drawn, kept, learnt, used and undone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
from tests.lab.conftest import Served, served
from tests.lab.drawing import draw

import byhand

if TYPE_CHECKING:
    from playwright.sync_api import Page
    from tests.lab.hands import Stroke

SIGNS = 20
LEARNT = 120_000  # milliseconds, on a machine that is busy
COUNT = "count => document.querySelectorAll('.taught').length === count"
SCROLLED = "document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def taught(mnist: Any, tmp_path_factory: Any) -> Iterator[Served]:
    """A small model of MNIST's digits, served in a folder of its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("teach"))
        model = byhand.train("mlp", mnist, epochs=2, progress=False).model
        with served(model, mnist, "digits") as found:
            yield found


def gable(number: int) -> list[Stroke]:
    """Return a gable over a line with a post, each drawn a little otherwise."""
    rng = np.random.default_rng(number)
    size, left, top = rng.uniform(18, 28), rng.uniform(200, 280), rng.uniform(150, 210)

    def at(x: float, y: float) -> tuple[float, float]:
        dx, dy = rng.normal(0, 3, 2)
        return (left + size * (x - 4) + dx, top + size * (y - 5) + dy)

    return [
        [at(0, 6), at(4, 0), at(8, 6)],
        [at(0, 9.5), at(8, 9.5)],
        [at(4, 4), at(4, 9)],
    ]


def opened(page: Page, served: Served) -> None:
    page.goto(served.url)
    page.get_by_role("tab", name="Teach it").click()
    page.wait_for_selector(".teach")


def keep(page: Page, name: str, count: int) -> None:
    """Draw gables, each kept under a name."""
    page.fill("#own-class", name)
    there = page.locator(".taught").count()
    for number in range(count):
        draw(page, gable(number))
        page.locator(".keep").click()
        page.wait_for_function(COUNT, arg=there + number + 1)


def right(page: Page, name: str) -> int:
    """Return how many of other gables are read as one."""
    found = 0
    for number in range(100, 100 + SIGNS):
        if (clear := page.get_by_role("button", name="Clear")).is_enabled():
            clear.click()
        draw(page, gable(number))
        page.wait_for_timeout(30)
        found += page.locator(".verdict-class").inner_text() == name
    return found


def complaints(page: Page) -> list[Any]:
    """Return what axe-core finds, and whether the page is wider than a phone's."""
    found: list[Any] = []
    if find_spec("axe_playwright_python"):
        from axe_playwright_python.sync_playwright import Axe

        said = Axe().run(page).response["violations"]
        found = [(v["id"], v["nodes"][0]["html"]) for v in said]
    page.set_viewport_size({"width": 360, "height": 800})
    return [*found, *(["too wide"] if page.evaluate(SCROLLED) > 0 else [])]


def test_a_sign_is_taught_in_the_page_and_undone(new_page, taught):
    page = new_page(reduced_motion="reduce", bypass_csp=True)
    opened(page, taught)
    assert page.locator(".keep").is_disabled()
    keep(page, "gable", SIGNS)
    page.get_by_role("button", name="Remove drawing 3 of gable").click(force=True)
    page.wait_for_function(COUNT, arg=SIGNS - 1)
    page.get_by_role("button", name="Bring back 1 drawing").click()
    page.wait_for_function(COUNT, arg=SIGNS)
    page.wait_for_function("() => location.hash.includes('view=teach')")
    page.reload()  # nothing is lost
    page.wait_for_function(COUNT, arg=SIGNS)

    page.get_by_role("button", name="Teach it these drawings").click()
    page.wait_for_selector(".before-after", timeout=LEARNT)
    gains = taught.laboratory.teaching.facts()["gains"]
    assert gains[0]["after"] == 1.0 and gains[1]["data"] == "mnist"
    assert gains[1]["before"] - gains[1]["after"] <= 0.003
    rows = page.locator(".gains tbody tr").all_inner_texts()
    assert f"{100 * gains[1]['after']:.2f} %" in rows[1]
    assert page.locator(".before-after li").count() == SIGNS
    assert page.locator(".before-after .held-out").count() == gains[0]["count"]

    page.get_by_role("button", name="Use it in the laboratory").click()
    page.wait_for_selector(".class-choice button:has-text('gable')")
    page.get_by_text("The laboratory shows the network that you taught").wait_for()
    assert right(page, "gable") >= SIGNS - 1
    assert complaints(page) == []
    page.get_by_role("button", name="Undo: back").click()
    page.wait_for_selector(".model:has-text('10 classes')")
    page.get_by_role("button", name="Use it in the laboratory").wait_for()


def test_what_cannot_be_kept_or_taught_is_said(new_page, taught):
    page = new_page()
    opened(page, taught)
    draw(page, gable(1))
    for name in ("../x", "Train", "x" * 31):
        page.locator("#own-class").evaluate(
            "(e, v) => (e.maxLength = 99, e.value = v)", name
        )
        page.locator("#own-class").dispatch_event("input")
        page.get_by_text("A class is 1 to 30 letters").wait_for()
        assert page.locator(".keep").is_disabled()
    page.fill("#own-class", "α")
    page.locator(".keep").click()
    page.get_by_text("draw more of α").wait_for()
    assert page.get_by_role("button", name=re.compile("^Teach it ")).is_disabled()
    page.get_by_role("button", name="Remove all of α").click()
    page.get_by_text("draw more of α").wait_for(state="hidden")
