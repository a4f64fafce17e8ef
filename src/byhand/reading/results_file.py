"""A file of results, one line of JSON each, from which a run can go on."""

from __future__ import annotations

import json
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO

from byhand.errors import ReadError
from byhand.files import clear_leftovers, irregular, replacing, sync
from byhand.json_values import json_value
from byhand.reading.tasks import FileResult

BEGINNING = b'{"file": "'  # of every line
SECONDS_BETWEEN = 1.0  # of storing the results on the disk itself


class ResultsFile:
    """Writes each result at once; knows which files have a result from earlier runs.

    Opening it repairs what an earlier run left: it drops an incomplete last line, and
    the errors of files that will be read again.

    Attributes:
        done: the files whose results stay, by their names as given.
        skipped: those of them that belong to this run.
        count: how many results this run has added.
        errors: the errors among them, one line each.
    """

    def __init__(self, path: Path, files: Collection[str]) -> None:
        """Open the file, or begin one.

        Args:
            path: the file; folders are made as needed.
            files: the files of this run.

        Raises:
            ReadError: the file holds something other than results.
        """
        self.path = path
        self.synced = time.monotonic()
        self.done: set[str] = set()
        self.count = 0
        self.errors: list[str] = []
        with self._errors_named():
            if kind := irregular(path):
                raise ReadError(
                    f"{path}: expected a file for results, got {kind}; try another path"
                )
            path.parent.mkdir(parents=True, exist_ok=True)
            clear_leftovers(path.parent)
            if path.exists():
                self._resume(path, files)
            self.file: BinaryIO = path.open("ab")
        self.skipped = self.done & set(files)

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(self, *_: object) -> None:
        with self._errors_named():
            try:
                self.file.flush()
                sync(self.file.fileno())
            finally:
                self.file.close()

    def add(self, result: FileResult) -> None:
        """Write one result, so that it is in the file when this returns.

        The file is stored on the disk itself once a second and at the end: a power cut
        costs results of the last second at most, and they are read again.
        """
        line = json.dumps(json_value(result.as_dict()), allow_nan=False)
        with self._errors_named():
            self.file.write(f"{line}\n".encode())
            self.file.flush()
            if time.monotonic() > self.synced + SECONDS_BETWEEN:
                sync(self.file.fileno())
                self.synced = time.monotonic()
        self.count += 1
        self.errors += [result.error] if result.error else []

    @contextmanager
    def _errors_named(self) -> Iterator[None]:
        """Turn OSError, which may have no name, into ReadError."""
        try:
            yield
        except OSError as error:
            raise ReadError(
                f"{self.path}: cannot be written: {error.strerror}; the results in it"
                " stay, the same command goes on"
            ) from error

    def _resume(self, path: Path, files: Collection[str]) -> None:
        """Note which files are done; rewrite the file if something has to go."""
        sound = True
        for line, entry in _entries(path):
            if entry is None or _will_retry(entry, files):
                sound = False
            else:
                self.done.add(entry["file"])
            sound = sound and line.endswith(b"\n")
        if not sound:
            _repair(path, files)


def _will_retry(entry: dict[str, Any], files: Collection[str]) -> bool:
    """Return whether a result is an error of a file that will be read again."""
    return bool(entry.get("error")) and entry["file"] in files


def _repair(path: Path, files: Collection[str]) -> None:
    """Rewrite the file with complete lines only, without errors to be retried."""
    with replacing(path) as temporary, temporary.open("wb") as new:
        for line, entry in _entries(path):
            if entry is not None and not _will_retry(entry, files):
                new.write(line.rstrip(b"\n") + b"\n")


def _entries(path: Path) -> Iterator[tuple[bytes, dict[str, Any] | None]]:
    """Yield each line and its result; None for an incomplete last line."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            entry = _entry(line)
            if entry is None and not _is_incomplete(line):
                raise ReadError(
                    f"{path}: expected a result of byhand read in each line, got"
                    f" {line[:20]!r} in line {number}; try another file"
                )
            yield line, entry


def _entry(line: bytes) -> dict[str, Any] | None:
    """Return the result in a line; None if there is none."""
    try:
        entry = json.loads(line)
    except ValueError:  # not JSON, or not text
        return None
    valid = isinstance(entry, dict) and isinstance(entry.get("file"), str)
    return entry if valid else None


def _is_incomplete(line: bytes) -> bool:
    """Return whether a line is the beginning of a result, or zeros of a power cut."""
    line = line.rstrip(b"\0")
    ours = line.startswith(BEGINNING) or BEGINNING.startswith(line)
    return ours and not line.endswith(b"\n")
