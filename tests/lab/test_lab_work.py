"""What the server computes: examples, rows, and the accuracy of a changed network."""

from __future__ import annotations

import base64
import http.client
import json

import numpy as np
import pytest

import byhand
from byhand.lab.changed import changed, misfit
from byhand.lab.tasks import Tasks, two_sevens
from byhand.model import Model
from byhand.nn.network import build


@pytest.fixture
def small(make_dataset, rng):
    """An untrained model of 26 classes with images of 8 × 8, and their data."""
    network = build("pixels 1/255 | flatten | dense 26", (8, 8), rng=rng)
    model = Model(network, "abcdefghijklmnopqrstuvwxyz", (8, 8))
    return model, make_dataset(60, 40, (8, 8), 10)


def get(served, path):
    access = served.laboratory.access
    connection = http.client.HTTPConnection("127.0.0.1", access.port, timeout=60)
    try:
        connection.request("GET", path, headers=served.headers)
        answer = connection.getresponse()
        return answer.status, answer.read()
    finally:
        connection.close()


def post(served, path, body, kind):
    access = served.laboratory.access
    connection = http.client.HTTPConnection("127.0.0.1", access.port, timeout=120)
    headers = served.headers | {"Content-Type": f"application/{kind}"}
    try:
        connection.request("POST", path, body, headers)
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())
    finally:
        connection.close()


def test_another_size_and_other_classes_are_served(serve, small):
    model, data = small
    served = serve(model, data, "letters")
    facts = json.loads(get(served, "/api/lab")[1])
    assert facts["model"]["shape"] == [8, 8]
    assert len(facts["model"]["classes"]) == 26
    images = json.loads(get(served, "/api/examples?label=2&count=3")[1])["images"]
    assert [image["label"] for image in images] == [2, 2, 2]
    pixels = np.frombuffer(base64.b64decode(images[0]["pixels"]), np.uint8)
    assert (pixels.reshape(8, 8) == data.test.images[images[0]["index"]]).all()


def test_without_data_there_are_no_examples_and_no_accuracy(serve, small):
    served = serve(small[0], None)
    assert json.loads(get(served, "/api/lab")[1])["data"] is None
    assert get(served, "/api/examples")[0] == 404
    assert post(served, "/api/accuracy", b'{"job": 1}', "json")[0] == 404


def test_a_picture_is_read_as_byhand_reads_it(laboratory, mnist):
    page = np.full((80, 120), 255, np.uint8)
    page[20:48, 15:43] -= mnist.test.images[0]
    page[20:48, 65:93] -= mnist.test.images[2]
    path = "/api/read?width=120&height=80"
    code, found = post(laboratory, path, page.tobytes(), "octet-stream")
    expected = byhand.read(page)
    assert (code, found["reading"]["lines"][0]["text"]) == (200, expected.text)


def test_the_accuracy_of_a_changed_network_comes_as_an_event(laboratory, mnist):
    access = laboratory.laboratory.access
    stream = http.client.HTTPConnection("127.0.0.1", access.port, timeout=120)
    stream.request("GET", "/api/events?page=7", headers=laboratory.headers)
    events = stream.getresponse()
    changes = [{"filter": {"layer": 1, "number": 0}}]
    for job in (1, 2):  # the second replaces the first
        wanted = {"page": 7, "job": job, "changes": changes, "count": 500}
        code, _ = post(laboratory, "/api/accuracy", json.dumps(wanted), "json")
        assert code == 202
    found = {}
    while found.get("job") != 2:
        line = events.readline().decode()
        if line.startswith("data:"):
            found = json.loads(line.removeprefix("data:"))
    model = byhand.load()
    at = np.linspace(0, 9999, 500).astype(np.int64)
    network = changed(model.network, changes)
    expected = Model(network, model.class_names, model.image_shape)
    right = expected.predict(mnist.test.images[at]) == mnist.test.labels[at]
    assert found == {
        "start": access.start, "job": 2, "right": int(right.sum()), "count": 500,
    }  # fmt: skip
    events.close()
    stream.close()


def test_it_is_ready_to_read_once_something_was_read(serve):
    served = serve()
    assert not json.loads(get(served, "/api/reader")[1])["ready"]
    path, grey = "/api/read?width=130&height=80", two_sevens()
    code, found = post(served, path, grey.tobytes(), "octet-stream")
    expected = [line.text for line in byhand.read(grey).lines]
    assert code == 200 and expected
    assert [line["text"] for line in found["reading"]["lines"]] == expected
    assert json.loads(get(served, "/api/reader")[1])["ready"]


def test_warming_up_needs_no_model_of_digits(small):
    Tasks(small[0], None).warm(None)


def test_a_crash_of_the_child_is_an_error_and_the_next_question_is_answered(
    serve, small
):
    served = serve(*small)
    assert get(served, "/api/examples?kind=hard")[0] == 200
    served.laboratory.worker.process.kill()
    served.laboratory.worker.process.join()
    assert get(served, "/api/examples?kind=hard")[0] in (200, 503)
    assert get(served, "/api/examples?kind=hard")[0] == 200


def test_hard_images_are_those_nearest_to_being_wrong(small):
    model, data = small
    tasks = Tasks(model, data.test)
    found = tasks.hard({"label": None, "count": 2, "seed": 0})
    scores = model.logits(data.test.images)
    right = scores.argmax(axis=1) == data.test.labels
    assert right[found].all()


def test_a_zeroed_filter_and_a_set_number(rng):
    network = build("pixels 1/255 | conv 3 2x2 | flatten | dense 4", (6, 5), rng=rng)
    changes = [
        {"filter": {"layer": 1, "number": 2}},
        {"name": "3.w", "index": 5, "value": 9.0},
    ]
    assert misfit(network, changes) is None
    found = changed(network, changes).arrays
    assert not found["1.w"][..., 2].any() and found["1.b"][2] == 0
    assert found["1.w"][..., :2].all() and found["3.w"].flat[5] == 9
    assert network.arrays["1.w"].all()  # it is not changed itself


@pytest.mark.parametrize(
    "change",
    [
        {"name": "9.w", "index": 0, "value": 1.0},
        {"name": "3.b", "index": 4, "value": 1.0},
        {"filter": {"layer": 1, "number": 3}},
        {"filter": {"layer": 2, "number": 0}},
    ],
)
def test_a_change_that_does_not_fit_is_found(rng, change):
    network = build("pixels 1/255 | conv 3 2x2 | flatten | dense 4", (6, 5), rng=rng)
    assert misfit(network, [change])
