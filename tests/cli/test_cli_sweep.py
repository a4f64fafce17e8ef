"""byhand sweep."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.console import Console

from byhand import load as byhand_load
from byhand import pools
from byhand.cli.sweep_table import SweepTable
from byhand.files import locked
from byhand.runs import swept
from byhand.runs.grid import Sweep
from byhand.runs.swept import RunResult

GRID = ("--set", "lr=0.1,1e6", "--set", "batch=10", "--set", "epochs=1")


@pytest.fixture
def here(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run a sweep in this process; the files of the runs that it began."""
    begun: list[str] = []

    def run(function: Any, tasks: Any, shared: Any) -> Iterator[Any]:
        for task in tasks:
            begun.append(task.file)
            yield function(task, shared)

    @contextmanager
    def pool(where: Any) -> Iterator[pools.Pool]:
        yield pools.Pool(run, RuntimeError)

    monkeypatch.setattr(pools, "on_cores", pool)
    return begun


def test_a_sweep_ends_with_a_table_and_says_what_failed(byhand, toy, here):
    ended = byhand("sweep", "--recipe", "mlp", "--data", toy, *GRID, "--seeds", "2")
    assert ended.code == 1
    header, row, test, results = ended.out.splitlines()
    assert header.split()[:3] == ["settings", "seeds", "accuracy"]
    assert row.startswith("lr=0.1 batch=10 epochs=1      2  ") and "the best" in row
    assert test.startswith("test     ") and test.endswith(
        " of 30 images, the best ones' mean"
    )
    assert results == "results  runs/sweep-toy-mlp.jsonl"
    assert ended.err.count("byhand: error: runs/toy-mlp-") == 2
    assert "4/4  lr=1e+06 batch=10 epochs=1  seed 1  failed" in ended.err


def test_the_same_command_skips_what_is_done_and_tries_again_what_failed(
    byhand, toy, here: list[str]
):
    words = ("sweep", "--recipe", "mlp", "--data", toy, *GRID)
    byhand(*words)
    del here[:]
    ended = byhand(*words, "--quiet")
    assert here == ["runs/toy-mlp-0-epochs-1-batch-10-lr-1e+06/model.safetensors"]
    assert ended.code == 1
    lines = Path("runs/sweep-toy-mlp.jsonl").read_text().splitlines()
    assert sorted("error" in json.loads(line) for line in lines) == [False, True]


def test_a_file_json_and_a_picture(byhand, toy, here, tmp_path: Path):
    grid = tmp_path / "grid.toml"
    grid.write_text(
        f'recipe = "mlp"\ndata = "{toy.as_posix()}"\nseeds = 2\n'
        "[set]\nepochs = 1\nbatch = [10, 20]\n"
    )
    words = ("sweep", grid, "--seeds", "1", "--out", "r.jsonl", "--json")
    ended = byhand(*words, "--report", "r.png")
    assert ended.code == 0
    assert Path("r.png").read_bytes()[1:4] == b"PNG"
    assert [len(own["accuracies"]) for own in ended.json["settings"]] == [1, 1]
    assert {own["settings"]["batch"] for own in ended.json["settings"]} == {10, 20}
    best = byhand_load(ended.json["settings"][0]["files"][0])
    assert ended.json["test"] == {
        k: best.info["test"][k] for k in ("accuracy", "count")
    }
    assert ended.json["results"] == "r.jsonl"


def test_a_sweep_that_is_under_way_is_not_begun_a_second_time(byhand, toy, here):
    words = ("sweep", "--recipe", "mlp", "--data", toy, *GRID, "--out", "r.jsonl")
    with locked(Path("r.jsonl")) as free:
        assert free
        ended = byhand(*words)
    assert ended.code == 1 and here == [] and ended.err.count("\n") == 1
    assert "r.jsonl: expected no other sweep at work on it" in ended.err
    assert [path.name for path in Path().iterdir()] == []
    byhand(*words)
    assert len(here) == 2


def test_data_is_read_and_models_begin_as_in_training(byhand, here, tmp_path: Path):
    table = tmp_path / "own.csv"
    rng = np.random.default_rng(0)
    rows = [[*rng.integers(0, 255, 16), 5 + n % 2] for n in range(40)]
    table.write_text("\n".join(",".join(map(str, row)) for row in rows))
    options = ("--data", table, "--first-label", "5", "--label-column", "-1")
    first = byhand("sweep", "--recipe", "mlp", *options, "--set", "epochs=1", "--json")
    [own] = first.json["settings"]
    words = ("sweep", "--from", own["files"][0], *options, "--set", "epochs=1")
    second = byhand(*words, "--json")
    assert second.code == 0
    assert second.json["results"] == "runs/sweep-own-from-own-mlp-0-epochs-1.jsonl"
    assert byhand_load(second.json["settings"][0]["files"][0]).class_names == ("0", "1")
    refused = byhand("sweep", "--from", "shipped")
    assert refused.code == 2 and "give --data" in refused.err


def test_options_that_cannot_be_are_refused(byhand, toy, here):
    ended = byhand("sweep", "--jobs", "2", "--cluster", "tcp://x")
    assert ended.code == 2 and "exclude each other" in ended.err
    ended = byhand("sweep", "--set", "bach=1")
    assert ended.code == 1 and "did you mean batch?" in ended.err
    assert here == []


def test_the_table_has_a_line_for_each_run_and_what_it_does(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    runs = Sweep("mlp", "mnist", 4, {"lr": [0.1]}).runs()
    console = Console(width=90, height=20, force_terminal=True)
    table = SweepTable(runs, [], console)
    table.live = True
    table.add(RunResult(runs[0], accuracy=0.5, count=2, wrong=[1], loss=0.25))
    table.add(RunResult(runs[1], "no"))
    folder = runs[2].plan.files.model.parent
    folder.mkdir(parents=True)
    now = {"step": 5, "steps": 9, "loss": 1.5, "epoch": 2, "accuracy": 0.75}
    (folder / swept.PROGRESS).write_text(json.dumps(now))
    with console.capture() as captured:
        console.print(table.drawn())
    lines = [line.split() for line in captured.get().splitlines()[1:]]
    assert lines == [
        ["running", "lr=0.1", "2", "2", "·", "5/9", "1.5000", "75.00", "%"],
        ["failed", "lr=0.1", "1", "failed"],
        ["waiting", "lr=0.1", "3"],
        ["done", "lr=0.1", "0", "0.2500", "50.00", "%"],
    ]
    console.height = 6
    with console.capture() as captured:
        console.print(table.drawn())
    assert captured.get().count("lr=0.1") == 2 and "and 2 more" in captured.get()
