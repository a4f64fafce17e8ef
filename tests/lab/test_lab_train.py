"""Train in a browser: the engine's numbers, changes, trouble, code, a kill."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from tests.lab.conftest import served, watch

import byhand
from byhand.data.datasets import load_dataset
from byhand.kernels.cache import compiled_wanted
from byhand.lab.run_process import RunProcess

DENSE = "pixels 1/255 | flatten | dense 16 | relu | dense {classes}"
WAIT = 60_000  # milliseconds, of a busy machine
WIDTHS = "() => [document.documentElement.scrollWidth, innerWidth]"


@pytest.fixture(scope="module")
def lab(tmp_path_factory, mnist):
    """The model in the package with 400 images of MNIST, in a folder without runs."""
    folder, before = tmp_path_factory.mktemp("lab"), os.getcwd()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BYHAND_KERNELS", "reference")  # compiles nothing
        if compiled_wanted():  # an earlier test of this process has decided so
            patch.delenv("BYHAND_KERNELS")
        patch.chdir(folder)
        train, test = mnist.train, mnist.test
        np.savez(
            "few.npz",
            x_train=train.images[:400], y_train=train.labels[:400],
            x_test=test.images[:100], y_test=test.labels[:100],
        )  # fmt: skip
        with served(None, load_dataset("few.npz"), "shipped") as found:
            yield found
    assert os.getcwd() == before


@pytest.fixture(scope="module")
def context(chromium):
    found = chromium.new_context(bypass_csp=True, reduced_motion="reduce")
    found.grant_permissions(["clipboard-read", "clipboard-write"])
    yield found
    found.close()


@pytest.fixture(scope="module")
def page(context, lab):
    """One page for all tests, with an image on the pad; it complains of nothing."""
    complaints: list[str] = []
    page = context.new_page()
    page.set_default_timeout(WAIT)
    watch(page, complaints)
    page.goto(lab.url)
    page.locator(".example-grid button").first.click()
    page.get_by_role("tab", name="Train").click()
    yield page
    assert complaints == []


def compose(page: Any, recipe: str, until: str = "Start", **fields: Any) -> None:
    """Start a new run of a recipe, with other values in some fields."""
    page.get_by_role("button", name="New run").click()
    page.get_by_label("Recipe", exact=True).select_option(recipe)
    page.get_by_role("button", name="As in the recipe").click(force=True)
    for label, value in fields.items():
        name = label.replace("_", " ")
        field = page.get_by_label(name, exact=True)
        if name == "In":
            field.select_option(value)
            continue
        field.fill(str(value))
        field.press("Tab")
    button = page.locator(".compose").get_by_role("button", name=until, exact=True)
    page.wait_for_timeout(300)  # the composition is checked once it rests
    button.click()


def state(page: Any, wanted: str) -> None:
    page.wait_for_selector(f".run-state[data-state={wanted}]")


def control(page: Any, name: str) -> None:
    page.get_by_role("group", name="Control the run").get_by_role(
        "button", name=name, exact=True
    ).click()


def current(lab: Any) -> str:
    """Return the newest run."""
    return lab.laboratory.runs.known()[0].id


def texts(page: Any) -> str:
    return " ".join(page.locator(".run").inner_text().split())


def test_two_epochs_of_fast_have_curves_with_the_engines_numbers(page, lab):
    compose(page, "fast", In="epochs", Length=2)
    state(page, "done")
    losses: list[float] = []
    expected = byhand.train(
        "fast",
        load_dataset("few.npz"),
        epochs=2,
        on_progress=lambda now: losses.append(now.loss),
    )
    chart = page.locator(".chart", has_text="Loss, nats an image")
    chart.locator("summary").click()
    rows = chart.locator("tbody tr")
    rows.nth(3).wait_for()
    shown = [float(row.split("\t")[1]) for row in rows.all_inner_texts()]
    assert shown == pytest.approx(losses, rel=5e-3) and len(shown) == 4
    model = byhand.load(f"runs/{current(lab)}/model.safetensors")
    for name, array in expected.model.network.arrays.items():
        assert_array_equal(model.network.arrays[name], array)
    drawn = page.locator(".chart", has_text="Your drawing").locator(".plot")
    assert "%" in drawn.get_attribute("aria-valuetext")


def test_composed_adjusted_and_the_same_bits_by_the_copied_code(page, lab):
    line = "The network as a line of text"
    settings = {line.replace(" ", "_"): DENSE, "Learning_rate": 0.05, "Length": 6}
    compose(page, "mlp", "One epoch", Batch=100, Held_out=0, **settings)
    state(page, "paused")
    assert "step 4 of 24" in texts(page)
    rate = page.get_by_role("region", name="Change while it runs").get_by_label(
        "Learning rate"
    )
    rate.fill("0.2")
    rate.press("Tab")
    control(page, "One step")
    page.get_by_text("after step 4: Learning rate 0.2").wait_for()
    page.get_by_text("step 5 of 24").wait_for()
    control(page, "Go on")
    state(page, "done")
    name = page.get_by_label("Name of this run")
    name.fill("Mine")
    name.press("Tab")
    page.locator(".run-choice strong", has_text="Mine").wait_for()
    code = page.get_by_role("region", name="As code")
    python = code.locator("[data-kind=python]")
    python.get_by_text("4 lr=0.2").wait_for()
    code.get_by_role("button", name="Copy").first.click()
    code.get_by_role("button", name="Copied").first.wait_for()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert "architecture=" in copied
    subprocess.run([sys.executable, "-c", copied], check=True)
    again = byhand.load("model.safetensors").network.arrays
    first = byhand.load(f"runs/{current(lab)}/model.safetensors").network.arrays
    for name, array in first.items():
        assert_array_equal(again[name], array)


def test_a_network_that_cannot_be_is_said_in_words(page):
    page.get_by_role("button", name="New run").click()
    line = page.get_by_label("The network as a line of text")
    line.fill("pixels 1/255 | flatten | danse 16 | dense {classes}")
    line.press("Tab")
    page.locator(".compose [role=alert]", has_text="did you mean dense?").wait_for()
    assert page.locator(".start").is_disabled()


def test_divergence_is_said_and_the_run_goes_back_to_before(page):
    compose(page, "mlp", Learning_rate=1e6, Held_out=0, Batch=20, Length=2)
    state(page, "diverged")
    page.get_by_text("The run diverges at step").wait_for()
    page.get_by_role("button", name="at a tenth of the rate").click()
    page.get_by_text(re.compile("after step .*: Learning rate 100000")).wait_for()
    page.wait_for_function("() => !document.querySelector('.run-state[data-state"
                           "=running]')")  # fmt: skip


def test_a_killed_child_is_said_after_a_reload_and_resumed(page, lab):
    compose(page, "mlp", "One step", Held_out=0, Batch=100, Length=2)
    state(page, "paused")
    process: RunProcess = lab.laboratory.runs.process
    process.process.kill()
    page.get_by_text("ended by force: its process is gone").wait_for()
    page.reload()
    page.locator(".run-choice").nth(1).click()
    state(page, "killed")
    control(page, "Go on")
    state(page, "done")


def test_two_runs_are_compared_by_their_curves(page):
    page.locator(".compare summary").click()
    page.locator(".compare input").first.check()
    legend = page.locator(".chart", has_text="Loss, nats an image").locator(
        ".plot-name"
    )
    page.wait_for_function("() => document.querySelector('.chart').querySelectorAll("
                           "'.plot-name').length === 2")  # fmt: skip
    assert legend.count() == 2


@pytest.mark.parametrize("shown", ["run", "compose"])
def test_axe_finds_nothing_and_360_pixels_are_enough(page, shown):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    if shown == "compose":
        page.get_by_role("button", name="New run").click()
        page.locator(".preview canvas").first.wait_for()
    found = axe.run(page).response["violations"]
    page.emulate_media(color_scheme="dark")
    options = {"runOnly": ["color-contrast"]}
    found += axe.run(page, options=options).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    size = page.viewport_size
    page.set_viewport_size({"width": 360, "height": 740})
    wide, window = page.evaluate(WIDTHS)
    page.set_viewport_size(size)
    page.emulate_media(color_scheme="light")
    assert wide <= window
