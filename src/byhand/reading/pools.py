"""Processes that read: on the cores of this machine, or on a Dask cluster.

Both are used through joblib, and in both a process has one thread for its sums, since
there is a process for each processor.
"""

from __future__ import annotations

import logging
import warnings
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeAlias

import joblib

from byhand.errors import ByhandError, MissingExtraError, ReadError

SECONDS = 5  # a scheduler has so long to answer, and to name a worker
# Calls a function with each task and what they share; yields results as they come.
Run: TypeAlias = Callable[
    [Callable[..., Any], Iterable[Any], Any], Generator[Any, None, None]
]


@dataclass(frozen=True)
class Pool:
    """Processes that wait for work.

    Attributes:
        run: has a function called with each task and what is common to all; yields the
            results as they come, in any order.
        broken: raised by `run` when a process has ended at one of the tasks that were
            taken; another call finds new processes.
    """

    run: Run
    broken: type[Exception]


@contextmanager
def on_cores(jobs: int) -> Iterator[Pool]:
    """Give a pool of processes on this machine, at least two."""

    def run(work: Callable[..., Any], tasks: Iterable[Any], common: Any) -> Any:
        with joblib.parallel_config("loky", inner_max_num_threads=1):
            return _results(work, tasks, common, jobs=max(jobs, 2))  # 1 would be here

    with _without_advice():
        yield Pool(run, BrokenProcessPool)


@contextmanager
def on_cluster(address: str) -> Iterator[Pool]:
    """Give the workers of a Dask cluster as a pool.

    Raises:
        MissingExtraError: `distributed` is not installed.
        ReadError: no scheduler or no worker answers, or they ceased to.
    """
    try:
        from distributed.scheduler import KilledWorker

        from byhand.reading.cluster import DaskBackend, connected
    except ImportError as error:
        raise MissingExtraError(
            "cluster: expected distributed, found none; try"
            " pip install 'byhand[cluster]'"
        ) from error

    def run(work: Callable[..., Any], tasks: Iterable[Any], common: Any) -> Any:
        try:
            with joblib.parallel_config(DaskBackend(client=client)):
                results = _results(work, tasks, common)
            yield from results
        except (KilledWorker, ByhandError):
            raise
        except Exception as error:  # the network's, or those of another Python
            raise ReadError(
                f"cluster {address}: expected answers, got {type(error).__name__}"
                f" ({str(error).partition(chr(10))[0]}); try the same version of byhand"
                " on its workers, and look at their logs"
            ) from error

    with _without_advice():
        client = connected(address, SECONDS)
        try:
            yield Pool(run, KilledWorker)
        finally:
            client.close(timeout=SECONDS)


def _results(
    work: Callable[..., Any], tasks: Iterable[Any], common: Any, jobs: int = -1
) -> Any:
    """Begin the work with joblib as configured; return what yields its results."""
    parallel = joblib.Parallel(jobs, return_as="generator_unordered")
    return parallel(joblib.delayed(work)(task, common) for task in tasks)


@contextmanager
def _without_advice() -> Iterator[None]:
    """Silence joblib and Dask on what is meant, or told by an error in one line."""
    client = logging.getLogger("distributed.client")
    level = client.level
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", module="joblib")
            client.setLevel(logging.CRITICAL)
            yield
    finally:
        client.setLevel(level)
