"""`laboratory`: how soon its page is there, and how soon a stroke has its answer."""

from __future__ import annotations

import os
import random
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import PurePath
from typing import Any

import numpy as np

from benchmarks.hostile import started
from benchmarks.report import Report

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
STROKES = 30  # a round, each way
MOVES = 4  # of the mouse, a stroke
DIGIT = 3  # strokes, then the pad is cleared
MISSING = "needs Playwright and Chromium"
QUIET, BUSY = "a stroke's answer", "the same while the server computes"
TRAINING = "the same while a network is trained"
PAINT, READY = "first paint", "ready to draw"
WATCH = """() => {
  const pad = document.getElementById('pad');
  const { port1, port2 } = new MessageChannel();
  let began = 0;
  window.painted = [];
  port1.onmessage = () => window.painted.push(performance.now() - began);
  addEventListener('pointermove', (event) => {
    if (event.target !== pad || !event.buttons) return;
    began = event.timeStamp;
    requestAnimationFrame(() => port2.postMessage(0));
  });
}"""
COMPUTE = """() => {
  import('/static/source_served.js').then(async ({ served }) => {
    const source = served();
    window.computing = true;
    while (window.computing) await source.accuracy([]);
  });
}"""
TRAIN = """async () => {
  const { served } = await import('/static/source_served.js');
  const { runs } = served();
  const settings = { epochs: 1000 };
  const run = await runs.start({ recipe: "standard", settings, seed: 0, name: null,
    until: "go" });
  let state = "";
  while (state !== "running") {
    await new Promise((done) => setTimeout(done, 200));
    state = (await runs.one(run)).run.state;
  }
  window.stopTraining = () => runs.do(run, "stop");
}"""
TIMER = (
    "A laboratory in a process of its own, and a Chromium without a window. A stroke\n"
    f"is {MOVES} moves of the mouse; the time is from the last one's time stamp to\n"
    "the end of the frame that shows its answer. While the server computes: its child\n"
    "process classifies the 10,000 test images again and again. While a network is\n"
    "trained: recipe standard, in its process. First paint and ready\n"
    "are counted from the navigation, in a page of its own each round. The bytes are\n"
    "those of all files of the page, not compressed."
)


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Draw 30 strokes a round, with and without a computation in the server."""
    sizes = page_bytes()
    kinds = (PAINT, READY, QUIET, BUSY, TRAINING)
    times: dict[str, list[float]] = {kind: [] for kind in kinds}
    load = [os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")]
    browser = next(filter(None, map(shutil.which, BROWSERS)), None)
    if browser and find_spec("playwright"):
        with started() as (_, address), chromium(browser) as opened:
            base = address.partition("?")[0]
            first = opened(address)  # takes the cookie
            for number in range(1, runs + 1):
                say(f"round {number}")
                one_round(opened, base, times)
            first.close()
    load.append(os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan"))
    return Report(
        title="laboratory: the page",
        columns=("", "median", "95th percentile"),
        rows=rows(times, sizes, load),
        timer=TIMER,
        figures={"milliseconds": times, "bytes": sizes, "load": load},
    )


def one_round(
    opened: Callable[[str], Any], base: str, times: dict[str, list[float]]
) -> None:
    """Open the page; draw, also while the server computes."""
    page = opened(base)
    page.wait_for_selector("#pad")
    times[READY].append(page.evaluate("performance.now()"))
    times[PAINT].append(
        page.evaluate(
            "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        )
    )
    page.wait_for_selector(".example-grid button")
    page.evaluate(WATCH)
    rng = random.Random(len(times[QUIET]))
    times[QUIET] += strokes(page, rng)
    page.evaluate(COMPUTE)
    page.wait_for_function("() => window.computing")
    times[BUSY] += strokes(page, rng)
    page.evaluate("window.computing = false")
    page.evaluate(TRAIN)
    times[TRAINING] += strokes(page, rng)
    page.evaluate("stopTraining()")
    page.close()


def strokes(page: Any, rng: random.Random) -> list[float]:
    """Draw, and return the milliseconds from each stroke's last move to its answer."""
    box = page.locator("#pad").bounding_box()
    found = []
    for number in range(STROKES):
        if number % DIGIT == 0:
            page.evaluate("document.querySelector('button[title=Clear]').click()")
        at = [rng.uniform(0.2, 0.8), rng.uniform(0.2, 0.8)]
        page.evaluate("window.painted = []")
        for move in range(MOVES + 1):
            x, y = box["x"] + at[0] * box["width"], box["y"] + at[1] * box["height"]
            page.mouse.move(x, y)
            if move == 0:
                page.mouse.down()
            at = [min(0.9, max(0.1, each + rng.uniform(-0.15, 0.15))) for each in at]
        page.mouse.up()
        page.wait_for_function("(count) => painted.length >= count", arg=MOVES)
        found.append(page.evaluate("painted.at(-1)"))
    return found


@contextmanager
def chromium(browser: str) -> Iterator[Callable[[str], Any]]:
    """Give a function that opens an address in a page of a Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser)
        context = launched.new_context(viewport={"width": 1280, "height": 800})

        def opened(address: str) -> Any:
            page = context.new_page()
            page.goto(address)
            return page

        yield opened
        launched.close()


def page_bytes() -> dict[str, int]:
    """Return the size of each file that the page loads."""
    from byhand.lab.pages import page_files

    found = {name: len(file.read()) for name, file in page_files().items()}
    return dict(sorted(found.items(), key=lambda pair: -pair[1]))


def rows(
    times: dict[str, list[float]], sizes: dict[str, int], load: Sequence[float]
) -> list[tuple[str, ...]]:
    """Return the table."""
    found: list[tuple[str, ...]] = []
    for name, values in times.items():
        if values:
            middle, high = np.percentile(values, [50, 95])
            found.append((f"{name}, ms", f"{middle:.0f}", f"{high:.0f}"))
        else:
            found.append((f"{name}, ms", MISSING))
    found.append(("strokes, each way", str(len(times[QUIET]))))
    kinds: dict[str, int] = {}
    for name, size in sizes.items():
        kind = PurePath(name).suffix
        kinds[kind] = kinds.get(kind, 0) + size
    for kind, size in kinds.items():
        found.append((f"bytes of {kind}", f"{size:,}"))
    found.append((f"bytes of all {len(sizes)} files", f"{sum(sizes.values()):,}"))
    found.append(("load of the machine", *(f"{each:.1f}" for each in load)))
    return found
