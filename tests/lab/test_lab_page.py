"""The page opens by the address that is printed, and the token leaves the address."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Page


def test_the_page_opens_and_its_address_has_no_token(page: Page, laboratory):
    page.goto(laboratory.url)
    assert page.url.split("#")[0] == f"{laboratory.base}/"
    page.wait_for_selector("main")
    assert page.title() == "byhand laboratory"
