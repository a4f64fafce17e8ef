"""What the command line prints, where, and that no line is cut in a pipe."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from byhand.cli import output


def test_json_has_null_where_a_number_is_not_finite(capsys):
    output.print_json({"a": float("nan"), "b": [np.float32("inf"), np.float64(0.5)]})
    assert json.loads(capsys.readouterr().out) == {"a": None, "b": [None, 0.5]}


def test_json_takes_arrays_paths_tuples_and_integers(capsys):
    value = {"a": np.array([[1, 2]]), "b": Path("x"), "c": (np.int64(3), True, None)}
    output.print_json(value)
    expected = {"a": [[1, 2]], "b": "x", "c": [3, True, None]}
    assert json.loads(capsys.readouterr().out) == expected


def test_an_error_is_one_line_on_stderr(capsys):
    output.print_error("first\nsecond")
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "byhand: error: first\\nsecond\n"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("großes ×.png", "großes ×.png"),
        ("\x1b[31mred", "\\x1b[31mred"),
        ("stray \udcff byte", "stray \\udcff byte"),
    ],
)
def test_control_characters_and_stray_bytes_are_written_out(text: str, shown: str):
    assert output.printable(text) == shown


def test_a_long_line_is_not_broken_in_a_pipe(capsys):
    rows = output.table("file", "digit", text=["file"])
    rows.add_row("long/" * 60, "7")
    output.answers().print(rows)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 2
    assert lines[1].split() == ["long/" * 60, "7"]


def test_a_pipe_gets_no_colour(capsys):
    rows = output.table("bold heading")
    output.answers().print(rows)
    assert "\x1b" not in capsys.readouterr().out


def test_square_brackets_are_not_taken_for_markup(capsys):
    output.answers().print("[bold]scan[/bold] :smile:")
    assert capsys.readouterr().out == "[bold]scan[/bold] :smile:\n"


def test_quiet_notes_are_silent(capsys):
    output.notes(quiet=True).print("nothing")
    output.notes(quiet=False).print("something")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "something\n")


def test_fractions_are_written_in_percent():
    assert output.percent(0.98214) == "98.21 %"
    assert output.percent(float("nan")) == "–"
    assert output.interval((0.97931, 0.98449)) == "95 % interval 97.93 to 98.45 %"


@pytest.mark.parametrize(("compiled", "before"), [(1, 0), (1, 1), (0, 0), (0, 1)])
def test_the_first_run_says_why_it_waits(compiled, before, monkeypatch, capsys):
    monkeypatch.setattr("byhand.kernels.cache.compiled_wanted", lambda: compiled)
    monkeypatch.setattr("byhand.kernels.cache.compiled_before", lambda: before)
    output.note_compiling(output.notes())
    said = "compiling the kernels: some seconds" in capsys.readouterr().err
    assert said == (compiled and not before)
