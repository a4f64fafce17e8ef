"""`python -m benchmarks screenshots OUT`: every view of the laboratory as pictures."""

from __future__ import annotations

import argparse
import math
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
WIDTHS = (360, 768, 1600)
HEIGHT = 900
SCHEMES = ("light", "dark")
SETTLED = 700  # milliseconds after which no picture changes any more

READY = """() => !document.querySelector("progress:not([hidden])")
  && ![...document.querySelectorAll("dd")].some((found) => found.textContent === "…")"""

# What is in the address, and what is pressed then: a selector.
VIEWS: dict[str, tuple[str, str | None]] = {
    "start": ("", None),
    "draw": ("view=draw", None),
    "several": ("view=several", None),
    "forward": ("view=forward", None),
    "unit": ("view=forward&layer=4&unit=4000", None),
    "backward": ("view=backward&label=7&layer=1&unit=9007", None),
    "weight": (
        "view=backward&label=2&layer=1&unit=9007",
        ".unit-panel button.weight",
    ),
    "spoke": ("view=spoke", None),
    "break": ("view=break", ".filter:nth-child(3)"),
    "tour": ("view=draw", "#tour"),
}


def main(argv: Sequence[str]) -> int:
    """Serve a model, open each view at each width in light and dark, and save it."""
    args = _parse(argv)
    args.out.mkdir(parents=True, exist_ok=True)
    views = args.views or list(VIEWS)
    with laboratory(args.model, args.data) as url, chromium() as browser:
        for scheme in SCHEMES:
            for width in args.widths:
                page = _page(browser, width, scheme)
                page.goto(url)
                for name in views:
                    if name != "start":
                        _draw(page)
                    path = args.out / f"{name}-{width}-{scheme}.png"
                    save(page, url.split("?")[0], name, path, full=not args.window)
                    print(path)
                page.context.close()
    return 0


def save(page: Page, base: str, name: str, path: Path, *, full: bool) -> None:
    """Open a view and save it as a picture; in all but the first a digit is drawn."""
    fields, pressed = VIEWS[name]
    page.goto("about:blank")
    page.goto(f"{base}#{fields}")
    page.wait_for_selector("#view h2")
    if pressed:
        page.locator(pressed).first.click()
    page.wait_for_timeout(SETTLED)
    page.wait_for_function(READY)
    page.screenshot(path=path, full_page=full, animations="disabled")


@contextmanager
def laboratory(model: str | None, data: str | None) -> Iterator[str]:
    """Serve a model in a process of its own, and yield the address with the token."""
    command = [sys.executable, "-m", "byhand", "lab", "--no-browser", "--port", "0"]
    command += ([model] if model else []) + (["--data", data] if data else [])
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout
            found = re.search(r"http\S+token=\S+", process.stdout.readline())
            if not found:
                sys.exit("the laboratory did not start")
            yield found[0]
        finally:
            process.terminate()


@contextmanager
def chromium() -> Iterator[Browser]:
    """The Chromium of this machine, without a window."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        sys.exit("screenshots need Playwright: pip install playwright")
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if found is None:
        sys.exit("screenshots need Chromium, as apt-get install chromium installs it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found)
        yield browser
        browser.close()


def _page(browser: Browser, width: int, scheme: str) -> Page:
    narrow = width < 500
    options: dict[str, Any] = {
        "viewport": {"width": width, "height": HEIGHT},
        "color_scheme": scheme,
        "reduced_motion": "reduce",
        "has_touch": narrow,
        "is_mobile": narrow,
        "device_scale_factor": 2 if narrow else 1,
    }
    return browser.new_page(**options)


def _draw(page: Page) -> None:
    """Draw a three by mouse, unless the page has kept it."""
    page.wait_for_selector("#pad")
    if page.get_by_role("button", name="Undo").first.is_enabled():
        return
    box = page.locator("#pad").bounding_box()
    assert box
    upper = [(0.5, 0.34, angle) for angle in range(-150, 100, 25)]
    lower = [(0.5, 0.62, angle) for angle in range(-85, 160, 25)]
    for number, (x, y, angle) in enumerate(upper + lower):
        turn = math.radians(angle)
        across = box["x"] + (x + 0.12 * math.cos(turn)) * box["width"]
        down = box["y"] + (y + 0.15 * math.sin(turn)) * box["height"]
        page.mouse.move(across, down)
        if number == 0:
            page.mouse.down()
    page.mouse.up()


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks screenshots",
        description="Save each view of the laboratory at three widths, light and dark.",
    )
    parser.add_argument("out", type=Path, metavar="OUT", help="folder for the pictures")
    parser.add_argument("--model", help="a model's file; default the model shipped")
    parser.add_argument("--data", help="a data set or folder for the examples")
    parser.add_argument(
        "--views", nargs="+", choices=list(VIEWS), metavar="NAME", help="only these"
    )
    parser.add_argument(
        "--widths", nargs="+", type=int, default=WIDTHS, metavar="W", help="in pixels"
    )
    parser.add_argument(
        "--window", action="store_true", help="what the window shows, not the full page"
    )
    return parser.parse_args(argv)
