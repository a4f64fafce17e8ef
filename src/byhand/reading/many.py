"""Many pictures, read on all cores or on a cluster; what fails takes no other along.

A picture that cannot be read is an answer with an error. So is one at which the process
that reads it ends, as when memory runs out: the others are read all the same.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from os.path import abspath
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias
from uuid import uuid4

from byhand.errors import ByhandError
from byhand.model import Model, load
from byhand.nn.threads import available_threads
from byhand.reading import reader
from byhand.reading.result import Reading

if TYPE_CHECKING:
    from byhand.reading.pools import Pool

FEW = 8  # pictures that are read before other processes would have started


@dataclass(frozen=True)
class Answer:
    """What was read in a file, or why nothing was.

    Attributes:
        file: its name as it was given.
        reading: None if it could not be read.
        error: what went wrong; with a reading, in what was done with it.
    """

    file: str
    reading: Reading | None = None
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the answer as `byhand read --json` prints it."""
        read = self.reading.as_dict() if self.reading else {}
        return {"file": self.file, **read} | (
            {"error": self.error} if self.error else {}
        )


# Called with the file, its reading, a name that no other file of these has, and what
# `read` was called with, where the file was read.
Also: TypeAlias = Callable[[str, Reading, str, dict[str, Any]], None]


@dataclass(frozen=True)
class Work:
    """What is done with each file, wherever it is done.

    Attributes:
        model: the model's file; None for the one in the package.
        settings: what `read` takes besides picture and model.
        threads: how many threads a model may use; None for all processors.
        run: a name of this run; a process opens the model once in each.
        read: answers for one picture.
        also: what else is done with a reading.
    """

    model: str | None
    settings: dict[str, Any]
    threads: int | None
    run: str
    read: Callable[..., Reading]
    also: Also | None


@dataclass(frozen=True)
class Task:
    """One file: its place among the answers, its path, and a name of its own."""

    number: int
    file: str
    path: str
    name: str


def read_many(
    files: Sequence[str | Answer],
    *,
    on_answer: Callable[[Answer], None],
    model: str | Path | None = None,
    settings: Mapping[str, Any] | None = None,
    jobs: int | None = None,
    cluster: str | None = None,
    done: Collection[str] = (),
    also: Also | None = None,
    read: Callable[..., Reading] | None = None,
) -> None:
    """Read files and hand over an answer for each, in the order of the files.

    Args:
        files: their names; an answer among them stands for itself.
        on_answer: called with each answer. If the run is ended by Ctrl-C or an error,
            it is still called with those that were waiting for their turn.
        model: the model's file; the one in the package unless given.
        settings: what `read` takes besides picture and model.
        jobs: processes; unless given one for up to 8 files, else all processors.
        cluster: the address of a Dask scheduler, whose workers see the same files
            under the same paths, instead of processes on this machine.
        done: names of files to leave out.
        also: called where a file was read, with file, reading, a name that no other of
            the files has, and what `read` was called with besides the picture.
        read: instead of `byhand.read`.

    Raises:
        ModelError: the model's file cannot be opened.
        ReadError: no cluster answers at that address, or it ceased to.
        MissingExtraError: a cluster is named and `distributed` is not installed.
    """
    place = abspath if cluster else str  # a worker elsewhere has another folder
    work = Work(
        model=None if model is None else place(str(model)),
        settings=dict(settings or {}),
        threads=None,
        run=uuid4().hex,
        read=read or reader.read,
        also=also,
    )
    _opened(work.model, None, work.run)  # a bad file is no fault of the pictures
    line = _Line(on_answer)
    tasks = list(_tasks(files, frozenset(done), line, place))
    jobs = jobs or (available_threads() if len(tasks) > FEW else 1)
    try:
        _read_all(tasks, work, jobs, cluster, line)
    except (KeyboardInterrupt, ByhandError):
        line.end()
        raise


class _Line:
    """Answers waiting until those before them are there."""

    def __init__(self, tell: Callable[[Answer], None]) -> None:
        self.tell = tell
        self.turn = 0
        self.waiting: dict[int, Answer] = {}

    def add(self, number: int, answer: Answer) -> None:
        """Take one answer; hand over all whose turn it is."""
        self.waiting[number] = answer
        while self.turn in self.waiting:
            self.turn += 1
            self.tell(self.waiting.pop(self.turn - 1))

    def end(self) -> None:
        """Hand over what is left, in order."""
        for _, answer in sorted(self.waiting.items()):
            self.tell(answer)


def _tasks(
    files: Sequence[str | Answer],
    done: frozenset[str],
    line: _Line,
    place: Callable[[str], str],
) -> Iterator[Task]:
    """Yield what is to be read; what has its answer already is added to the line."""
    names = own_names([f.file if isinstance(f, Answer) else f for f in files])
    number = 0
    for file, name in zip(files, names, strict=True):
        if isinstance(file, Answer):
            line.add(number, file)
        elif file not in done:
            yield Task(number, file, place(file), name)
        else:
            continue
        number += 1


def own_names(files: Iterable[str]) -> list[str]:
    """Return for each file its name without folder and suffix, told apart by numbers.

    ["a/1.png", "b/1.jpg"] gives ["1", "1-2"].
    """
    last: dict[str, int] = {}  # for each name that is taken, the last number tried
    names = []
    for file in files:
        stem = name = Path(file).stem
        key = stem.casefold()  # some systems take "A" and "a" for the same
        while name.casefold() in last:
            last[key] += 1
            name = f"{stem}-{last[key]}"
        last[name.casefold()] = 1
        names.append(name)
    return names


def _read_all(
    tasks: list[Task], work: Work, jobs: int, cluster: str | None, line: _Line
) -> None:
    """Read in this process, in several, or on a cluster."""
    if not tasks:
        return
    if cluster:
        from byhand.reading import pools

        with pools.on_cluster(cluster) as pool:
            _through(pool, tasks, work, line)
    elif jobs == 1:
        for task in tasks:
            line.add(*read_one(task, work))
    else:
        from byhand.reading import pools

        with pools.on_cores(min(jobs, len(tasks))) as pool:
            _through(pool, tasks, work, line)


def _through(pool: Pool, tasks: Sequence[Task], work: Work, line: _Line) -> None:
    """Have a pool read the tasks, and find those at which its processes end."""
    work = replace(work, threads=1)  # each process has a processor
    left = {task.number: task for task in tasks}
    while left:
        sent: list[Task] = []
        try:
            with closing(pool.run(read_one, _noting(left, sent), work)) as results:
                for number, answer in results:
                    del left[number]
                    line.add(number, answer)
        except pool.broken:
            suspects = [task for task in sent if task.number in left]
            _one_by_one(pool, suspects, work, left, line)


def _noting(left: Mapping[int, Task], sent: list[Task]) -> Iterator[Task]:
    """Yield the tasks that are left, and note each that the pool takes."""
    for task in list(left.values()):
        sent.append(task)
        yield task


def _one_by_one(
    pool: Pool, suspects: Sequence[Task], work: Work, left: dict[int, Task], line: _Line
) -> None:
    """Read each by itself, up to the first at which a process ends."""
    for task in suspects:
        try:
            [(number, answer)] = pool.run(read_one, [task], work)
        except pool.broken:
            del left[task.number]
            line.add(task.number, Answer(task.file, error=_ended(task)))
            return
        del left[number]
        line.add(number, answer)


def read_one(task: Task, work: Work) -> tuple[int, Answer]:
    """Return a task's number and its answer; whatever goes wrong becomes an error."""
    settings = {"model": _opened(work.model, work.threads, work.run)}
    settings |= work.settings
    reading = None
    try:
        reading = work.read(task.path, **settings)
        if work.also:
            work.also(task.path, reading, task.name, settings)
    except Exception as error:
        return task.number, Answer(task.file, reading, _told(error, task))
    return task.number, Answer(task.file, reading)


@functools.lru_cache(maxsize=1)
def _opened(file: str | None, threads: int | None, run: str) -> Model:
    """Return the model, opened once in each process and run."""
    model = load(file)
    model.threads = threads
    return model


def _told(error: Exception, task: Task) -> str:
    """Return in a line what went wrong with a task."""
    if isinstance(error, ByhandError):
        return str(error)
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    reason = str(error).partition("\n")[0]
    return (
        f"{task.file}: expected to read it, got {type(error).__name__}"
        f"{f' ({reason})' if reason else ''}; try saving it again as PNG"
    )


def _ended(task: Task) -> str:
    """Return in a line that a process ended at a task."""
    return (
        f"{task.file}: expected an answer, got none: the worker that read it ended"
        " suddenly, as when memory runs out; try a smaller copy"
    )
