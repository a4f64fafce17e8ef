"""The jobs on start, memory, growth, threads and 99 % measure what they say."""

from __future__ import annotations

import json
import sys
import threading
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from numpy.testing import assert_array_equal

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import (
    __main__,
    cnn,
    folders,
    growth,
    machine,
    memory,
    ninetynine,
    peak,
    process,
    startup,
    threads,
    timing,
)

import byhand

DOCS = Path(__file__).parents[1] / "docs" / "benchmarks.md"


def quiet(text):
    pass


@pytest.fixture(autouse=True)
def no_pause(monkeypatch):
    monkeypatch.setattr(timing, "PAUSE", 0)


@pytest.fixture
def mnist(monkeypatch, make_dataset):
    """Ten images of 28 x 28 for all of MNIST."""
    dataset = make_dataset(10, 4, shape=(28, 28), classes=10)
    monkeypatch.setattr(byhand, "load_dataset", lambda name: dataset)
    return dataset


@pytest.fixture
def full_disk(monkeypatch):
    usage = SimpleNamespace(free=folders.SPARE)
    monkeypatch.setattr(folders.shutil, "disk_usage", lambda path: usage)


@pytest.fixture
def trained(monkeypatch):
    """What byhand.train was called with; it takes 2 s with one thread, 1 with two."""
    calls = []

    def train(recipe, dataset, **settings):
        calls.append(SimpleNamespace(recipe=recipe, dataset=dataset, **settings))
        steps = settings["steps"]
        return SimpleNamespace(
            seconds=2 / settings["threads"], steps=steps, images=100 * steps
        )

    monkeypatch.setattr(byhand, "train", train)
    return calls


def test_every_job_is_described_in_the_documentation():
    text = DOCS.read_text("utf-8")
    assert [name for name in __main__.JOBS if f"## `{name}`" not in text] == []


# Folders of many images


def test_a_folder_repeats_the_images_and_is_not_read_into_memory(tmp_path, mnist):
    folder = folders.write(tmp_path, 25, mnist)
    found = byhand.data.datasets.load_dataset(folder)
    order = np.arange(25) % 10
    assert isinstance(found.train.images, np.memmap)
    assert_array_equal(found.train.images, mnist.train.images[order])
    assert_array_equal(found.train.labels, mnist.train.labels[order])
    assert_array_equal(found.test.images, mnist.test.images)
    assert_array_equal(found.test.labels, mnist.test.labels)


def test_a_folder_may_hold_fewer_images_than_the_data_set(tmp_path, mnist):
    found = byhand.data.datasets.load_dataset(folders.write(tmp_path, 7, mnist))
    assert_array_equal(found.train.images, mnist.train.images[:7])


def test_nothing_is_written_to_a_disk_that_is_too_full(tmp_path, mnist, full_disk):
    assert folders.write(tmp_path, 1, mnist) is None
    assert list(tmp_path.iterdir()) == []


# Processes


def test_a_process_runs_in_the_root_and_says_what_it_printed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    printed = process.python("-c", "import os; print(os.getcwd())")
    assert printed.strip() == str(process.ROOT)


def test_a_process_that_fails_says_why():
    with pytest.raises(RuntimeError, match=r"python -c .*: exit 3: no such luck"):
        process.python(
            "-c", "import sys; print('no such luck', file=sys.stderr); sys.exit(3)"
        )


# Memory


def test_anonymous_memory_is_read_in_bytes(tmp_path, monkeypatch):
    monkeypatch.setattr(peak, "STATUS", tmp_path / "status")
    assert peak.anonymous() is None
    peak.STATUS.write_text("VmRSS:\t 900 kB\n")
    assert peak.anonymous() is None
    peak.STATUS.write_text("VmRSS:\t 900 kB\nRssAnon:\t   12 kB\nRssFile:\t 1 kB\n")
    assert peak.anonymous() == 12 * 1024


def test_the_peak_is_the_most_that_was_seen(monkeypatch):
    values, seen = [5, 7, 9, 6], threading.Event()

    def anonymous():
        if len(values) == 1:
            seen.set()
            return values[0]
        return values.pop(0)

    monkeypatch.setattr(peak, "anonymous", anonymous)
    monkeypatch.setattr(peak, "PAUSE", 0)
    with peak.Peak() as found:
        assert seen.wait(10)
    assert (found.start, found.most) == (5, 9)
    assert not found.thread.is_alive()


@pytest.mark.parametrize(
    ("words", "recipe", "steps"),
    [(("fast", "mnist", ""), "fast", None), (("cnn", "x", "3"), cnn.RECIPE, 3)],
)
def test_the_process_trains_and_prints_its_memory(
    words, recipe, steps, monkeypatch, capsys
):
    calls = []
    monkeypatch.setattr(byhand, "train", lambda *a, **k: calls.append((a, k)))
    monkeypatch.setattr(peak, "anonymous", lambda: 123)
    assert peak.main(*words) == 0
    assert json.loads(capsys.readouterr().out) == {"start": 123, "most": 123}
    assert calls == [
        ((recipe, words[1]), {"steps": steps, "threads": machine.threads()})
    ]


@pytest.fixture
def measured(monkeypatch, mnist):
    """Three trainings, whose processes each say that they took 5 MB more."""
    calls = []

    def python(*words):
        calls.append(words[2:])
        if Path(words[3]).is_dir():
            found = byhand.data.datasets.load_dataset(Path(words[3]))
            assert len(found.train) == 30
        return json.dumps({"start": 10_000_000, "most": 15_000_000})

    monkeypatch.setattr(memory, "python", python)
    monkeypatch.setattr(memory, "MILLION", 30)
    monkeypatch.setattr(peak, "anonymous", lambda: 1)
    return calls


def test_memory_is_what_training_took_above_the_imports(measured):
    report = memory.run(2, quiet)
    assert [row[1:3] for row in report.rows] == [("5", "5-5")] * 3
    assert list(report.figures["rounds"].values()) == [[5.0, 5.0]] * 3
    assert list(report.figures["images"].values()) == [
        14 * 784 / 1e6,
        14 * 784 / 1e6,
        34 * 784 / 1e6,
    ]
    assert measured[0] == ("fast", "mnist", "")
    assert measured[1] == ("cnn", "mnist", "150")
    assert (measured[2][0], measured[2][2]) == ("cnn", "150")


def test_memory_leaves_the_million_out_where_the_disk_is_full(measured, full_disk):
    report = memory.run(1, quiet)
    assert [row[1] for row in report.rows] == ["5", "5", folders.NO_ROOM]
    assert len(report.figures["rounds"]) == 2


def test_memory_says_so_where_the_system_does_not_tell(measured, monkeypatch):
    monkeypatch.setattr(peak, "anonymous", lambda: None)
    report = memory.run(1, quiet)
    assert [row[1:] for row in report.rows] == [(memory.LINUX,)] * 3
    assert measured == []


@pytest.mark.slow
@pytest.mark.skipif(peak.anonymous() is None, reason="only Linux says")
def test_a_real_training_takes_memory():
    found = json.loads(process.python("-m", "benchmarks.peak", "cnn", "mnist", "1"))
    assert found["most"] > found["start"] + 70_000 * 784 > 70_000 * 784


# Growth


def test_growth_maps_every_size_and_draws_other_images_each_time(
    trained, mnist, monkeypatch
):
    monkeypatch.setattr(growth, "COUNTS", (10, 30))
    monkeypatch.setattr(machine, "threads", lambda: 2)
    report = growth.run(2, quiet)
    assert [row[0] for row in report.rows] == [growth.MEMORY, "10 mapped", "30 mapped"]
    assert {row[-1] for row in report.rows} == {"1.00"}
    assert report.figures["median"]["30 mapped"] == 1e6 / (100 * growth.STEPS)
    assert trained[0].dataset is mnist
    assert [call.dataset.name for call in trained[1:3]] == ["10", "30"]
    assert len({call.seed for call in trained}) == len(trained) == 9


def test_growth_trains_on_mapped_files(mnist, monkeypatch):
    tiny = replace(
        cnn.RECIPE, architecture="pixels 1/255 | flatten | dense {classes}", batch=5
    )
    monkeypatch.setattr(growth, "RECIPE", tiny)
    monkeypatch.setattr(growth, "COUNTS", (30,))
    monkeypatch.setattr(growth, "STEPS", 1)
    monkeypatch.setattr(
        byhand.training.loop, "load_dataset", byhand.data.datasets.load_dataset
    )
    assert growth.run(1, quiet).figures["median"]["30 mapped"] > 0


def test_growth_skips_what_the_disk_has_no_room_for(trained, mnist, full_disk):
    report = growth.run(1, quiet)
    assert report.rows[3] == ("1,000,000 mapped", folders.NO_ROOM)
    assert list(report.figures["rounds"]) == [growth.MEMORY]


# Threads


def test_threads_compares_two_with_one_for_each_recipe(trained, mnist, monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 2)
    report = threads.run(1, quiet)
    assert [row[0] for row in report.rows] == ["cnn", "fast", "classic"]
    assert [row[-1] for row in report.rows] == ["2.00"] * 3
    assert report.rows[0][1:3] == (f"{2000 / 150:.3g}", f"{1000 / 150:.3g}")
    assert [(c.recipe.name, c.threads, c.steps) for c in trained[:6]] == [
        ("cnn", 1, 150),
        ("cnn", 2, 150),
        ("fast", 1, 150),
        ("fast", 2, 150),
        ("classic", 1, 100),
        ("classic", 2, 100),
    ]


def test_threads_says_so_where_there_is_one_core(trained, monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 1)
    report = threads.run(1, quiet)
    assert [row[1:] for row in report.rows] == [(threads.ONE_CORE,)] * 3
    assert trained == []


# Start


def test_startup_runs_every_program_and_the_whole_command(monkeypatch):
    calls = []
    monkeypatch.setattr(startup, "python", lambda *words: calls.append(words))
    monkeypatch.setattr(startup, "find_spec", lambda name: name != "torch" or None)
    report = startup.run(1, quiet)
    rows = {row[0]: row[1:] for row in report.rows}
    assert rows["import torch"] == ("not installed",)
    assert rows["PyTorch: predict one image"] == ("not installed",)
    assert rows[startup.OURS][-1] == "1.00"
    assert len(calls) == 2 * 6  # warming up, and one round
    command = ("-m", "byhand", "train", "--recipe", "fast", "--no-report", "--out")
    assert calls[5][:-1] == calls[6][:-1] == command
    assert not Path(calls[5][-1]).parent.exists()  # it was temporary


@pytest.mark.slow
@pytest.mark.parametrize("name", startup.PROGRAMS)
def test_every_program_of_startup_runs(name):
    if name in startup.NEEDS:
        pytest.importorskip(startup.NEEDS[name])
    process.python(*startup.PROGRAMS[name])


# 99 %


def test_ninetynine_counts_the_seeds_that_reach_it(monkeypatch, mnist):
    def measured(recipe, dataset, runs, say):
        assert (recipe, dataset, runs) == ("fast", mnist, 3)
        return [9900 / 10000, 0.9899, 0.9913], [3.0, 1.0, 2.0]

    monkeypatch.setattr(ninetynine, "measured", measured)
    report = ninetynine.run(3, quiet)
    assert [row[1] for row in report.rows] == [
        "99.04 ± 0.08",
        "98.99",
        "2 of 3",
        "2.00",
        "1.50-2.50",
        "1.00-3.00",
    ]
    assert report.figures["share_reaching_goal"] == 2 / 3
    assert list(report.figures["seconds_quantiles"].values()) == [1, 1.5, 2, 2.5, 3]


def test_one_seed_has_no_deviation():
    report = ninetynine._report([0.992], [1.5])
    assert report.rows[0][1] == "99.20"
    assert report.figures["standard_deviation"] is None
