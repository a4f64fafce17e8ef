"""A file of results from which a run can go on, in the order of the pictures."""

from __future__ import annotations

import csv
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from byhand.errors import ReadError
from byhand.files import clear_leftovers, irregular, replacing, sync
from byhand.reading.inputs import STDIN
from byhand.reading.results_forms import Entry, Form, JsonLines, Result

SECONDS_BETWEEN = 1.0  # of storing the results on the disk itself


class ResultsFile:
    """Writes each result at once; knows which files have a result from earlier runs.

    Opening it repairs what an earlier run left: it drops an incomplete last result, and
    the errors of files that will be read again. Closing it puts the results of this
    run's files in order: those that were tried again come last at first.

    Attributes:
        done: the files whose results stay, by their names as given.
        skipped: those of them that belong to this run.
        count: how many results this run has added.
        errors: the errors among them, one line each.
    """

    def __init__(self, path: Path, files: Sequence[str], form: Form | None = None):
        """Open the file, or begin one.

        Args:
            path: the file; folders are made as needed.
            files: the files of this run, in order.
            form: how results are written; as lines of JSON unless given.

        Raises:
            ReadError: the file holds something other than results.
        """
        self.path = path
        self.form: Form = form or JsonLines()
        self.places = {name: place for place, name in reversed([*enumerate(files)])}
        self.done: set[str] = set()
        self.count = 0
        self.errors: list[str] = []
        self.stored = time.monotonic()
        with self._errors_named():
            self.file = self._open()
        self.skipped = self.done & set(files)

    def _open(self) -> BinaryIO:
        """Return the file, repaired, at its end."""
        if kind := irregular(self.path):
            raise ReadError(
                f"{self.path}: expected a file for results, got {kind}; try another"
                " path"
            )
        self.path.parent.mkdir(parents=True, exist_ok=True)
        clear_leftovers(self.path.parent)
        if self.path.exists():
            self.form = self.form.of(self.path)
            self._resume()
        file = self.path.open("ab")
        if not file.tell():
            file.write(self.form.heading)
            file.flush()
        return file

    def __enter__(self) -> ResultsFile:
        return self

    def __exit__(self, *_: object) -> None:
        with self._errors_named():
            try:
                self.file.flush()
                sync(self.file.fileno())
            finally:
                self.file.close()
            if self.count and self.path.is_file():
                self._sort()

    def add(self, result: Result) -> None:
        """Write one result, so that it is in the file when this returns.

        The file is stored on the disk itself once a second and at the end: a power cut
        costs results of the last second at most, and they are read again.
        """
        with self._errors_named():
            self.file.write(self.form.encoded(result))
            self.file.flush()
            if time.monotonic() > self.stored + SECONDS_BETWEEN:
                sync(self.file.fileno())
                self.stored = time.monotonic()
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
        except csv.Error as error:
            raise ReadError(
                f"{self.path}: expected results as CSV, got {error}; try another file"
            ) from error

    def _resume(self) -> None:
        """Note which files are done; rewrite the file if something has to go."""
        sound, size = True, len(self.form.heading)
        for raw, entry in self.form.entries(self.path):
            size += len(raw)
            if entry is None or self._will_retry(entry):
                sound = False
            else:
                self.done.add(entry.name)
            sound = sound and raw.endswith(b"\n")
        if not sound or size != self.path.stat().st_size:
            self._repair()

    def _will_retry(self, entry: Entry) -> bool:
        """Return whether a result is of a file that will be read again."""
        again = entry.failed or entry.name == STDIN  # another picture each time
        return again and entry.name in self.places

    def _repair(self) -> None:
        """Rewrite the file with complete results, without errors to be retried."""
        with replacing(self.path) as temporary, temporary.open("wb") as new:
            new.write(self.form.heading)
            for raw, entry in self.form.entries(self.path):
                if entry is not None and not self._will_retry(entry):
                    new.write(raw.rstrip(b"\n") + b"\n")

    def _sort(self) -> None:
        """Put the results of this run's files in their order; others stay in place."""
        parts: list[tuple[int, int]] = []  # of each result its place in the file, bytes
        places: list[int | None] = []  # and in this run
        at = len(self.form.heading)
        for raw, entry in self.form.entries(self.path):
            parts.append((at, len(raw)))
            places.append(self.places.get(entry.name) if entry else None)
            at += len(raw)
        own = [number for number, place in enumerate(places) if place is not None]
        ordered = sorted(own, key=lambda number: places[number] or 0)
        if ordered == own:
            return
        moved = dict(zip(own, ordered, strict=True))
        with (
            replacing(self.path) as temporary,
            temporary.open("wb") as new,
            self.path.open("rb") as old,
        ):
            new.write(self.form.heading)
            for number in range(len(parts)):
                start, length = parts[moved.get(number, number)]
                old.seek(start)
                new.write(old.read(length))
