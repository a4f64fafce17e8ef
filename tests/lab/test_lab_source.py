"""What the page asks the server, and what it makes of the answers."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from page_modules import text_of

import byhand

OPEN = """async () => {
  const { openSource } = await import("/static/source.js");
  window.source = openSource();
  window.restarts = 0;
  source.onRestart(() => window.restarts++);
}"""


@pytest.fixture
def opened(page, laboratory) -> Any:
    """The page of a server, with a source of its own."""
    page.goto(laboratory.url)
    page.wait_for_selector("main")
    page.evaluate(OPEN)
    return page


ANSWER = """async (image) => {
  const { readTensors } = await import("/static/tensors.js");
  const { answer, buildNetwork } = await import("/static/network.js");
  const { model } = await source.lab();
  const tensors = readTensors(await source.weights());
  const network = buildNetwork(model.architecture, model.shape, tensors);
  const pixels = Uint8Array.from(atob(image), (c) => c.charCodeAt(0));
  return [...answer(network.logits(network.forward(pixels)), model).probabilities];
}"""


def test_facts_and_weights_of_the_server_make_the_same_network(opened, mnist):
    image = mnist.test.images[7]
    found = np.array(opened.evaluate(ANSWER, text_of(image)))
    assert np.abs(found - byhand.load().predict_proba(image)).max() <= 1e-4


def test_examples_have_their_pixels(opened, mnist):
    script = """async (query) => (await source.examples(query)).map(
      (image) => ({ ...image, p: [...image.pixels] }))"""
    for image in opened.evaluate(script, {"label": 4, "count": 3, "seed": 1}):
        index = image["index"]
        assert image["label"] == mnist.test.labels[index] == 4
        assert image["p"] == mnist.test.images[index].ravel().tolist()


def answering(page: Any, address: str, **answer: Any) -> list[Any]:
    """Let a page find this answer at an address; return what it will have asked."""
    asked: list[Any] = []

    def answered(route: Any) -> None:
        asked.append(route.request)
        route.fulfill(json=answer)

    page.route(f"**/{address}**", answered)
    return asked


def test_a_drawing_is_read_as_bytes(opened):
    reading = {"lines": [], "warnings": ["nothing"]}
    asked = answering(opened, "api/read", start=1, reading=reading)
    script = """() => source.read(
      { width: 3, height: 2, data: new Uint8Array([0, 50, 100, 150, 200, 255]) })"""
    assert opened.evaluate(script) == reading
    (request,) = asked
    assert request.url.endswith("api/read?width=3&height=2")
    assert request.headers["content-type"] == "application/octet-stream"
    assert request.post_data_buffer == bytes([0, 50, 100, 150, 200, 255])


def test_a_newer_drawing_ends_the_question_about_an_older_one(opened):
    opened.evaluate("""() => {
      window.fetch = (address, { signal }) => new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
      });
    }""")
    found = opened.evaluate("""async () => {
      const grey = { width: 1, height: 1, data: new Uint8Array(1) };
      const first = source.read(grey).catch((error) => error.name);
      const control = new AbortController();
      const second = source.read(grey, control.signal).catch((error) => error.name);
      const ended = [await first, "the second waits"];
      control.abort();
      return [...ended, await second];
    }""")
    assert found == ["AbortError", "the second waits", "AbortError"]


def test_another_start_number_is_noticed(opened):
    opened.evaluate("() => source.lab()")
    answering(opened, "api/read", start=-1, reading={})
    read = "() => source.read({ width: 1, height: 1, data: new Uint8Array(1) })"
    opened.evaluate(read)
    assert opened.evaluate("() => restarts") == 1
    opened.evaluate(read)
    assert opened.evaluate("() => restarts") == 1


EVENTS = """() => {
  window.EventSource = class extends EventTarget {
    constructor() {
      super();
      window.stream = this;
      queueMicrotask(() => this.dispatchEvent(new Event("open")));
    }
    close() {}
    say(data) {
      this.dispatchEvent(new MessageEvent("accuracy", { data: JSON.stringify(data) }));
    }
  };
}"""


def test_the_newest_question_about_accuracy_is_answered_and_others_end(opened):
    opened.evaluate(EVENTS)
    asked = answering(opened, "api/accuracy", start=5)
    with opened.expect_response("**/api/accuracy"):
        found = opened.evaluate("""async () => {
          const first = source.accuracy([{ name: "1.w", index: 0, value: 2 }], 100);
          const second = source.accuracy([], 100);
          stream.say({ start: 5, job: 1, right: 1, count: 100 });
          stream.say({ start: 5, job: 2, right: 99, count: 100 });
          const { right, count } = await second;
          return [await first, right, count];
        }""")
    assert found == [None, 99, 100]
    jobs = [json.loads(request.post_data)["job"] for request in asked]
    assert jobs == [2]  # the first was replaced before the stream was open


def test_the_accuracy_of_the_server_comes_and_its_stream_is_closed(opened, laboratory):
    found = opened.evaluate("() => source.accuracy([], 200)")
    assert found["count"] == 200 and found["right"] >= 190
    opened.wait_for_timeout(0)
    assert opened.evaluate("() => source.accuracy([], 100)")["count"] == 100
    assert opened.evaluate("() => restarts") == 0
