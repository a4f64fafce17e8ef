"""The views of the inside in a browser: sums, gradients, changes and undo."""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

import byhand
from byhand import nn
from byhand.model import Model

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from conftest import Served

POWERS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻−", "0123456789--")
UNITS = {1: (24, 24, 32), 4: (12, 12, 64), 10: (320,)}  # of layers that add up
# asked again until it is so: the page may write its own address over it meanwhile
CHOOSE = r"""([unit, place]) => {
  if (document.querySelector(".unit-place").textContent === place) return true;
  location.hash = location.hash.replace(/unit=\d+/, `unit=${unit}`);
}"""
WRITTEN = """() => {
  const texts = (found) => [...document.querySelectorAll(`.unit-panel ${found}`)]
    .map((element) => element.textContent);
  return [texts("tbody tr:not(.total) .product"), texts(".unit-value output")[0]];
}"""


def number(text: str) -> float:
    """Return the number that the page shows, as "−1.23·10⁻⁴"."""
    return float(re.sub(r"·10", "e", text.strip()).translate(POWERS))


def opened(page: Page, served: Served, image: Any, fields: str) -> None:
    """Open the page with an image and more in the address."""
    pixels = base64.urlsafe_b64encode(image.tobytes()).decode().rstrip("=")
    page.goto(served.url)
    page.goto("about:blank")
    page.goto(f"{served.base}/#square={pixels}&{fields}")


def place(shape: tuple[int, ...], unit: int) -> str:
    """Return a unit's place as the page says it."""
    if len(shape) == 1:
        return f"unit {unit}"
    row, column, channel = np.unravel_index(unit, shape)
    return f"row {row}, column {column}, channel {channel}"


@pytest.mark.parametrize("layer", UNITS)
def test_sums_written_out_are_the_activations(
    page: Page, laboratory: Served, mnist: Any, layer: int
):
    shape = UNITS[layer]
    units = np.random.default_rng(layer).integers(0, np.prod(shape), 7)
    x = mnist.test.images[:1]
    for each in byhand.load().network.layers[: layer + 1]:
        x, _ = each.forward(x, nn.Run())
    opened(page, laboratory, mnist.test.images[0], f"view=forward&layer={layer}&unit=0")
    page.locator(".unit button[aria-expanded=false]").click()
    for unit in map(int, units):
        given = [unit, place(shape, unit)]
        page.wait_for_function(CHOOSE, arg=given, polling=50)
        products, value = page.evaluate(WRITTEN)
        rounding = 5e-6 * len(products)
        assert number(value) == pytest.approx(x.ravel()[unit], abs=1e-5)
        assert sum(map(number, products)) == pytest.approx(number(value), abs=rounding)


def test_a_gradient_shown_is_pythons_and_the_central_difference(
    page: Page, laboratory: Served, mnist: Any
):
    fields = "view=backward&label=3&layer=1&unit=9007"
    opened(page, laboratory, mnist.test.images[0], fields)
    page.locator(".unit-panel button.weight").first.click()
    difference = page.locator(".by-difference").filter(has_text=re.compile(r"\d"))
    numeric = number(difference.inner_text())
    by_hand = number(page.locator(".by-hand").inner_text())
    name = page.locator(".weight-view h4").first.inner_text()
    network = byhand.load().network
    logits, caches = network.forward(mnist.test.images[:1], nn.Run(training=True))
    _, dlogits = nn.softmax_cross_entropy(logits, np.array([3]))
    grads = network.backward(dlogits, caches)
    array, *index = re.findall(r"1\.[wb]|\d+", name)
    expected = grads[array][tuple(map(int, index))]
    assert by_hand == pytest.approx(expected, rel=1e-3, abs=1e-6)
    assert numeric == pytest.approx(by_hand, rel=1e-3, abs=1e-6)


def test_a_zeroed_unit_changes_the_answer_and_is_undone(
    page: Page, laboratory: Served, mnist: Any
):
    seven = mnist.test.images[0]
    opened(page, laboratory, seven, "view=break")
    page.locator("#filter-layer").select_option("12")
    after = page.locator(".effect .after").filter(has_text="%")
    before = after.all_inner_texts()
    assert before[7] == "> 99.9 %"
    page.locator(".filter").nth(7).click()
    page.get_by_text("filter 7 of layer 12").wait_for()
    assert float(after.nth(7).inner_text().rstrip(" %")) < 50
    page.get_by_role("button", name="Undo all").click()
    page.get_by_text("None yet").wait_for()
    assert after.all_inner_texts() == before


OWN = {
    "dense 8x8": ("pixels 1/16 | flatten | dense 24 | relu | dense 10", (8, 8), 10),
    "26 classes": (
        "pixels 1/255 | conv 6 3x3 | relu | maxpool 2 | flatten | dropout 0.2 "
        "| dense 26",
        (14, 10),
        26,
    ),
}


def own_model(name: str) -> tuple[Model, Any]:
    """Return a model of that name that was not trained, and an image for it."""
    text, shape, classes = OWN[name]
    rng = np.random.default_rng(0)
    names = [chr(ord("A") + k) for k in range(classes)]
    model = Model(nn.build(text, shape, rng=rng), names, shape)
    return model, rng.integers(0, 255, shape).astype(np.uint8)


@pytest.mark.parametrize("name", OWN)
def test_own_models_have_every_view(serve: Any, page: Page, name: str):
    model, image = own_model(name)
    last = len(model.network.layers) - 1
    fields = f"view=forward&label=2&layer={last}&unit=3"
    opened(page, serve(model, None, name), image, fields)
    layers = page.locator(".layer")
    layers.first.wait_for()
    assert layers.count() == last + 3  # the input and softmax
    assert number(page.locator(".unit-value output").first.inner_text()) != 0
    classes = len(model.class_names)
    page.get_by_role("tab", name="Backward").click()
    page.locator(".loss-line output").wait_for()
    assert page.locator(".outputs > li").count() == classes
    page.get_by_role("tab", name="For and against").click()
    assert page.locator(".spoke-class").count() == classes
    page.get_by_role("tab", name="Break it").click()
    page.locator(".filter").nth(1).click()
    page.get_by_text("layer 1" if name == "26 classes" else "layer 2").first.wait_for()
    assert page.locator(".effect .after").count() == classes
