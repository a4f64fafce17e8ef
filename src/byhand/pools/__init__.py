"""Processes that work: on the cores of this machine, or on a Dask cluster.

Both are used through joblib. In both, a process has one thread for its sums, since
there is a process for each processor.
"""

from __future__ import annotations

import logging
import os
import threading
import time
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeAlias, TypeVar

import joblib

from byhand.errors import ByhandError, ClusterError, MissingExtraError

SECONDS_BETWEEN = 0.5  # of looking whether the parent is still there
SECONDS = 5  # time for a scheduler to answer, and to name a worker
# Calls a function with each task and what they share; yields results as they come.
RunTasks: TypeAlias = Callable[
    [Callable[..., Any], Iterable[Any], Any], Generator[Any, None, None]
]


@dataclass(frozen=True)
class Pool:
    """Processes that wait for work.

    Attributes:
        run: calls a function with each task and what all tasks share; yields the
            results as they come, in any order.
        broken: raised by `run` when a process has ended at one of the tasks that were
            taken; the next call gets new processes.
    """

    run: RunTasks
    broken: type[Exception]


class Numbered(Protocol):
    """A task."""

    @property
    def number(self) -> int:
        """Its place among the results."""


Task = TypeVar("Task", bound=Numbered)


def run_all(
    pool: Pool,
    function: Callable[[Any, Any], tuple[int, Any]],
    tasks: Sequence[Task],
    shared: Any,
    on_result: Callable[[int, Any], None],
    ended: Callable[[Task], Any],
    patience: int = 0,
) -> None:
    """Have a pool do all tasks, and find those at which its processes end.

    Args:
        pool: of processes.
        function: returns a task's number and result, from the task and what is shared.
        tasks: what is to be done.
        shared: by all tasks.
        on_result: called with each number and result, as they come.
        ended: gives the result of a task at which its process ends.
        patience: how often all that is left is begun again; then those under way are
            done one by one, up to the one at which a process ends.
    """
    left = {task.number: task for task in tasks}

    def take(number: int, result: Any) -> None:
        del left[number]
        on_result(number, result)

    while left:
        sent: list[Task] = []
        try:
            with closing(pool.run(function, _recorded(left, sent), shared)) as results:
                for number, result in results:
                    take(number, result)
        except pool.broken:
            if (patience := patience - 1) < 0:
                suspects = [task for task in sent if task.number in left]
                _run_singly(pool, function, suspects, shared, take, ended)


def _recorded(left: Mapping[int, Task], sent: list[Task]) -> Iterator[Task]:
    """Yield the tasks that are left, and record each that the pool takes."""
    for task in list(left.values()):
        sent.append(task)
        yield task


def _run_singly(
    pool: Pool,
    function: Callable[[Any, Any], tuple[int, Any]],
    suspects: Sequence[Task],
    shared: Any,
    take: Callable[[int, Any], None],
    ended: Callable[[Task], Any],
) -> None:
    """Do one task at a time, up to the first at which a process ends."""
    for task in suspects:
        try:
            [(number, result)] = pool.run(function, [task], shared)
        except pool.broken:
            take(task.number, ended(task))
            return
        take(number, result)


@contextmanager
def on_cores(jobs: int) -> Iterator[Pool]:
    """Give a pool of processes on this machine, at least two."""

    def run(function: Callable[..., Any], tasks: Iterable[Any], shared: Any) -> Any:
        here = partial(_in_folder, os.getcwd(), function)
        start: dict[str, Any] = {"initializer": _end_with, "initargs": (os.getpid(),)}
        with joblib.parallel_config("loky", inner_max_num_threads=1, **start):
            # joblib would run a single job in this process
            return _results(here, tasks, shared, jobs=max(jobs, 2))

    with _without_warnings():
        yield Pool(run, BrokenProcessPool)


def _in_folder(folder: str, function: Callable[..., Any], *arguments: Any) -> Any:
    """Call a function in a folder: joblib reuses processes that started in another."""
    os.chdir(folder)
    return function(*arguments)


def _end_with(parent: int) -> None:
    """Have this process end soon after its parent, which may be killed.

    Joblib's processes would wait for work for minutes.
    """

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(SECONDS_BETWEEN)
        os._exit(1)

    if os.name == "posix":  # elsewhere the number stays the same
        threading.Thread(target=watch, name="byhand-parent", daemon=True).start()


@contextmanager
def on_cluster(address: str) -> Iterator[Pool]:
    """Give the workers of a Dask cluster as a pool.

    Raises:
        MissingExtraError: `distributed` is not installed.
        ClusterError: no scheduler or no worker answers, or they stop answering.
    """
    try:
        from distributed.scheduler import KilledWorker

        from byhand.pools.cluster import DaskBackend, connect
    except ImportError as error:
        raise MissingExtraError(
            "cluster: expected distributed, found none; try"
            " pip install 'byhand[cluster]'"
        ) from error

    def run(function: Callable[..., Any], tasks: Iterable[Any], shared: Any) -> Any:
        with _errors_in_one_line(address, KilledWorker):
            with joblib.parallel_config(DaskBackend(client=client)):
                results = _results(function, tasks, shared)
            yield from results

    with _without_warnings():
        client = connect(address, SECONDS)
        try:
            yield Pool(run, KilledWorker)
        finally:
            client.close(timeout=SECONDS)


@contextmanager
def _errors_in_one_line(address: str, broken: type[Exception]) -> Iterator[None]:
    """Turn an error of the network, or of another Python there, into a ClusterError."""
    try:
        yield
    except (broken, ByhandError):
        raise
    except Exception as error:
        reason = str(error).partition("\n")[0]
        raise ClusterError(
            f"cluster {address}: expected results, got {type(error).__name__}"
            f" ({reason}); try the same version of byhand on its workers, and look at"
            " their logs"
        ) from error


def _results(
    function: Callable[..., Any], tasks: Iterable[Any], shared: Any, jobs: int = -1
) -> Any:
    """Start the work with joblib as configured; return what yields its results."""
    parallel = joblib.Parallel(jobs, return_as="generator_unordered")
    return parallel(joblib.delayed(function)(task, shared) for task in tasks)


@contextmanager
def _without_warnings() -> Iterator[None]:
    """Silence warnings of joblib and Dask: what matters is raised as an error."""
    client = logging.getLogger("distributed.client")
    level = client.level
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="joblib")
            client.setLevel(logging.CRITICAL)
            yield
    finally:
        client.setLevel(level)
