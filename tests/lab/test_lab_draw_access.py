"""The drawing, its steps and its rows, as axe-core judges them."""

from __future__ import annotations

import pytest
from tests.lab.drawing import SEVEN, draw


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_violation_in_what_is_drawn_and_read(
    new_page, laboratory, scheme: str
):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = new_page(color_scheme=scheme, bypass_csp=True)
    page.goto(laboratory.url)
    page.wait_for_selector(".example-grid button")
    draw(page, SEVEN)
    page.wait_for_selector(".step >> nth=4")
    found = axe.run(page).response["violations"]
    page.get_by_role("tab", name="Several at once").click()
    page.wait_for_selector(".read-line", timeout=150_000)
    found += axe.run(page).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
