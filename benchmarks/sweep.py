"""`sweep`: runs on a Dask cluster of two workers, one of which is killed twice."""

from __future__ import annotations

import json
import os
import signal
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import chdir, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import byhand
from benchmarks.report import Report
from byhand.reading.results_file import ResultsFile
from byhand.runs import swept
from byhand.runs.grid import Sweep
from byhand.training import checkpoint
from byhand.training.state import Progress

KILLS = 2
WORKERS = 2
SECONDS_A_STEP = 0.01  # waited in the workers, so that a run is under way for a while
GRID = {"lr": [0.05, 0.1, 0.2, 0.4], "batch": [50, 100], "epochs": [4]}
TIMER = (
    "Runs of the recipe mlp on 2,000 images of MNIST. A worker is killed (SIGKILL) as\n"
    "soon as its run has a checkpoint, and its successor likewise. In the workers\n"
    "there is a checkpoint after each epoch, and each step waits 10 ms."
)


@dataclass(frozen=True)
class Outcome:
    """What became of a sweep on a cluster.

    Attributes:
        runs: how many were planned.
        results: how many lines the file of results has of each run.
        errors: the errors among them.
        kills: how many workers were killed.
        continued: the steps, above 1, with which runs began in a process.
        same: how many models are those of one process, bit for bit.
    """

    runs: int
    results: Counter[str]
    errors: list[str]
    kills: int
    continued: list[int]
    same: int

    @property
    def lost(self) -> int:
        """How many runs have no result."""
        return self.runs - len(self.results)

    @property
    def twice(self) -> int:
        """How many have more than one."""
        return sum(count > 1 for count in self.results.values())


def run(runs: int, say: Callable[[str], None]) -> Report:
    """Sweep 24 runs, here and on a cluster; the number of rounds is 1."""
    with tempfile.TemporaryDirectory() as folder, chdir(folder):
        mnist = byhand.load_dataset("mnist")
        data = Path("some.npz").absolute()
        np.savez(data, x_train=mnist.train.images[:2000],
                 y_train=mnist.train.labels[:2000], x_test=mnist.test.images,
                 y_test=mnist.test.labels)  # fmt: skip
        began = time.perf_counter()
        found = survived(Sweep("mlp", str(data), 3, GRID), say)
        seconds = time.perf_counter() - began
    figures = {"runs": found.runs, "lost": found.lost, "twice": found.twice,
               "errors": len(found.errors), "kills": found.kills,
               "continued": found.continued, "same": found.same,
               "seconds": seconds}  # fmt: skip
    return Report(
        title=f"sweep: {found.runs} runs, {WORKERS} workers, one killed twice",
        columns=("what", "count"),
        rows=[
            ("results", str(len(found.results))),
            ("lost", str(found.lost)),
            ("twice", str(found.twice)),
            ("failed", str(len(found.errors))),
            ("workers killed", str(found.kills)),
            ("runs gone on from a checkpoint", str(len(found.continued))),
            ("models as in one process, bit for bit", str(found.same)),
        ],
        timer=TIMER,
        figures=figures,
    )


def survived(what: Sweep, say: Callable[[str], None] = lambda words: None) -> Outcome:
    """Carry out a sweep in this folder, in one process and on a cluster."""
    folders = Path("alone").absolute(), Path("cluster").absolute()
    for folder in folders:
        folder.mkdir()
    say("in one process")
    with chdir(folders[0]):
        alone = [
            swept.carry_out(task, swept.Shared("alone"))[1] for task in what.runs()
        ]
    say("on a cluster")
    with chdir(folders[1]):
        results, errors, kills = _on_a_cluster(what)
    log = [json.loads(path.read_text()) for path in (folders[1] / "log").iterdir()]
    files = [result.run.file for result in alone]
    same = sum(_same(*(folder / file for folder in folders)) for file in files)
    steps = sorted(entry["step"] for entry in log if entry["step"] > 1)
    return Outcome(len(alone), results, errors, kills, steps, same)


def _same(a: Path, b: Path) -> bool:
    """Return whether two models have the same numbers, bit for bit."""
    one, other = (byhand.load(path).network.arrays for path in (a, b))
    pairs = ((one[name], other[name]) for name in one)
    return one.keys() == other.keys() and all((p == q).all() for p, q in pairs)


def _on_a_cluster(what: Sweep) -> tuple[Counter[str], list[str], int]:
    """Sweep while a worker is killed; return what the file of results has."""
    import distributed

    log, path = Path("log").absolute(), Path("results.jsonl")
    log.mkdir()
    runs = what.runs()
    with (
        distributed.LocalCluster(
            n_workers=WORKERS, threads_per_worker=1, dashboard_address=None
        ) as cluster,
        distributed.Client(cluster, set_as_default=False) as client,
        ResultsFile(path, [run.file for run in runs]) as kept,
    ):
        client.register_plugin(slowly(str(log)))
        with killing(lambda: cluster.workers[0].pid, log) as killed:
            swept.sweep(runs, kept.add, cluster=cluster.scheduler_address)
    lines = path.read_text().splitlines()
    found = Counter(json.loads(line)["file"] for line in lines)
    return found, kept.errors, len(killed)


def slowly(log: str) -> Any:
    """Return a plug-in for workers, in which runs are slow and say where they begin."""
    from distributed import WorkerPlugin

    class Slowly(WorkerPlugin):  # type: ignore[misc]
        """Without a name of its own, so that it is sent as it is."""

        def setup(self, worker: Any) -> None:
            """Change the process of a worker."""
            make_slow(log)

    return Slowly()


def make_slow(log: str) -> None:
    """Have runs in this process wait at each step, and save after each epoch."""
    checkpoint.SECONDS_BETWEEN = 0.0
    report = swept.Reporter.__call__

    def call(self: swept.Reporter, now: Progress) -> None:
        if not self.next:
            name = f"{os.getpid()}-{self.path.parent.name}.json"
            begun = {"pid": os.getpid(), "step": now.step}
            folder = str(self.path.parent)
            (Path(log) / name).write_text(json.dumps({**begun, "folder": folder}))
        report(self, now)
        time.sleep(SECONDS_A_STEP)

    swept.Reporter.__call__ = call  # type: ignore[method-assign]


@contextmanager
def killing(pid: Callable[[], int | None], log: Path) -> Iterator[list[int]]:
    """Kill a worker as soon as its run has a checkpoint, KILLS times; give whom."""
    killed: list[int] = []
    end = threading.Event()

    def watch() -> None:
        while len(killed) < KILLS and not end.wait(0.005):
            victim = pid()
            for path in log.glob(f"{victim}-*.json"):
                try:
                    folder = Path(json.loads(path.read_text())["folder"])
                except ValueError:  # being written
                    continue
                alive = (folder / swept.PROGRESS).exists() and victim not in killed
                if victim and alive and any(folder.glob("checkpoint.*")):
                    os.kill(victim, signal.SIGKILL)
                    killed.append(victim)
                    break

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield killed
    finally:
        end.set()
        thread.join()
