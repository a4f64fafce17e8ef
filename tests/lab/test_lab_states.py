"""Models of other sizes and classes in the page; what it says when something fails."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from tests.lab.drawing import ONE, SEVEN, answer, draw

from byhand.model import Model
from byhand.nn.network import build

if TYPE_CHECKING:
    from playwright.sync_api import Page

LETTERS = "abcdefghijklmnopqrstuvwxyz"


def model_of(classes: str, shape: tuple[int, int], rng) -> Model:
    """An untrained model."""
    text = f"pixels 1/255 | conv 4 3x3 | relu | flatten | dense {len(classes)}"
    return Model(build(text, shape, rng=rng), classes, shape)


def opened(page: Page, url: str) -> Page:
    page.goto(url)
    page.wait_for_selector("#pad")
    return page


@pytest.mark.parametrize(
    ("classes", "shape"), [("0123456789", (8, 8)), (LETTERS, (20, 12))]
)
def test_a_model_of_another_size_is_drawn_for(
    page, serve, make_dataset, rng, classes, shape
):
    model = model_of(classes, shape, rng)
    data = make_dataset(60, 40, shape, 10)  # it has ten names
    opened(page, serve(model, data, "own").url)
    assert page.locator(".bar").count() == len(classes)
    height, width = shape
    text = f"{height} × {width} pixels, {len(classes)} classes"
    assert text in page.locator(".model").inner_text()
    draw(page, SEVEN)
    found = answer(page)
    assert found in {*classes, "?"}
    shares = page.locator(".bar-share").all_inner_texts()
    assert sum(float(each.strip("> %")) for each in shares) == pytest.approx(100, abs=2)
    seen = page.locator(".seen canvas")
    assert seen.evaluate("(e) => [e.height, e.width]") == list(shape)
    assert page.evaluate(INK) > 0
    page.locator(".example-grid button").first.click()
    page.wait_for_selector("text=it is labelled")


INK = """() => {
  const canvas = document.querySelector('.seen canvas');
  const { data } = canvas.getContext('2d').getImageData(
    0, 0, canvas.width, canvas.height);
  return data.filter((level, at) => at % 4 === 0 && level > 100).length;
}"""


def test_without_data_the_page_says_how_to_open_some(page, serve, rng):
    opened(page, serve(model_of(LETTERS, (8, 8), rng)).url)
    page.wait_for_selector("text=No data set is open")
    draw(page, ONE)
    assert answer(page) != "–"


def test_a_model_of_other_classes_says_that_it_reads_no_rows(browsed, serve, rng):
    page = browsed()
    opened(page, serve(model_of(LETTERS, (8, 8), rng)).url)
    page.get_by_role("tab", name="Several at once").click()
    draw(page, ONE)
    page.wait_for_selector("text=this model does not read rows")


@pytest.fixture
def browsed(chromium) -> Any:
    """A function that opens pages whose console may complain of a request."""
    contexts = []

    def new() -> Page:
        contexts.append(chromium.new_context())
        return contexts[-1].new_page()

    yield new
    for context in contexts:
        context.close()


def test_a_page_that_cannot_load_says_so(browsed, laboratory):
    page = browsed()
    page.route("**/api/weights", lambda route: route.fulfill(status=500, json={}))
    page.goto(laboratory.url)
    page.wait_for_selector("text=The laboratory could not be loaded")
    page.unroute("**/api/weights")
    page.get_by_role("button", name="Reload").click()
    page.wait_for_selector("#pad")


def test_when_the_server_is_gone_the_page_says_so_and_still_answers(
    browsed, serve, make_dataset, rng
):
    model = model_of("0123456789", (8, 8), rng)
    served = serve(model, make_dataset(60, 40, (8, 8), 10))
    page = opened(browsed(), served.url)
    page.wait_for_selector(".example-grid button")
    served.end()
    page.get_by_role("button", name="Others").click()
    page.wait_for_selector("text=The server does not answer")
    page.wait_for_selector("text=The examples did not come")
    draw(page, ONE)
    assert answer(page) != "–"


def test_a_server_that_was_started_anew_is_noticed(browsed, serve, make_dataset, rng):
    model = model_of("0123456789", (8, 8), rng)
    data = make_dataset(60, 40, (8, 8), 10)
    first = serve(model, data)
    page = opened(browsed(), first.url)
    page.wait_for_selector(".example-grid button")
    first.end()
    serve(model, data, "another", first.laboratory.access.port)
    page.get_by_role("button", name="Others").click()
    page.wait_for_selector("text=The server was started anew")


def test_while_rows_cannot_be_read_yet_the_page_says_what_it_waits_for(page, serve):
    served = serve()
    page.route("**/api/read?**", lambda route: None)  # no answer comes
    opened(page, served.url)
    page.get_by_role("tab", name="Several at once").click()
    draw(page, ONE)
    page.wait_for_selector("text=The server is compiling what reads rows")


def test_the_tab_of_the_view_is_seen_on_a_phone(new_page, laboratory):
    page = new_page(viewport={"width": 360, "height": 740})
    for view, name in (("break", "Break it"), ("draw", "What it sees")):
        page.goto(laboratory.url)
        page.goto(laboratory.url.split("?")[0] + f"#view={view}")
        page.reload()
        tab = page.get_by_role("tab", name=name)
        tab.wait_for()
        page.wait_for_function(
            "(tab) => tab.getBoundingClientRect().right <= innerWidth"
            " && tab.getBoundingClientRect().left >= 0",
            arg=tab.element_handle(),
        )


def test_a_unit_that_the_network_lacks_is_said(page, laboratory):
    opened(page, laboratory.url)
    page.goto(laboratory.url.split("?")[0] + "#view=forward&layer=1&unit=99999999")
    page.reload()
    page.wait_for_selector("#pad")
    draw(page, SEVEN)
    page.wait_for_selector("text=unit 99999999 of layer 1; this network has none there")
