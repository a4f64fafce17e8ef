"""What the child computes of the test images is what the engine computes."""

from __future__ import annotations

import base64
import json
from typing import Any

import numpy as np
import pytest
from test_lab_work import get
from tests.conftest import toy_dataset

import byhand
from byhand.evaluation import evaluate
from byhand.lab.changed import changed
from byhand.lab.maps import compared, layers_shown
from byhand.lab.pruned import pruned
from byhand.lab.tasks import Tasks
from byhand.model import Model
from byhand.nn.network import build
from byhand.robustness.adjusted import Adjustment, adjusted

TEXT = "pixels 1/255 | flatten | dense 12 | relu | dense 5"


@pytest.fixture(scope="module")
def trained():
    """A model of five classes, trained a little, and its data."""
    data = toy_dataset(200, 90, (8, 7), 5, noise=110.0)
    settings: dict[str, Any] = {"optimizer": "adamw", "lr": 0.01, "init": "he"}
    settings |= {"batch": 20, "epochs": 10, "validation": 20, "progress": False}
    model = byhand.train("classic", data, architecture=TEXT, **settings).model
    assert 0.5 < evaluate(model, data).accuracy < 0.9
    return model, data


@pytest.fixture(scope="module")
def small(trained):
    """That model in a laboratory of its own."""
    from conftest import served

    with served(*trained, "small") as found:
        yield found


def found(served, path):
    code, body = get(served, path)
    assert code == 200, body
    return json.loads(body)


def decoded(text, kind):
    return np.frombuffer(base64.b64decode(text), kind)


def accuracy(model, network, split):
    other = Model(network, model.class_names, model.image_shape)
    return evaluate(other, split).correct


def test_scores_are_those_of_evaluate(small, trained):
    model, data = trained
    answer, expected = found(small, "/api/scores"), evaluate(model, data)
    assert (answer["right"], answer["count"]) == (expected.correct, expected.count)
    assert answer["confusion"] == expected.confusion.tolist()
    assert answer["mistakes"] == expected.mistakes.tolist()
    assert answer["interval"] == pytest.approx(expected.interval)
    assert answer["recall"] == pytest.approx(expected.recall.tolist())
    predictions = decoded(answer["predictions"], "<u2")
    assert np.array_equal(predictions, expected.predictions)
    assert np.array_equal(decoded(answer["labels"], "<u2"), data.test.labels)
    confidences = decoded(answer["confidences"], "<f4")
    assert confidences == pytest.approx(expected.confidences, abs=1e-6)
    bins = answer["reliability"]
    gaps = [each["count"] * abs(each["confidence"] - each["accuracy"]) for each in bins]
    error = sum(gaps) / expected.count
    assert error == pytest.approx(expected.calibration_error, abs=1e-6)
    assert answer["calibration_error"] == pytest.approx(error, abs=1e-6)


def test_images_come_as_asked(small, trained):
    images = found(small, "/api/images?index=7&index=3")["images"]
    assert [image["index"] for image in images] == [7, 3]
    test = trained[1].test
    assert (
        decoded(images[0]["pixels"], "u1").tolist() == test.images[7].ravel().tolist()
    )


def test_the_sliders_change_the_images_that_are_scored(small, trained):
    model, data = trained
    path = "/api/robustness?degrees=10&right=1&down=-1&scale=0.9&thickness=1&noise=9"
    answer = found(small, path)
    by = Adjustment(10, 1, -1, 0.9, 1, 9)
    images = adjusted(np.array(data.test.images), by, np.random.default_rng(0))
    expected = evaluate(model, (images, data.test.labels))
    assert (answer["right"], answer["count"]) == (expected.correct, 90)
    seen = answer["examples"][3]
    assert decoded(seen["pixels"], "u1").tolist() == images[3].ravel().tolist()
    assert (seen["label"], seen["read"]) == (3, expected.predictions[3])


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_pruning_takes_the_smallest_weights(small, trained, share):
    model, data = trained
    answer = found(small, f"/api/pruning?share={share}")
    network = pruned(model.network, share)
    assert answer["right"] == accuracy(model, network, data.test)
    left = sum(layer["left"] for layer in answer["layers"])
    assert left == round((1 - share) * (56 * 12 + 12 * 5))
    before, after = model.network.arrays["2.w"], network.arrays["2.w"]
    assert np.array_equal(after[after != 0], before[after != 0])
    if share == 0.5:
        gone = abs(before[after == 0]).max()
        assert gone <= min(
            abs(a[a != 0]).min() for n, a in network.arrays.items() if n[-1] == "w"
        )


def test_the_accuracy_without_a_unit_is_that_of_the_network_without_it(small, trained):
    model, data = trained
    answer = found(small, "/api/units?layer=2")
    for unit in (0, 11):
        change = [{"filter": {"layer": 2, "number": unit}}]
        expected = accuracy(model, changed(model.network, change), data.test)
        assert answer["units"][unit]["right"] == expected
    assert answer["right"] == evaluate(model, data).correct
    w, b = model.network.arrays["2.w"], model.network.arrays["2.b"]
    y = data.test.images.reshape(90, -1) / np.float32(255) @ w + b
    expected = np.argsort(-y[:, 5], kind="stable")[:8]
    assert answer["units"][5]["images"] == expected.tolist()


def test_units_before_a_skip_connection_are_taken_from_all_that_follows():
    text = "pixels 1/255 | flatten | dense 6 | as a | relu | add a | dense 5"
    data = toy_dataset(10, 40, (4, 4), 5)
    network = build(text, (4, 4), rng=np.random.default_rng(1))
    model = Model(network, "abcde", (4, 4))
    wanted = {"of": "units", "by": {"layer": 2}}
    *_, answer = Tasks(model, data.test).result(wanted)
    change = [{"filter": {"layer": 2, "number": 4}}]
    expected = accuracy(model, changed(network, change), data.test)
    assert answer["units"][4]["right"] == expected


def test_components_are_those_of_the_singular_value_decomposition(rng):
    x = rng.standard_normal((30, 7)) * np.arange(1, 8)
    components, shares, nearest = compared(x)
    u, s, _ = np.linalg.svd(x - x.mean(0), full_matrices=False)
    assert abs(components[:, :2]) == pytest.approx(abs(u[:, :2] * s[:2]), abs=1e-9)
    assert shares[:2] == pytest.approx(s[:2] ** 2 / (s**2).sum())
    distances = np.linalg.norm(x[4] - x, axis=1)
    assert nearest[4].tolist() == np.argsort(distances)[1:6].tolist()


def test_a_map_has_the_places_of_its_layer(small, trained):
    model, data = trained
    layers = found(small, "/api/scores")["layers"]
    assert [each["layer"] for each in layers] == [-1, 3, 4]
    answer = found(small, "/api/map?layer=4")
    logits = model.scores(data.test.images)
    components, _, nearest = compared(logits)
    assert answer["images"] == [*range(90)]
    places = decoded(answer["places"], "<f4").reshape(90, 2)
    assert places == pytest.approx(components[:, :2], abs=1e-4)
    assert np.array_equal(decoded(answer["nearest"], "<u2").reshape(90, 5), nearest)


def test_a_map_by_tsne_keeps_neighbours_together(small):
    pytest.importorskip("openTSNE", reason="needs the extra map")
    answer = found(small, "/api/map?layer=-1&method=tsne")
    places = decoded(answer["places"], "<f4").reshape(90, 2)
    nearest = decoded(answer["nearest"], "<u2").reshape(90, 5)
    away = np.linalg.norm(places[:, None] - places, axis=2)
    np.fill_diagonal(away, np.inf)
    near = np.argsort(away, axis=1)[:, :18]  # a fifth of all
    kept = np.mean([np.isin(nearest[i], near[i]) for i in range(90)])
    assert kept > 0.6
    assert answer == found(small, "/api/map?layer=-1&method=tsne")  # kept


def test_without_opentsne_the_answer_says_what_to_install(trained, monkeypatch):
    from byhand.lab import maps, tasks

    monkeypatch.setattr(maps, "find_spec", lambda name: None)
    model, data = trained
    wanted = {"of": "map", "by": {"layer": -1, "method": "tsne"}}
    found, line = tasks._answer(next, Tasks(model, data.test).result(wanted))
    assert found is None and "pip install 'byhand[map]'" in line


def test_layers_that_have_maps_are_what_weighted_layers_get():
    text = (
        "pixels 1/255 | conv 8 3x3 | relu | maxpool 2 | flatten | dropout 0.1 | dense 4"
    )
    network = build(text, (8, 8), rng=np.random.default_rng(0))
    shown = layers_shown(network.layers, (8, 8))
    assert [(s["layer"], s["numbers"]) for s in shown] == [(-1, 64), (3, 72), (6, 4)]


def test_the_share_that_is_done_is_said(small):
    assert found(small, "/api/share?of=map")["share"] is None
    worker = small.laboratory.worker
    worker._shares[-1] = ("map", 0.25)
    assert found(small, "/api/share?of=map")["share"] == 0.25
    del worker._shares[-1]
