"""A file of answers, a line of JSON each, from which a run can go on."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from byhand.cli import output

if TYPE_CHECKING:
    from byhand.reading.many import Answer

BEGINNING = b'{"file": "'  # of every line


class Results:
    """Takes answers and writes each at once; knows which files have one already.

    Opening it mends what an earlier run left: a last line that was cut off is dropped,
    and so are the errors of files that will be read again.

    Attributes:
        done: the files whose answers stay, by their names as given.
        count: how many answers this run has added.
        failed: what went wrong in it, a line each.
    """

    def __init__(self, path: Path, again: Collection[str]) -> None:
        """Open the file, or begin one.

        Args:
            path: the file; folders are made as needed.
            again: the files of this run.

        Raises:
            ReadError: something else is in the file.
        """
        self.path = path
        self.done: set[str] = set()
        self.count = 0
        self.failed: list[str] = []
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            self._take_up(path, again)
        self.left_out = self.done & set(again)
        self.file: BinaryIO = path.open("ab")

    def __enter__(self) -> Results:
        return self

    def __exit__(self, *_: object) -> None:
        self.file.close()

    def add(self, answer: Answer) -> None:
        """Write one answer, so that it is in the file when this returns."""
        told = json.dumps(output.plain(answer.as_dict()), allow_nan=False)
        self.file.write(f"{told}\n".encode())
        self.file.flush()
        self.count += 1
        self.failed += [answer.error] if answer.error else []

    def tell(self) -> None:
        """Print a line on what this run did."""
        parts = [f"{self.count - len(self.failed)} read", f"{len(self.failed)} failed"]
        parts += [f"{len(self.left_out)} done before"] if self.left_out else []
        output.answers().print(output.printable(f"{self.path}: {', '.join(parts)}"))

    def _take_up(self, path: Path, again: Collection[str]) -> None:
        """Note what is done; write the file anew if something in it has to go."""
        good = True
        for line, told in _entries(path):
            if told is None or _to_retry(told, again):
                good = False
            else:
                self.done.add(told["file"])
            good = good and line.endswith(b"\n")
        if not good:
            _mend(path, again)


def _to_retry(told: dict[str, Any], again: Collection[str]) -> bool:
    """Return whether an answer is an error of a file that will be read again."""
    return bool(told.get("error")) and told["file"] in again


def _mend(path: Path, again: Collection[str]) -> None:
    """Write the file anew, with whole lines only and without errors to be retried."""
    from byhand.files import replacing

    with replacing(path) as temporary, temporary.open("wb") as new:
        for line, told in _entries(path):
            if told is not None and not _to_retry(told, again):
                new.write(line.rstrip(b"\n") + b"\n")


def _entries(path: Path) -> Iterator[tuple[bytes, dict[str, Any] | None]]:
    """Yield each line and what it says; None for a last line that was cut off."""
    from byhand.errors import ReadError

    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            told = _told(line)
            if told is None and not _cut_off(line):
                raise ReadError(
                    f"{path}: expected an answer of byhand read in each line, got"
                    f" {line[:20]!r} in line {number}; try another file"
                )
            yield line, told


def _told(line: bytes) -> dict[str, Any] | None:
    """Return the answer in a line; None if there is none."""
    try:
        told = json.loads(line)
    except ValueError:  # no JSON, or no text
        return None
    whole = isinstance(told, dict) and isinstance(told.get("file"), str)
    return told if whole else None


def _cut_off(line: bytes) -> bool:
    """Return whether a line is the beginning of an answer."""
    ours = line.startswith(BEGINNING) or BEGINNING.startswith(line)
    return ours and not line.endswith(b"\n")


def once(files: Sequence[str | Answer]) -> list[str | Answer]:
    """Return the files without those that are named again."""
    named: dict[str, str | Answer] = {}
    for file in files:
        named.setdefault(file if isinstance(file, str) else file.file, file)
    return list(named.values())
