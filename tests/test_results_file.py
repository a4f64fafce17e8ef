"""A file of results from which a run can go on."""

from __future__ import annotations

import json
import os
from pathlib import Path

import numpy as np
import pytest

from byhand.errors import ReadError
from byhand.reading.result import Digit, Line, Reading
from byhand.reading.results_file import ResultsFile
from byhand.reading.tasks import FileResult
from byhand.types import Box

READING = Reading((Line((Digit(4, 0.9, (), Box(0, 0, 5, 9)),), 0.9),))
NAMES = ["a.png", "b.png", "c.png"]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A file of three results."""
    with ResultsFile(tmp_path / "x.jsonl", NAMES) as results:
        for name in NAMES:
            results.add(FileResult(name, READING))
    return tmp_path / "x.jsonl"


def files_in(path: Path) -> list[str]:
    return [json.loads(line)["file"] for line in path.read_bytes().splitlines()]


def test_a_result_is_in_the_file_at_once_and_folders_are_made(tmp_path: Path):
    path = tmp_path / "deep/er/x.jsonl"
    with ResultsFile(path, ()) as results:
        results.add(FileResult("1.png", Reading(())))
        assert path.read_text("ascii") == (
            '{"file": "1.png", "lines": [], "warnings": []}\n'
        )
        results.add(FileResult("2.png", error="2.png: no"))
        assert files_in(path) == ["1.png", "2.png"]
    assert (results.count, results.errors) == (2, ["2.png: no"])


def test_numbers_that_json_does_not_have_become_null(tmp_path: Path):
    line = Line((Digit(4, np.float64("nan"), (), Box(0, 0, 5, 9)),), np.float32(0.5))
    with ResultsFile(tmp_path / "x.jsonl", ()) as results:
        results.add(FileResult("1.png", Reading((line,))))
    [digit] = json.loads((tmp_path / "x.jsonl").read_text())["lines"][0]["digits"]
    assert digit["confidence"] is None


def test_a_second_run_knows_what_is_done_and_adds_to_it(path: Path):
    with ResultsFile(path, ["b.png", "d.png"]) as results:
        assert results.done == set(NAMES)
        assert results.skipped == {"b.png"}
        assert (results.count, results.errors) == (0, [])
        results.add(FileResult("d.png", READING))
    assert files_in(path) == [*NAMES, "d.png"]


def test_errors_are_dropped_if_their_files_are_read_again(path: Path):
    with ResultsFile(path, ()) as results:
        results.add(FileResult("bad.png", error="bad.png: no"))
        results.add(FileResult("copy.png", READING, "copy.png: disk full"))
    ResultsFile(path, ["bad.png"]).file.close()
    assert files_in(path) == [*NAMES, "copy.png"]
    with ResultsFile(path, ["copy.png"]) as results:
        assert results.done == set(NAMES)
    assert files_in(path) == NAMES


@pytest.mark.parametrize("end", [1, 9, 10, 11, 30, -2, -1])
def test_an_incomplete_last_line_is_dropped_and_its_file_not_done(path: Path, end: int):
    complete = path.read_bytes()
    first, second, third = complete.splitlines(keepends=True)
    path.write_bytes(first + second + third[:end])
    with ResultsFile(path, NAMES) as results:
        assert results.done == set(NAMES[: 3 if end == -1 else 2])
    assert path.read_bytes() == (complete if end == -1 else first + second)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"a text\n", "line 1"),
        (b"a text", "line 1"),
        (b'{"file": "a.png", "li\n', "line 1"),
        (b'{"file": "a.png", "lines": []}\n[1]\n', "line 2"),
        (b'{"file": 3}\n', "line 1"),
        (b"\x89PNG\r\n", "line 1"),
    ],
)
def test_a_file_of_anything_else_is_left_as_it_is(
    tmp_path: Path, content: bytes, where: str
):
    path = tmp_path / "x.jsonl"
    path.write_bytes(content)
    with pytest.raises(ReadError, match=rf"expected a result of byhand.* {where}"):
        ResultsFile(path, ["a.png"])
    assert path.read_bytes() == content


# --- what is no file, full disks, power cuts ------------------------------------------


@pytest.mark.skipif(os.name == "nt", reason="Windows has no named pipes")
def test_a_pipe_is_no_file_for_results_and_is_not_waited_for(tmp_path):
    os.mkfifo(tmp_path / "x.jsonl")
    with pytest.raises(ReadError, match="expected a file for results, got a named pi"):
        ResultsFile(tmp_path / "x.jsonl", ["a"])


def test_what_is_written_is_stored_on_the_disk_each_second_and_at_the_end(
    tmp_path, monkeypatch
):
    stored, now = [], [100.0]
    monkeypatch.setattr(
        "byhand.reading.results_file.sync", lambda handle: stored.append(now[0])
    )
    monkeypatch.setattr("time.monotonic", lambda: now[0])
    with ResultsFile(tmp_path / "x.jsonl", ["a"]) as kept:
        for second in (100.5, 101.2, 101.9, 102.5):
            now[0] = second
            kept.add(FileResult("a"))
    assert stored == [101.2, 102.5, 102.5]


def test_zeros_at_the_end_after_a_power_cut_are_dropped(tmp_path):
    path = tmp_path / "x.jsonl"
    with ResultsFile(path, ["a"]) as kept:
        kept.add(FileResult("a"))
    complete = path.read_bytes()
    path.write_bytes(complete + bytes(99))
    with ResultsFile(path, ["a"]) as kept:
        assert kept.done == {"a"}
    assert path.read_bytes() == complete
