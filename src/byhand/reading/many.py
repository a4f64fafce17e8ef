"""Many pictures, read on all cores or on a cluster; a failure stays with its picture.

A picture that cannot be read gives a result with an error. So does one at which the
process that reads it ends, as when memory runs out: the others are still read.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from os.path import abspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO
from uuid import uuid4

from byhand.errors import ByhandError
from byhand.model import SHIPPED_NAME
from byhand.nn.threads import available_threads
from byhand.plugins import loaded
from byhand.reading import reader
from byhand.reading.result import Reading
from byhand.reading.tasks import (
    AfterRead,
    FileResult,
    Task,
    Work,
    open_model,
    process_ended,
    read_one,
    unique_names,
)

if TYPE_CHECKING:
    from byhand.pools import Pool

READ_HERE = 8  # up to this many files are read before other processes have started


def read_many(
    files: Sequence[str | FileResult],
    *,
    on_result: Callable[[FileResult], None],
    model: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    done: Collection[str] = (),
    open_files: Mapping[str, BinaryIO] | None = None,
    after_read: AfterRead | None = None,
    read: Callable[..., Reading] | None = None,
) -> None:
    """Read files and hand over the result of each, in the order of the files.

    Args:
        files: their names; a result among them stands for itself.
        on_result: called with each result. If Ctrl-C or an error ends the run, it is
            still called with the results that were waiting for earlier ones.
        model: the model's file; the one in the package unless given.
        settings: what `read` takes besides picture and model.
        jobs: processes; unless given, 1 for up to 8 files, else all processors.
        cluster: the address of a Dask scheduler, whose workers see the same files
            under the same paths, instead of processes on this machine.
        done: names of files to skip.
        open_files: pictures in memory, by the names that stand for them, such as -.
        after_read: called where a file was read, with file, reading, a name that no
            other of the files has, and what `read` was called with besides the picture.
        read: instead of `byhand.read`.

    Raises:
        ModelError: the model's file cannot be opened.
        ClusterError: no cluster answers at that address, or it stops answering.
        MissingExtraError: a cluster is named and `distributed` is not installed.
    """
    path_of = abspath if cluster else str  # a remote worker has another working folder
    file = _unless_shipped(model, path_of)
    settings, read, run_id = dict(settings or {}), read or reader.read, uuid4().hex
    work = Work(file, settings, None, run_id, read, after_read, loaded())
    # a bad model is no fault of the pictures
    open_model(file, None, run_id, work.plugins)
    results = _InOrder(on_result)
    opened = open_files or {}
    tasks = [
        replace(task, path=opened.get(task.file, task.path))
        for task in _tasks(files, frozenset(done), results, path_of)
    ]
    jobs = jobs or (available_threads() if len(tasks) > READ_HERE else 1)
    try:
        _read_all(tasks, work, jobs, cluster, results)
    except (KeyboardInterrupt, ByhandError):
        results.flush()
        raise


def _unless_shipped(
    model: str | Path | None, path_of: Callable[[str], str]
) -> str | None:
    """Return the path of a model's file; None for the model in the package."""
    return None if model in (None, SHIPPED_NAME) else path_of(str(model))


class _InOrder:
    """Takes results in any order and hands them over in order."""

    def __init__(self, on_result: Callable[[FileResult], None]) -> None:
        self.on_result = on_result
        self.next = 0
        self.waiting: dict[int, FileResult] = {}

    def add(self, number: int, result: FileResult) -> None:
        """Take one result; hand over all that wait for no earlier one."""
        self.waiting[number] = result
        while self.next in self.waiting:
            self.next += 1
            self.on_result(self.waiting.pop(self.next - 1))

    def flush(self) -> None:
        """Hand over what is left, in order."""
        for _, result in sorted(self.waiting.items()):
            self.on_result(result)


def _tasks(
    files: Sequence[str | FileResult],
    done: frozenset[str],
    results: _InOrder,
    path_of: Callable[[str], str],
) -> Iterator[Task]:
    """Yield the files to read as tasks; results among them are added to the others."""
    names = unique_names([f.file if isinstance(f, FileResult) else f for f in files])
    number = 0
    for file, name in zip(files, names, strict=True):
        if isinstance(file, FileResult):
            results.add(number, file)
        elif file not in done:
            yield Task(number, file, path_of(file), name)
        else:
            continue
        number += 1


def _read_all(
    tasks: list[Task], work: Work, jobs: int, cluster: str | None, results: _InOrder
) -> None:
    """Read in this process, in several, or on a cluster."""
    if not tasks:
        return
    if cluster:
        from byhand import pools

        with pools.on_cluster(cluster) as pool:
            _read_in_pool(pool, tasks, work, results)
    elif jobs == 1:
        for task in tasks:
            results.add(*read_one(task, work))
    else:
        from byhand import pools

        with pools.on_cores(min(jobs, len(tasks))) as pool:
            _read_in_pool(pool, tasks, work, results)


def _read_in_pool(
    pool: Pool, tasks: Sequence[Task], work: Work, results: _InOrder
) -> None:
    """Have a pool read the tasks, and find those at which its processes end."""
    from byhand import pools

    work = replace(work, threads=1)  # each process has a processor
    pools.run_all(pool, read_one, tasks, work, results.add, process_ended)
