"""One file read, in whatever process: the result, or the error in one line."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias

from byhand.errors import ByhandError
from byhand.model import Model, load
from byhand.plugins import load_missing
from byhand.reading.result import Reading


@dataclass(frozen=True)
class FileResult:
    """What was read in a file, or why nothing was.

    Attributes:
        file: its name as it was given.
        reading: None if the file could not be read.
        error: what went wrong; beside a reading, in what was done with it.
    """

    file: str
    reading: Reading | None = None
    error: str = ""

    def as_dict(self) -> dict[str, Any]:
        """Return the result as `byhand read --json` prints it."""
        reading = self.reading.as_dict() if self.reading else {}
        error = {"error": self.error} if self.error else {}
        return {"file": self.file, **reading, **error}

    def as_rows(self) -> list[dict[str, Any]]:
        """Return its rows of CSV; one for a file in which nothing was read."""
        rows = self.reading.as_rows() if self.reading else []
        warnings = "; ".join(self.reading.warnings) if self.reading else ""
        about = {"file": self.file, "warnings": warnings, "error": self.error}
        return [{**about, **row} for row in rows or [{}]]


COLUMNS = ("file", "page", "line", "lines", "text", "marked", "confidence", "x", "y",
           "width", "height", "left_out", "warnings", "error")  # fmt: skip
ADDED = ("marked",)  # those of them that files of earlier versions lack


# Called where a file was read, with the file, its reading, a name that no other of the
# files has, and what `read` was called with besides the picture.
AfterRead: TypeAlias = Callable[[str | BinaryIO, Reading, str, dict[str, Any]], None]


@dataclass(frozen=True)
class Work:
    """What is done with each file, in whatever process.

    Attributes:
        model: the model's file; None for the one in the package.
        settings: what `read` takes besides picture and model.
        threads: how many threads a model may use; None for all processors.
        run_id: a name of this run; a process opens the model once in each.
        read: reads one picture.
        after_read: called with each reading; None for nothing.
        plugins: files that give the model's own layers.
    """

    model: str | None
    settings: dict[str, Any]
    threads: int | None
    run_id: str
    read: Callable[..., Reading]
    after_read: AfterRead | None
    plugins: tuple[str, ...] = ()


@dataclass(frozen=True)
class Task:
    """One file: its place among the results, its path, and a name of its own.

    Instead of a path it may have a file that is open, in memory.
    """

    number: int
    file: str
    path: str | BinaryIO
    name: str


def read_one(task: Task, work: Work) -> tuple[int, FileResult]:
    """Return a task's number and its result; an exception becomes its error."""
    model = open_model(work.model, work.threads, work.run_id, work.plugins)
    settings = {"model": model, **work.settings}
    reading = None
    try:
        reading = work.read(task.path, **settings)
        if work.after_read:
            work.after_read(task.path, reading, task.name, settings)
    except Exception as error:
        return task.number, FileResult(task.file, reading, _message(error, task))
    return task.number, FileResult(task.file, reading)


@functools.lru_cache(maxsize=1)
def open_model(
    file: str | None, threads: int | None, run_id: str, plugins: tuple[str, ...] = ()
) -> Model:
    """Return the model, opened once in each process and run."""
    load_missing(plugins)
    model = load(file)
    model.threads = threads
    return model


def process_ended(task: Task) -> FileResult:
    """Return the result of a task at which the process ended."""
    return FileResult(
        task.file,
        error=f"{task.file}: expected a result, got none: the process that read it"
        " ended suddenly, as when memory runs out; try a smaller copy",
    )


def _message(error: Exception, task: Task) -> str:
    """Return in one line what went wrong with a task."""
    if isinstance(error, ByhandError):
        message = str(error)
        if isinstance(task.path, str):
            return message
        return f"{task.file}: {message.removeprefix('picture: ')}"
    if isinstance(error, OSError) and error.filename:
        return f"{error.filename}: {error.strerror}"
    reason = str(error).partition("\n")[0]
    return (
        f"{task.file}: expected to read it, got {type(error).__name__}"
        f"{f' ({reason})' if reason else ''}; try saving it again as PNG"
    )


def unique_names(files: Iterable[str]) -> list[str]:
    """Return each file's name without folder and suffix, numbered where names repeat.

    ["a/1.png", "b/1.jpg"] gives ["1", "1-2"].
    """
    last: dict[str, int] = {}  # for each name that is taken, the last number tried
    names = []
    for file in files:
        stem = name = Path(file).stem
        key = stem.casefold()  # on some systems "A" and "a" are the same file
        while name.casefold() in last:
            last[key] += 1
            name = f"{stem}-{last[key]}"
        last[name.casefold()] = 1
        names.append(name)
    return names
