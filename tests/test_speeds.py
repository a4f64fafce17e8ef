"""The record of how fast this machine trains: what it keeps, and that it forgives."""

from __future__ import annotations

import dataclasses
import json
import math
from pathlib import Path

import pytest

from byhand import load_dataset, train
from byhand.errors import TrainingStopped
from byhand.training import speeds
from byhand.training.fitting import fitted
from byhand.training.recipe import Recipe
from byhand.training.recipes import RECIPES
from byhand.training.speeds import (
    DataSize,
    Speed,
    record,
    record_run,
    recorded,
    size_of,
)
from byhand.training.start import first_state, make_job
from byhand.training.state import Epoch

MLP = RECIPES["mlp"]
DATA = DataSize("mnist", 60_000, (28, 28), 10)
SPEED = Speed(0.25, 0.001)


@pytest.fixture(autouse=True)
def file(tmp_path, monkeypatch) -> Path:
    """The record of this test alone."""
    path = tmp_path / "cache" / "speeds.json"
    monkeypatch.setattr(speeds, "record_file", lambda: path)
    return path


def test_nothing_is_known_before_the_first_run():
    assert recorded(MLP, DATA, 2) is None


def test_what_was_recorded_is_read():
    record(MLP, DATA, 2, SPEED)
    assert recorded(MLP, DATA, 2) == SPEED


def test_of_several_runs_the_median_counts():
    for step in (0.2, 9.0, 0.3):
        record(MLP, DATA, 2, Speed(step, step / 2))
    assert recorded(MLP, DATA, 2) == Speed(0.3, 0.15)


def test_the_last_runs_count(file):
    for step in [9.0] * 9 + [1.0] * speeds.SAMPLES:
        record(MLP, DATA, 2, Speed(step, 0.0))
    assert recorded(MLP, DATA, 2) == Speed(1.0, 0.0)
    assert len(file.read_text()) < 300


@pytest.mark.parametrize(
    "change",
    [
        {"batch": 100},
        {"shard": 128},
        {"optimizer": "adamw", "momentum": 0.0},
        {"clip": 1.0},
        {"ema_decay": 0.9},
        {"architecture": "pixels 1/255 | flatten | dense {classes}"},
        {"augmentation": RECIPES["small"].augmentation},
    ],
    ids=str,
)
def test_a_setting_that_changes_the_time_is_another_kind_of_run(change):
    record(MLP, DATA, 2, SPEED)
    assert recorded(dataclasses.replace(MLP, **change), DATA, 2) is None


@pytest.mark.parametrize(
    "change",
    [
        {"epochs": 9},
        {"epochs": None, "steps": 9},
        {"lr": 0.5, "schedule": "cosine"},
        {"validation": 7},
        {"name": "mine", "summary": "", "init": "glorot", "half": True},
    ],
    ids=str,
)
def test_a_setting_that_does_not_is_the_same_kind(change):
    record(MLP, DATA, 2, SPEED)
    assert recorded(dataclasses.replace(MLP, **change), DATA, 2) == SPEED


@pytest.mark.parametrize(
    "change", [{"name": "other"}, {"image_shape": (28, 29)}, {"classes": 11}]
)
def test_other_data_are_another_kind(change):
    record(MLP, DATA, 2, SPEED)
    assert recorded(MLP, DATA._replace(**change), 2) is None
    assert recorded(MLP, DATA._replace(images=7), 2) == SPEED


def test_other_threads_are_another_kind():
    record(MLP, DATA, 2, SPEED)
    assert recorded(MLP, DATA, 1) is None


@pytest.mark.parametrize("name", ["platform.node", "platform.machine"])
def test_another_machine_is_another_kind(name, monkeypatch):
    record(MLP, DATA, 2, SPEED)
    monkeypatch.setattr(f"byhand.training.speeds.{name}", lambda: "other")
    assert recorded(MLP, DATA, 2) is None


def test_another_instruction_set_is_another_kind(monkeypatch):
    target = pytest.importorskip("byhand.kernels.target")
    monkeypatch.setattr(speeds, "compiled_wanted", lambda: True)
    record(MLP, DATA, 2, SPEED)
    other = target.TARGET._replace(name="other")
    monkeypatch.setattr(target, "TARGET", other)
    assert recorded(MLP, DATA, 2) is None


def test_plain_numpy_is_another_kind(monkeypatch):
    monkeypatch.setattr(speeds, "compiled_wanted", lambda: False)
    record(MLP, DATA, 2, SPEED)
    assert recorded(MLP, DATA, 2) == SPEED
    monkeypatch.setattr(speeds, "compiled_wanted", lambda: True)
    assert recorded(MLP, DATA, 2) is None


def test_the_record_says_nothing_of_names_and_is_the_users_alone(file):
    record(MLP, DATA._replace(name="/home/ada/secret"), 2, SPEED)
    assert "secret" not in file.read_text() and "dense" not in file.read_text()
    assert file.parent.stat().st_mode & 0o077 == 0
    assert [path.name for path in file.parent.iterdir()] == ["speeds.json"]


def test_old_kinds_are_forgotten_so_that_the_record_stays_small(file, monkeypatch):
    monkeypatch.setattr(speeds, "KINDS", 3)

    def known_after(*runs: int) -> list[int]:
        for threads in runs:
            record(MLP, DATA, threads, SPEED)
        return [threads for threads in range(1, 9) if recorded(MLP, DATA, threads)]

    assert known_after(1, 2, 3, 3) == [1, 2, 3]
    assert known_after(1, 4) == [1, 3, 4]


def test_a_full_record_is_short_enough_to_be_read(file):
    times = [Speed(math.pi / 1e6, math.e / 1e9)] * speeds.SAMPLES
    full = {f"{n:016x}": times for n in range(speeds.KINDS - 1)}
    file.parent.mkdir()
    file.write_text(json.dumps({"speeds": full}))
    record(MLP, DATA, 2, SPEED)
    assert len(file.read_bytes()) < speeds.LONGEST
    assert recorded(MLP, DATA, 2) == SPEED
    assert len(json.loads(file.read_text())["speeds"]) == speeds.KINDS


@pytest.mark.parametrize(
    "damage",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"speeds": 3}',
        b'{"speeds": {"KIND": 3}}',
        b'{"speeds": {"KIND": [[1]]}}',
        b'{"speeds": {"KIND": [[1, 2, 3]]}}',
        b'{"speeds": {"KIND": [["1", 2]]}}',
        b'{"speeds": {"KIND": [[NaN, 0.1]]}}',
        b'{"speeds": {"KIND": [[-1, 0.1]]}}',
        b'{"speeds": {"KIND": [[0, 0.1]]}}',
        b'{"speeds": {"KIND": [[0.1, Infinity]]}}',
        b'{"speeds": {"KIND": [[null, null]]}}',
        b'{"speeds": {"KIND": [[true, 1]]}}',
        b'{"speeds": {"KIND": []}}',
        b'{"speeds": {"KIND": [[1, 1]], "KIND": [[2, 2]]}}',
        b"[" * 100_000,
        b" " * 200_000 + b'{"speeds": {"KIND": [[1, 1]]}}',
    ],
    ids=lambda damage: damage[:40].decode(errors="replace"),
)
def test_a_damaged_record_is_an_empty_one_and_is_replaced(damage, file):
    record(MLP, DATA, 2, SPEED)
    (kind,) = json.loads(file.read_text())["speeds"]
    file.write_bytes(damage.replace(b"KIND", kind.encode()))
    assert recorded(MLP, DATA, 2) is None
    record(MLP, DATA, 2, SPEED)
    assert recorded(MLP, DATA, 2) == SPEED


def test_a_record_that_is_no_file_or_cannot_be_written_does_no_harm(file):
    file.mkdir(parents=True)
    assert recorded(MLP, DATA, 2) is None
    record(MLP, DATA, 2, SPEED)
    assert file.is_dir()


def test_a_cache_folder_that_is_a_file_does_no_harm(file):
    file.parent.write_text("")
    record(MLP, DATA, 2, SPEED)
    assert recorded(MLP, DATA, 2) is None


def test_a_loss_of_the_callers_own_is_not_recorded(file):
    record(dataclasses.replace(MLP, loss="own"), DATA, 2, SPEED)
    assert not file.exists()


# --- runs -----------------------------------------------------------------------------


def finished(dataset, ends, seconds: float, validation: int = 9):
    """Return a job and the state after it, of epochs that ended after these seconds."""
    recipe = dataclasses.replace(MLP, validation=validation)
    job = make_job(recipe, dataset, 0)
    state = first_state(job, drawn=True)
    state.history = [
        Epoch(number, 10 * number, 1.0, 0.5, 0.5, 0.1, end)
        for number, end in enumerate(ends, 1)
    ]
    state.step, state.seconds = 10 * len(ends), seconds
    return job, state


def test_a_run_is_recorded_as_steps_and_measurements(dataset):
    job, state = finished(dataset, [10.0, 21.8, 33.6], 35.4)  # 1.8 s each measurement
    record_run(job, state, 2)
    found = recorded(job.recipe, size_of(dataset), 2)
    assert found == pytest.approx((1.0, 1.8 / 9))


def test_an_epoch_in_which_the_process_slept_does_not_count(dataset):
    job, state = finished(dataset, [10.0, 30_010.0, 30_020.0, 30_030.0], 30_030.0, 0)
    record_run(job, state, 2)
    assert recorded(job.recipe, size_of(dataset), 2) == (1.0, 0.0)


def test_a_run_that_is_too_short_is_not_recorded(dataset, file):
    job, state = finished(dataset, [0.1], 0.2)
    record_run(job, state, 2)
    assert not file.exists()


@pytest.fixture
def every_run(monkeypatch):
    """Runs of any length are recorded."""
    monkeypatch.setattr(speeds, "SHORTEST", 0.0)


def test_training_is_recorded(dataset, every_run):
    recipe = dataclasses.replace(MLP, batch=4, epochs=9)
    result = train(recipe, dataset, threads=1)
    built = fitted(recipe, dataset.image_shape)
    found = recorded(built, size_of(dataset), 1)
    assert found is not None
    assert 0 < found.step < result.seconds and 0 < found.held_out < result.seconds


def test_a_run_that_was_stopped_or_resumed_is_not_recorded(
    dataset, every_run, tmp_path, file
):
    path = tmp_path / "checkpoint"
    with pytest.raises(TrainingStopped):
        train(MLP, dataset, threads=1, checkpoint=path, should_stop=lambda: True)
    train(resume=path, dataset=dataset, threads=1)
    assert not file.exists()


def test_the_size_of_mnist_is_that_of_the_data():
    assert size_of(load_dataset("mnist")) == DATA


def test_the_settings_that_do_not_change_the_time_exist():
    assert {field.name for field in dataclasses.fields(Recipe)} >= speeds.UNTIMED
