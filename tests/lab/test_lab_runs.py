"""Runs of the laboratory: ordinary ones, in a process of their own."""

from __future__ import annotations

import dataclasses
import http.client
import json
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import numpy as np
import pytest
from numpy.testing import assert_array_equal

import byhand
from byhand.cli import main
from byhand.data.datasets import load_dataset
from byhand.kernels.cache import compiled_wanted
from byhand.lab.run_code import as_command, as_python
from byhand.lab.run_list import Runs
from byhand.lab.run_record import MOST_POINTS, Record, read_record
from byhand.lab.run_warnings import Watch
from byhand.model import Model
from byhand.nn.network import build
from byhand.training.recipe_file import recipe_toml
from byhand.training.recipes import RECIPES
from byhand.training.state import Epoch

DENSE = "pixels 1/255 | flatten | dense 8 | relu | dropout 0.1 | dense {classes}"
SMALL = {
    "architecture": DENSE,
    "epochs": 6,
    "batch": 20,
    "shard": 10,
    "validation": 0,
    "augmentation.shift": 0,
}
OWN = {"architecture": DENSE, "epochs": 2, "batch": 30, "shard": 10, "lr": 0.07}
SECONDS = 60


@pytest.fixture
def data(tmp_path, make_dataset, monkeypatch):
    """A data set on the disk; 9 steps an epoch, in a folder with no runs."""
    monkeypatch.setenv("BYHAND_KERNELS", "reference")
    if compiled_wanted():  # an earlier test of this process has decided so
        monkeypatch.delenv("BYHAND_KERNELS")
    monkeypatch.chdir(tmp_path)
    made = make_dataset(180, 40, (8, 8), 4)
    np.savez(
        "toy.npz",
        x_train=made.train.images, y_train=made.train.labels,
        x_test=made.test.images, y_test=made.test.labels,
    )  # fmt: skip
    return load_dataset("toy.npz")


class Client:
    """Asks a laboratory that is served, as its page does."""

    def __init__(self, served):
        self.lab, self.headers = served.laboratory, served.headers

    def ask(self, path, body=None, kind="application/json"):
        port = self.lab.access.port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
        headers = self.headers | ({"Content-Type": kind} if body else {})
        try:
            connection.request("POST" if body else "GET", path, body, headers)
            answer = connection.getresponse()
            return answer.status, json.loads(answer.read())
        finally:
            connection.close()


@pytest.fixture
def client(data, serve):
    """A client of a laboratory with this data."""
    model = Model(build("pixels 1/255 | flatten | dense 4", (8, 8)), "0123", (8, 8))
    return Client(serve(model, data))


def ask(client, path, **wanted):
    return client.ask(f"/api/run/{path}", json.dumps(wanted))


def start(client, **more):
    settings = SMALL | more.pop("settings", {})
    code, found = ask(client, "start", recipe="mlp", settings=settings, **more)
    assert code == 200, found
    return found["run"]


def known(client, run):
    return client.ask(f"/api/run?run={quote(run)}")[1]


def wait(client, run, *states):
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        found = known(client, run)
        if found["run"]["state"] in states:
            return found
        time.sleep(0.05)
    pytest.fail(f"{run} is {found['run']['state']}, not {states}: {found['run']}")


def test_a_run_is_an_ordinary_one_with_the_engines_numbers(client, data):
    run = start(client)
    found = wait(client, run, "done")
    expected, losses = None, []

    def note(now):
        losses.append(now.loss)

    expected = byhand.train("mlp", data, on_progress=note, **SMALL)
    assert [point[1] for point in found["points"]] == losses
    assert [e["loss"] for e in found["epochs"]] == [e.loss for e in expected.history]
    model = byhand.load(f"runs/{run}/model.safetensors")
    for name, array in expected.model.network.arrays.items():
        assert_array_equal(model.network.arrays[name], array)
    assert found["run"]["test"]["accuracy"] == model.info["test"]["accuracy"]
    listed = client.ask("/api/runs")[1]
    assert [r["id"] for r in listed["runs"]] == [run] and listed["current"] is None


def test_paused_a_step_an_epoch_adjusted_and_repeated_by_its_code(client, data):
    run = start(client, until="step")
    assert wait(client, run, "paused")["run"]["now"]["step"] == 1
    assert ask(client, "start", recipe="mlp", settings=SMALL)[0] == 409
    ask(client, "do", run=run, action="step")
    while known(client, run)["run"]["now"]["step"] < 2:
        time.sleep(0.05)
    ask(client, "do", run=run, action="epoch")
    while known(client, run)["run"]["now"]["step"] < 9:
        time.sleep(0.05)
    changes = {"lr": 0.05, "momentum": 0.5, "dropout": 0.3, "augmentation.shift": 1}
    assert ask(client, "adjust", run=run, settings=changes)[0] == 200
    ask(client, "do", run=run, action="go")
    found = wait(client, run, "done")
    changed = found["run"]["recipe"]["adjustments"]
    assert changed == "9 lr=0.05 momentum=0.5 dropout=0.3 augmentation.shift=1"
    subprocess.run([sys.executable, "-c", found["python"]], check=True)
    again, first = (
        byhand.load("model.safetensors"),
        byhand.load(f"runs/{run}/model.safetensors"),
    )
    for name, array in first.network.arrays.items():
        assert_array_equal(again.network.arrays[name], array)
    Path("mine.toml").write_text(found["toml"], "utf-8")
    by_file = byhand.train("mine.toml", data).model.network.arrays
    for name, array in first.network.arrays.items():
        assert_array_equal(by_file[name], array)
    words = found["command"].replace("byhand ", "", 1)
    assert words.startswith("train --recipe mlp --data toy.npz --seed 0 --set ")


def test_a_killed_child_is_said_and_its_run_goes_on_to_the_same_bits(client, data):
    run = start(client, until="epoch")
    wait(client, run, "paused")
    client.lab.runs.process.process.kill()
    assert wait(client, run, "killed")["resumable"]
    assert ask(client, "resume", run=run)[0] == 200
    wait(client, run, "done")
    expected = byhand.train("mlp", data, **SMALL)
    model = byhand.load(f"runs/{run}/model.safetensors")
    for name, array in expected.model.network.arrays.items():
        assert_array_equal(model.network.arrays[name], array)


def test_a_run_that_diverges_says_since_when_and_goes_on_from_before(client):
    run = start(client, settings={"lr": 1e6, "schedule": "constant", "clip": None})
    found = wait(client, run, "diverged")
    kinds = {each["kind"]: each["step"] for each in found["run"]["warnings"]}
    assert 0 < kinds["diverges"] < 54
    code, _ = ask(client, "resume", run=run, back=True, settings={"lr": 0.01})
    assert code == 200
    found = wait(client, run, "done")
    assert "lr=0.01" in found["run"]["recipe"]["adjustments"]
    assert found["run"]["warnings"] == []


def test_a_page_that_comes_back_finds_the_run_and_its_name(client, data):
    run = start(client, until="epoch", name="My first")
    wait(client, run, "paused")
    assert client.ask("/api/runs")[1]["current"] == run
    ask(client, "do", run=run, action="stop")
    wait(client, run, "stopped")
    ask(client, "name", run=run, name="Mine")
    others = Runs(client.lab.folder, data, lambda *news: None)
    (found,) = others.known()
    assert (found.name, found.state) == ("Mine", "stopped")
    assert found.points == known(client, run)["points"]


def test_the_command_line_goes_on_with_a_run_to_the_same_bits(client, data):
    run = start(client, until="epoch")
    wait(client, run, "paused")
    ask(client, "adjust", run=run, settings={"lr": 0.02})
    ask(client, "do", run=run, action="step")
    while known(client, run)["run"]["now"]["step"] < 10:
        time.sleep(0.05)
    ask(client, "do", run=run, action="stop")
    wait(client, run, "stopped")
    checkpoint = f"runs/{run}/checkpoint.safetensors"
    assert main(["train", "--resume", checkpoint, "--no-report", "--quiet"]) == 0
    expected = byhand.train("mlp", data, **SMALL, adjustments="9 lr=0.02")
    model = byhand.load(f"runs/{run}/model.safetensors")
    for name, array in expected.model.network.arrays.items():
        assert_array_equal(model.network.arrays[name], array)
    (found,) = Runs(client.lab.folder, data, lambda *news: None).known()
    assert found.state == "done" and found.recipe.adjustments == "9 lr=0.02"
    assert found.test["accuracy"] == model.info["test"]["accuracy"]


def test_the_drawing_of_a_page_is_tried_on_the_network_as_it_is(client, data):
    heard = []
    client.lab.runs.tell = lambda record, first, news: heard.append(news)
    kind = "application/octet-stream"
    image = data.test.images[0]
    path = "/api/run/watch?page=7"
    assert client.ask(path, b"123", kind)[0] == 422
    assert client.ask(path, image.tobytes(), kind)[0] == 200
    run = start(client, until="step")
    wait(client, run, "paused")
    found = [news["probabilities"][7] for news in heard if news.get("probabilities")]
    checkpoint = f"runs/{run}/checkpoint.safetensors"
    ask(client, "do", run=run, action="stop")
    wait(client, run, "stopped")
    assert sum(found[-1]) == pytest.approx(1) and len(found[-1]) == 4
    header = byhand.tensors.read_header(checkpoint, "checkpoint")
    assert header["step"] == 1
    shown = [news["inside"] for news in heard if "inside" in news][-1]
    assert [layer["number"] for layer in shown["layers"]] == [2, 5]
    assert shown["layers"][0]["dead"]["units"] == 8
    assert sum(shown["layers"][0]["weights"]["counts"]) == 64 * 8


@pytest.mark.parametrize(
    ("path", "wanted", "words"),
    [
        ("network", {"settings": {"architecture": "pixels 1 | dense x"}}, "dense x"),
        ("network", {"settings": {"architecture": "pixels 1 | danse 3"}}, "did you"),
        (
            "network",
            {"settings": {"architecture": "pixels 1 | flatten | dense 3"}},
            "4 outputs, one a class",
        ),
        (
            "start",
            {"settings": {"architecture": DENSE.replace("dense 8", "dense 9999999")}},
            "at most 20,000,000 weights",
        ),
        ("start", {"settings": {"lr": -1}}, "lr: expected"),
        ("start", {"settings": {"nothing": 1}}, "one of its settings"),
        ("start", {"settings": {"batch": 10**9}}, "images a batch"),
        ("start", {"recipe": "../x.toml"}, "openapi"),
        ("start", {"settings": {"lr": [1]}}, "openapi"),
        ("do", {"run": "../etc", "action": "stop"}, "no such run"),
        ("do", {"run": "x", "action": "kill"}, "openapi"),
        ("resume", {"run": "nothing"}, "no such run"),
    ],
)
def test_what_cannot_be_is_a_line_that_says_so(client, path, wanted, words):
    code, found = ask(client, path, **wanted)
    assert code == 200 if path == "network" else code in (404, 409, 422)
    assert words in found["error"], found
    assert len(found["error"]) <= 300 and "\n" not in found["error"]


def test_a_network_is_shown_layer_by_layer_and_images_as_they_are_changed(client):
    code, found = ask(client, "network", recipe="mlp", settings=SMALL)
    assert code == 200
    assert [row["text"] for row in found["layers"]][2:4] == ["dense 8", "relu"]
    assert found["layers"][2]["shape"] == [8] and found["layers"][2]["weights"] == 520
    code, found = ask(
        client, "preview", recipe="mlp", settings={"augmentation.rotate": 30}, count=3
    )
    assert code == 200 and len(found["images"]) == 3
    assert all(image["changed"] != image["pixels"] for image in found["images"])


def test_a_long_curve_is_thinned_and_survives_the_disk(tmp_path):
    record = Record("a", "A", RECIPES["fast"], 0, "mnist")
    for step in range(1, 2 * MOST_POINTS + 2):
        record.take({"points": [[step, float(step), None, 0.1]]})
    assert record.stride == 4 and len(record.points) <= MOST_POINTS
    assert record.points[0] == [4, 2.5, None, pytest.approx(0.1)]
    record.save(tmp_path)
    found = read_record(tmp_path / "a")
    assert found.points == record.points and found.recipe == record.recipe
    assert found.state == "stopped"  # its server has ended


def test_runs_of_the_command_line_are_known_with_their_history(client, data):
    recipe = dataclasses.replace(RECIPES["mlp"], name="mine", **OWN, validation=0)
    Path("mine.toml").write_text(recipe_toml(recipe), "utf-8")
    words = ["train", "--recipe", "mine.toml", "--data", "toy.npz"]
    assert main([*words, "--no-report", "--quiet"]) == 0
    (found,) = client.ask("/api/runs")[1]["runs"]
    assert (found["state"], found["recipe"]["epochs"]) == ("done", 2)
    one = known(client, found["id"])
    assert len(one["epochs"]) == 2
    exec(one["python"])
    again = byhand.load("model.safetensors").network.arrays
    first = byhand.load(f"runs/{found['id']}/model.safetensors").network.arrays
    for name, array in first.items():
        assert_array_equal(again[name], array)


def test_code_says_how_the_data_was_read():
    loading = {"prepare": True, "size": [28, 28], "first_label": 1}
    recipe = dataclasses.replace(RECIPES["fast"], clip=None, lr=0.25)
    python = as_python(recipe, 3, "scans", loading)
    assert "byhand.load_dataset('scans', prepare=True, first_label=1)" in python
    assert "    lr=0.25,\n    clip=None,\n" in python
    assert as_command(recipe, 3, "my scans", loading) == (
        "byhand train --recipe fast --data 'my scans' --seed 3 --prepare --first-label"
        " 1 --set lr=0.25 --set clip=none --out model.safetensors"
    )


def epoch(number, loss, validation):
    return Epoch(number, 10 * number, loss, 0.5, 0.5, 0.1, 1.0, validation)


def test_warnings_come_with_the_step_since_which_it_goes_wrong():
    watch = Watch(10)
    for step in range(1, 40):
        watch.step(step, 2.3 / step)
    assert watch.found == {}
    for step in range(40, 80):
        watch.step(step, 4.0)
    assert watch.found["diverges"]["since"] == 39
    assert 40 <= watch.found["diverges"]["step"] <= 50
    watch.step(80, 0.5)  # better than trouble, but no recovery
    assert "diverges" in watch.found
    for step in range(81, 100):
        watch.step(step, 0.01)
    assert "diverges" not in watch.found
    watch.step(100, float("nan"))
    assert watch.found["diverges"]["step"] == 100
    for number, (loss, validation) in enumerate(
        [(1.0, 1.0), (0.8, 0.9), (0.5, 0.95), (0.3, 1.2)], 1
    ):
        watch.epoch(epoch(number, loss, validation))
    assert watch.found["overfits"]["epoch"] == 2 and watch.trouble
    layer = {"number": 2, "text": "dense 30", "dead": {"dead": 12, "units": 30}}
    watch.layers(90, [layer])
    assert watch.found["dead-2"] == {
        "kind": "dead", "layer": 2, "text": "dense 30", "dead": 12, "units": 30,
        "step": 90,
    }  # fmt: skip


def test_where_no_process_starts_the_next_run_may(client, monkeypatch):
    async def fail(self):
        raise OSError("no more processes")

    with monkeypatch.context() as patch:
        patch.setattr("byhand.lab.run_list.RunProcess.start", fail)
        code, found = ask(client, "start", recipe="mlp", settings=SMALL)
        assert code == 503 and "no process could be started" in found["error"]
    wait(client, start(client, until="step"), "paused")
