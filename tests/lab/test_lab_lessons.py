"""The lessons in a browser: each passes from its start to its end, with real runs."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import byhand
from byhand.evaluation import evaluate
from byhand.robustness.adjusted import Adjustment, adjusted

LESSONS = ("scaling", "rate", "zero", "dead", "overfitting", "convolution")
OVERFLOW = "document.documentElement.scrollWidth - innerWidth"


@pytest.fixture(scope="module")
def data(mnist) -> Any:
    """Some of MNIST, so that tests are short."""
    return replace(mnist, train=mnist.train[:10_000], test=mnist.test[:1000])


@pytest.fixture(scope="module")
def school(data, tmp_path_factory) -> Iterator[Any]:
    """A laboratory whose child processes compile nothing."""
    from conftest import served

    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BYHAND_KERNELS", "reference")
        patch.chdir(tmp_path_factory.mktemp("school"))
        with served(None, data, "shipped") as found:
            yield found


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return []


@pytest.fixture(scope="module")
def lessons(chromium, school, complaints) -> Iterator[Any]:
    """A page that shows the lessons."""
    from conftest import page_with_view

    page = page_with_view(chromium, school, complaints, "lessons")
    page.wait_for_selector(".lesson-list")
    yield page
    page.close()


@pytest.mark.parametrize("name", LESSONS)
def test_a_lesson_passes_from_start_to_end(lessons, complaints, name):
    lessons.locator(f"[data-lesson={name}]").click()
    why = lessons.locator(".lesson-why")
    steps = lessons.locator(".lesson-step")
    for number in range(steps.count()):
        assert why.is_hidden()
        step = steps.nth(number)
        step.get_by_role("button", name="Train").click()
        step.locator(".lesson-seen strong").wait_for(timeout=120_000)
        assert step.locator(".lesson-seen").inner_text().startswith("Seen.")
    assert why.is_visible()
    assert lessons.locator(".lesson .wrong").inner_text() == ""
    lessons.set_viewport_size({"width": 360, "height": 740})
    assert lessons.evaluate(OVERFLOW) <= 0
    lessons.set_viewport_size({"width": 1280, "height": 900})
    assert complaints == []


def ask(school: Any, path: str) -> Any:
    connection = http.client.HTTPConnection(school.base.removeprefix("http://"))
    connection.request("GET", path, headers=school.headers)
    answer = connection.getresponse().read()
    connection.close()
    return answer


def test_what_a_lesson_shows_is_the_engines(lessons, school, data):
    lessons.locator("[data-lesson=convolution]").click()
    shown = lessons.locator(".lesson-step").nth(0).locator(".lesson-seen").inner_text()
    test, moved = map(float, re.findall(r"([\d.]+) %", shown))
    runs = json.loads(ask(school, "/api/runs"))["runs"]
    (run,) = [run for run in runs if run["name"] == "Why a convolution: Dense"]
    folder = Path(school.laboratory.runs.folder) / run["id"]
    model = byhand.load(folder / "model.safetensors")
    assert test == pytest.approx(100 * evaluate(model, data).accuracy, abs=0.051)
    images = np.ascontiguousarray(data.test.images)
    by = Adjustment(right=2, down=2)
    images = adjusted(images, by, np.random.default_rng(0))
    expected = evaluate(model, (images, data.test.labels)).accuracy
    assert moved == pytest.approx(100 * expected, abs=0.051)
    (few,) = [run for run in runs if run["name"].endswith("100 images")]
    assert few["images"] == 100


def test_lessons_lead_to_the_mathematics(school, lessons):
    text = ask(school, "/docs/mathematics.md").decode()
    assert text == (Path(__file__).parents[2] / "docs/mathematics.md").read_text(
        "utf-8"
    )
    script = """async () => {
      const { LESSONS } = await import("/static/lessons.js");
      return LESSONS.map(({ section }) => section);
    }"""
    for section in lessons.evaluate(script):
        assert f"\n## {section}\n" in text


def test_axe_finds_no_violation(lessons):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    lessons.locator("[data-lesson=zero]").click()
    found = axe.run(lessons).response["violations"]
    lessons.emulate_media(color_scheme="dark")
    options = {"runOnly": ["color-contrast"]}
    found += axe.run(lessons, options=options).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []


def test_a_lesson_stays_passed_and_its_run_is_found_under_train(lessons):
    lessons.locator("[data-lesson=zero]").click()
    lessons.get_by_role("button", name="All of this run").first.click()
    lessons.locator("#tab-train[aria-selected=true]").wait_for()
    shown = lessons.locator(".run-choice[aria-pressed=true]")
    shown.get_by_text("Why a start at zero never learns: All 0").wait_for()
    lessons.locator("#tab-lessons").click()
    lessons.wait_for_function("location.hash.includes('lessons')")
    lessons.reload()
    lessons.locator("[data-lesson=zero]").get_by_text("passed").wait_for(
        state="attached"
    )


def test_a_run_that_is_unknown_is_refused(school):
    found = json.loads(ask(school, "/api/robustness?run=../other"))
    assert found["error"] == "there is no such run"
