"""The page as such: it opens by the address that is printed, is small, and at rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import laboratory as laboratory_job
from tests.lab.drawing import SEVEN, draw

if TYPE_CHECKING:
    from playwright.sync_api import Page

MOST_BYTES = 600_000  # of all files of the page
MOVING = """() => [...document.querySelectorAll('*')].filter((element) => {
  const style = getComputedStyle(element);
  return style.animationName !== 'none' || style.transitionDuration !== '0s';
}).map((element) => element.className)"""


def test_the_page_opens_and_its_address_has_no_token(page: Page, laboratory):
    page.goto(laboratory.url)
    assert page.url.split("#")[0] == f"{laboratory.base}/"
    page.wait_for_selector("main")
    assert page.title() == "byhand laboratory"


def test_the_page_is_small():
    sizes = laboratory_job.page_bytes()
    assert sum(sizes.values()) <= MOST_BYTES, sizes


def test_what_was_measured_is_a_table():
    times = {name: [10.0, 20.0] for name in ("paint", laboratory_job.QUIET)}
    found = laboratory_job.rows({**times, "busy": []}, {"a.js": 1000, "b.css": 5}, [1])
    assert ("paint, ms", "15", "20") in found
    assert ("busy, ms", laboratory_job.MISSING) in found
    assert ("bytes of all 2 files", "1,005") in found


def test_without_animations_nothing_moves(new_page, laboratory):
    page = new_page(reduced_motion="reduce")
    page.goto(laboratory.url)
    page.wait_for_selector("#pad")
    page.wait_for_selector(".example-grid button")
    draw(page, SEVEN)
    assert page.evaluate(MOVING) == []
