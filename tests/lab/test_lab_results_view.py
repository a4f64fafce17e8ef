"""The results in a browser: what the page shows is what the engine found."""

from __future__ import annotations

import http.client
import json
from typing import Any

import numpy as np
import pytest
from test_lab_results import decoded, trained  # noqa: F401  a fixture

from byhand.evaluation import evaluate
from byhand.lab.page_file import page_of
from byhand.lab.pruned import pruned
from byhand.model import Model
from byhand.robustness.adjusted import Adjustment, adjusted

ARRANGED = """async ([places, width]) => {
  const { arranged } = await import("/static/map_plot.js");
  return [...arranged(Float32Array.from(places), width, 0.8 * width)];
}"""
SET = """(input, value) => {
  input.value = value;
  input.dispatchEvent(new Event("input"));
}"""
BEYOND = """() => [...document.querySelectorAll(".results *")].filter((element) =>
  element.getBoundingClientRect().right > innerWidth &&
  !element.closest(".table-room, .visually-hidden")).map((each) => each.outerHTML)"""
SIZE: Any = {"width": 1280, "height": 1200}  # the map is in view
SECTIONS = ("mistakes", "map", "robustness", "units", "pruning")


@pytest.fixture(scope="module")
def small(trained):  # noqa: F811
    """The small model in a laboratory of its own."""
    from conftest import served

    with served(*trained, "small") as found:
        yield found


@pytest.fixture(scope="module")
def complaints() -> list[str]:
    return []


@pytest.fixture(scope="module")
def results(chromium, small, complaints):
    """A page that shows the results of the small model."""
    from conftest import page_with_view

    page = page_with_view(chromium, small, complaints, "results", viewport=SIZE)
    page.wait_for_selector(".confusion")
    yield page
    page.close()


def opened(page: Any, section: str) -> None:
    page.locator(f"#results-{section}").click()
    page.locator("#results-mistakes:not([aria-pressed=true])").or_(
        page.locator(".confusion")
    ).first.wait_for()
    page.locator(".found[aria-busy=true]").wait_for(state="detached", timeout=60_000)


def test_a_cell_of_the_confusion_matrix_opens_its_images(results, trained):  # noqa: F811
    model, data = trained
    opened(results, "mistakes")
    found = evaluate(model, data)
    truth, read = map(int, np.argwhere(found.confusion * (1 - np.eye(5)))[0])
    counts = results.locator(".confusion button").all_inner_texts()
    assert [*map(int, counts)] == found.confusion[found.confusion > 0].tolist()
    cell = results.locator(f"[data-cell='{truth} {read}']")
    cell.click()
    results.get_by_text(f"{found.confusion[truth, read]} × {'abcde'[truth]}").wait_for()
    shown = results.locator(".behind .example")
    shown.first.wait_for()
    numbers = [int(each.get_attribute("data-index") or -1) for each in shown.all()]
    assert len(numbers) == found.confusion[truth, read]
    assert set(data.test.labels[numbers]) == {truth}
    assert set(found.predictions[numbers]) == {read}
    cell.press("ArrowDown")
    assert results.evaluate("document.activeElement.dataset.cell") != f"{truth} {read}"
    results.get_by_role("button", name="All mistakes").click()
    results.wait_for_function(
        "n => document.querySelectorAll('.behind .example').length === n",
        arg=min(30, len(found.mistakes)),
    )
    first = results.locator(".behind .example").first
    assert int(first.get_attribute("data-index") or -1) == found.mistakes[0]
    first.click()
    assert f"labelled {'abcde'[data.test.labels[found.mistakes[0]]]}" in (
        results.locator(".workspace").inner_text()
    )


def test_the_map_shows_the_image_that_is_pointed_at(results, small):
    opened(results, "map")
    results.locator(".map canvas").wait_for()
    connection = http.client.HTTPConnection(small.base.removeprefix("http://"))
    layer = results.locator(".results select").input_value()
    connection.request("GET", f"/api/map?layer={layer}", headers=small.headers)
    answer = json.loads(connection.getresponse().read())
    connection.close()
    box = results.locator(".map canvas").bounding_box()
    places = decoded(answer["places"], "<f4").tolist()
    drawn = results.evaluate(ARRANGED, [places, box["width"]])
    drawn = np.array(drawn).reshape(-1, 2)
    apart = np.linalg.norm(drawn[:, None] - drawn, axis=2)
    np.fill_diagonal(apart, np.inf)
    clear = np.flatnonzero(apart.min(axis=1) > 2)[:50]
    assert len(clear) == 50
    for i in clear:
        x, y = drawn[i]
        results.mouse.move(box["x"] + x, box["y"] + y)
        index = answer["images"][i]
        results.locator(f".map-image[data-index='{index}']").wait_for(timeout=5000)
    nearest = decoded(answer["nearest"], "<u2").reshape(-1, 5)[clear[-1]]
    shown = results.locator(".near .example").all()
    numbers = [int(each.get_attribute("data-index")) for each in shown]
    assert numbers == [answer["images"][n] for n in nearest]


def test_arrow_keys_walk_over_the_map(results):
    opened(results, "map")
    area = results.locator(".map")
    area.focus()
    area.press("Escape")
    seen = []
    for key in ("ArrowRight", "ArrowRight", "ArrowLeft"):
        area.press(key)
        said = area.locator("[role=status]").inner_text()
        assert said.startswith("Test image")
        seen.append(said)
    assert seen[0] != seen[1]


def after(page: Any) -> str:
    """Return the number of the sliders' answer, once nothing is being computed."""
    page.locator("[data-state=done]").wait_for()
    return page.locator("[data-state=done] .after").first.inner_text()


def shown(right: int, count: int) -> str:
    return f"{100 * right / count:.2f} %"


def test_sliders_give_the_engines_number(results, trained):  # noqa: F811
    model, data = trained
    opened(results, "robustness")
    right = evaluate(model, data).correct
    assert after(results) == shown(right, 90)
    counts = []
    for changes in ({"degrees": 40}, {"degrees": 40, "right": 2, "noise": 120}):
        for name, value in changes.items():
            number = ("degrees", "right", "down", "scale", "thickness", "noise").index(
                name
            )
            results.locator(".slider input").nth(number).evaluate(SET, value)
        by = Adjustment(**changes)
        images = adjusted(np.array(data.test.images), by, np.random.default_rng(0))
        counts.append(evaluate(model, (images, data.test.labels)).correct)
        results.get_by_text(f"{counts[-1]} right, measured on all 90").wait_for()
        assert after(results) == shown(counts[-1], 90)
    assert len({right, *counts}) == 3
    results.get_by_role("button", name="As they were").click()
    results.get_by_text(f"{right} right, measured on all 90").wait_for()


def test_pruning_gives_the_engines_number(results, trained):  # noqa: F811
    model, data = trained
    opened(results, "pruning")
    results.locator(".slider input").evaluate(SET, 80)
    network = pruned(model.network, 0.8)
    other = Model(network, model.class_names, model.image_shape)
    expected = evaluate(other, data).correct
    results.get_by_text(f"{expected} right, measured on all 90").wait_for()
    assert "146" in results.locator(".compared").inner_text()  # of 732 weights


def test_units_are_sorted_by_what_they_cost(results, trained):  # noqa: F811
    opened(results, "units")
    shares = results.locator(".units-table tbody td:nth-child(2)").all_inner_texts()
    values = [float(text.split(" %")[0]) for text in shares]
    assert len(values) == 12 and values == sorted(values)
    results.wait_for_function(
        "document.querySelectorAll('.exciting canvas').length === 96"
    )


@pytest.mark.parametrize("section", SECTIONS)
def test_axe_finds_no_violation_and_a_phone_has_room(results, section, complaints):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    results.emulate_media(color_scheme="light")
    opened(results, section)
    found = axe.run(results).response["violations"]
    results.emulate_media(color_scheme="dark")
    options = {"runOnly": ["color-contrast"]}
    found += axe.run(results, options=options).response["violations"]
    assert [(v["id"], v["nodes"][0]["html"]) for v in found] == []
    results.set_viewport_size({"width": 360, "height": 740})
    assert results.evaluate(BEYOND) == []
    results.set_viewport_size(SIZE)
    assert complaints == []


def test_a_map_says_how_far_it_is_and_why_there_is_none(chromium, small):
    page = chromium.new_page()
    start = small.laboratory.access.start
    held: list[Any] = []
    page.route(
        "**/api/share**", lambda r: r.fulfill(json={"start": start, "share": 0.25})
    )
    page.route("**/api/map**", lambda route: held.append(route))
    page.goto(small.url)
    page.goto("about:blank")
    page.goto(f"{small.base}/#view=results")
    page.wait_for_selector(".confusion")
    page.locator("#results-map").click()
    page.get_by_text("25 % done").wait_for()
    line = "this needs openTSNE: pip install 'byhand[map]'"
    held[0].fulfill(status=422, json={"start": start, "error": line})
    page.get_by_text(line).wait_for()
    page.unroute("**/api/map**")
    page.get_by_role("button", name="Try again").click()
    page.locator(".map canvas").wait_for()
    page.close()


def test_a_page_in_a_file_has_no_view_that_needs_the_server(trained):  # noqa: F811
    model, data = trained
    page = page_of(model, None, "small", data)
    assert "byhand/views" in page and "byhand/served_views" in page
    assert "byhand/results" not in page
