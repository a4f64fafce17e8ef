"""The exported page: one small file that answers as Python does, offline."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from page_modules import text_of

import byhand
from byhand.errors import DataError
from byhand.lab.page_file import EXAMPLES, chosen, export_page, page_of
from byhand.model import Model
from byhand.nn.network import build

MOST = 2_000_000  # bytes
ANSWERS = """async (images) => {
  const { openSource } = await import("byhand/source");
  const { answer, buildNetwork } = await import("byhand/network");
  const { readTensors } = await import("byhand/tensors");
  const source = openSource();
  const { model } = await source.lab();
  const tensors = readTensors(await source.weights());
  const network = buildNetwork(model.architecture, model.shape, tensors);
  const pixels = Uint8Array.from(atob(images), (c) => c.charCodeAt(0));
  const size = model.shape[0] * model.shape[1];
  return Array.from({ length: pixels.length / size }, (_, n) => {
    const image = pixels.subarray(n * size, (n + 1) * size);
    return [...answer(network.logits(network.forward(image)), model).probabilities];
  });
}"""


@pytest.fixture(scope="module")
def exported(tmp_path_factory) -> Path:
    file = tmp_path_factory.mktemp("page") / "digits.html"
    export_page("shipped", file)
    return file


@pytest.fixture
def offline(new_page, exported) -> Any:
    """The exported page, opened from the disk without a network."""
    page = new_page()
    page.context.set_offline(True)
    page.goto(exported.as_uri())
    page.wait_for_selector("main.lab")
    return page


def inside(page: str, name: str) -> Any:
    (text,) = re.findall(f'id="{name}">(.*?)</script>', page, re.S)
    return json.loads(text) if name != "model" else base64.b64decode(text)


def test_the_page_in_the_docs_is_the_one_that_is_exported_now(exported):
    """`byhand export shipped docs/laboratory.html` makes it again."""
    page = Path(__file__).parents[2] / "docs" / "laboratory.html"
    assert page.read_bytes() == exported.read_bytes()


def test_the_file_is_below_two_megabytes_and_holds_the_model_as_it_is(exported):
    page = exported.read_text("utf-8")
    assert exported.stat().st_size < MOST
    model = Path(byhand.__file__).parent / "models" / "digits.safetensors"
    assert inside(page, "model") == model.read_bytes()


def test_it_says_what_made_it_and_whose_the_examples_are(exported):
    page = exported.read_text("utf-8")
    facts = inside(page, "facts")
    assert facts["made"]["by"] == f"byhand {byhand.__version__}"
    assert re.fullmatch("sha256 [0-9a-f]{64}", facts["made"]["model"])
    assert f'name="generator" content="byhand {byhand.__version__}, model sha' in page
    assert facts["data"]["licence"] == "CC BY-SA 3.0"


def test_the_examples_are_of_all_classes_and_the_model_gets_them_right(mnist):
    model = byhand.load()
    numbers = chosen(model, mnist)
    labels = mnist.test.labels[numbers]
    assert list(np.bincount(labels)) == [EXAMPLES // 10] * 10
    assert len(set(numbers)) == EXAMPLES
    hard = model.predict_proba(mnist.test.images[numbers]).max(axis=1) < 0.9
    assert 5 <= hard.sum() <= 12


def test_it_answers_alike_offline(offline, mnist):
    images = mnist.test.images[:50]
    found = np.array(offline.evaluate(ANSWERS, text_of(images)))
    assert np.abs(found - byhand.load().predict_proba(images)).max() <= 1e-4


READ = """async ([grey, width, height]) => {
  const { openSource } = await import("byhand/source");
  const data = Uint8Array.from(atob(grey), (c) => c.charCodeAt(0));
  return openSource().read({ width, height, data });
}"""


def test_digits_apart_are_read_from_left_to_right(offline, mnist):
    row = np.full((60, 200), 255, np.uint8)
    for place, number in enumerate((0, 2, 4)):  # a 7, a 1 and a 4
        left = 10 + 60 * place
        row[16:44, left : left + 28] = 255 - mnist.test.images[number]
    found = offline.evaluate(READ, [text_of(row), 200, 60])
    (line,) = found["lines"]
    assert line["text"] == "714"
    lefts = [digit["box"][0] for digit in line["digits"]]
    assert lefts == sorted(lefts)
    assert all(10 + 60 * n <= left < 38 + 60 * n for n, left in enumerate(lefts))


def test_rows_are_read_from_top_to_bottom_and_strokes_apart_are_one_digit(
    offline, mnist
):
    rows = np.full((170, 200), 255, np.uint8)
    for place, number in enumerate((0, 2, 4, 1)):
        top, left = 16 + 80 * (place // 2), 20 + 90 * (place % 2)
        rows[top : top + 28, left : left + 28] = 255 - mnist.test.images[number]
    rows[25, 20:138] = 255  # parts the upper two from their upper ends
    found = offline.evaluate(READ, [text_of(rows), 200, 170])
    assert [line["text"] for line in found["lines"]] == ["71", "42"]


def test_the_page_says_at_its_foot_what_made_it(offline):
    text = offline.text_content("footer.made")
    assert f"byhand {byhand.__version__}; model sha256 " in text
    assert "Examples from mnist, CC BY-SA 3.0" in text


def test_a_digit_drawn_by_mouse_is_read_offline(offline):
    box = offline.locator("#pad").bounding_box()
    x, y = box["x"] + 0.4 * box["width"], box["y"] + 0.2 * box["height"]
    tall = 0.6 * box["height"]
    offline.mouse.move(x, y)
    offline.mouse.down()
    offline.mouse.move(x + 0.6 * tall, y, steps=8)
    offline.mouse.move(x + 0.2 * tall, y + tall, steps=12)
    offline.mouse.up()
    offline.wait_for_selector("p.verdict-class:text-is('7')")


ACCURACY = """async (changes) => {
  const { openSource } = await import("byhand/source");
  return openSource().accuracy(changes, 100);
}"""


def test_a_broken_network_is_worse_on_the_examples(offline):
    broken = [{"filter": {"layer": 1, "number": n}} for n in range(32)]
    found = [offline.evaluate(ACCURACY, changes) for changes in ([], broken)]
    assert found[0]["count"] == found[1]["count"] == EXAMPLES
    assert found[0]["right"] >= EXAMPLES - 1
    assert found[1]["right"] <= EXAMPLES // 4


EXAMPLE = """async (query) => {
  const { openSource } = await import("byhand/source");
  const images = await openSource().examples(query);
  return images.map(({ label, index, pixels }) => ({ label, index, n: pixels.length }));
}"""


def test_examples_of_a_class_come_from_inside(offline, mnist):
    found = offline.evaluate(EXAMPLE, {"label": 3, "count": 3})
    assert [each["label"] for each in found] == [3, 3, 3]
    assert all(mnist.test.labels[each["index"]] == 3 for each in found)
    assert {each["n"] for each in found} == {784}
    (hard,) = offline.evaluate(EXAMPLE, {"kind": "hard", "count": 1})
    images = mnist.test.images[hard["index"]][None]
    assert byhand.load().predict_proba(images).max() < 0.9


def test_a_model_of_other_images_has_no_examples_and_others_data_are_refused(
    rng, tmp_path, mnist
):
    text = "pixels 1/255 | flatten | dense 26"
    model = Model(build(text, (8, 8), rng=rng), [*map(chr, range(97, 123))], (8, 8))
    model.save(tmp_path / "letters.safetensors")
    export_page(tmp_path / "letters.safetensors", tmp_path / "letters.html")
    page = (tmp_path / "letters.html").read_text("utf-8")
    assert inside(page, "examples") == {"images": []}
    assert inside(page, "facts")["data"] is None
    with pytest.raises(DataError, match=r"expected images of \(8, 8\)"):
        page_of(model, None, "letters", mnist)
