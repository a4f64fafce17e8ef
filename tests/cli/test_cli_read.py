"""byhand read."""

from __future__ import annotations

import csv
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from rich.console import Console

from byhand.cli import output
from byhand.errors import PictureError, ReadError
from byhand.reading.marks import Mark
from byhand.reading.result import Digit, Line, Reading
from byhand.reading.tasks import FileResult
from byhand.types import Box


def blank(*names: str) -> list[str]:
    """Write white pictures; return their names."""
    for name in names:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("L", (40, 30), 255).save(name)
    return list(names)


def line_of(digits: str, confidence: float = 0.9) -> Line:
    found = [
        Digit(int(digit), confidence, ((0, 0.05),), Box(9 * place, 4, 8, 12))
        for place, digit in enumerate(digits)
    ]
    return Line(tuple(found), confidence)


def by_name(path: str, **settings: Any) -> Reading:
    """Read what the name says: "07,1.png" has the lines 07 and 1; "bad.png" fails."""
    stem = Path(path).stem
    if stem == "bad":
        raise PictureError(f"{path}: expected a picture, got none")
    if stem == "stop":
        raise KeyboardInterrupt
    texts = [part for part in stem.split(",") if part.isdigit()]
    warnings = () if texts else (f"settings {settings['lines']}",)
    return Reading(tuple(map(line_of, texts)), warnings)


@pytest.fixture(autouse=True)
def compiled(monkeypatch: pytest.MonkeyPatch) -> None:
    """No word on kernels that are compiled for the first time."""
    monkeypatch.setattr("byhand.kernels.cache.compiled_before", lambda: True)


@pytest.fixture
def named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pictures are read by their names."""
    monkeypatch.setattr("byhand.reading.reader.read", by_name)


def test_one_picture_is_answered_with_its_lines(byhand, named):
    ended = byhand("read", *blank("07,1.png"))
    assert (ended.code, ended.err) == (0, "")
    assert [line.split() for line in ended.out.splitlines()] == [
        ["07", "90.00", "%"],
        ["1", "90.00", "%"],
    ]


def test_several_pictures_are_answered_with_a_table_in_their_order(byhand, named):
    ended = byhand("read", "b/12.png", "bad.png", "none.png", "07,1.png", "--lines", 3)
    head, *rows = (line.split() for line in ended.out.splitlines())
    assert head == ["file", "line", "text", "confidence"]
    assert [row[:3] for row in rows] == [
        ["b/12.png", "1", "12"],
        ["none.png", "–", "none"],
        ["07,1.png", "1", "07"],
        ["07,1.png", "2", "1"],
    ]
    assert ended.code == 1
    assert ended.err.splitlines() == [
        "none.png: settings 3",
        "none.png: no digits found",
        "byhand: error: bad.png: expected a picture, got none",
    ]


def test_quiet_leaves_errors_only(byhand, named):
    ended = byhand("read", "bad.png", "x.png", "--lines", 3, "--quiet")
    assert ended.err == "byhand: error: bad.png: expected a picture, got none\n"


def test_json_has_an_object_for_each_file(byhand, named):
    ended = byhand("read", "bad.png", "07,1.png", "x.png", "--json", "--lines", 2)
    bad, good, none = ended.json
    assert ended.code == 1
    assert bad == {"file": "bad.png", "error": "bad.png: expected a picture, got none"}
    assert good == {"file": "07,1.png", **by_name("07,1.png").as_dict()}
    assert [digit["digit"] for digit in good["lines"][0]["digits"]] == [0, 7]
    assert none == {"file": "x.png", "lines": [], "warnings": ["settings 2"]}
    assert ended.err == f"byhand: error: {bad['error']}\n"


def with_marks(path: str, **settings: Any) -> Reading:
    """Read 314 with a point wherever it is asked."""
    return Reading((replace(line_of("314"), marks=(POINT,)), line_of("7")))


POINT = Mark(".", 0.9, Box(8, 14, 1, 1), 1)


@pytest.mark.parametrize("options", [(), ("--marks",)])
@pytest.mark.parametrize("files", [("a.png",), ("a.png", "b.png")])
def test_lines_are_printed_with_their_marks_if_asked(
    byhand, monkeypatch, files, options
):
    monkeypatch.setattr("byhand.reading.reader.read", with_marks)
    ended = byhand("read", *blank(*files), *options)
    words = ended.out.split()
    assert words.count("3.14") == len(files) * len(options)
    assert words.count("314") == len(files) * (1 - len(options))


def test_csv_has_lines_with_and_without_marks(byhand, monkeypatch):
    monkeypatch.setattr("byhand.reading.reader.read", with_marks)
    ended = byhand("read", *blank("a.png"), "--csv")
    lines = csv.DictReader(io.StringIO(ended.out))
    assert [(x["text"], x["marked"]) for x in lines] == [("314", "3.14"), ("7", "7")]


def test_csv_has_a_row_for_each_line_and_for_a_file_without(byhand, named):
    ended = byhand("read", "bad.png", "07,1.png", "x.png", "--csv", "--lines", 2)
    lines = list(csv.DictReader(io.StringIO(ended.out)))
    columns = ["file", "page", "line", "lines", "text", "confidence", "error"]
    assert [[line[column] for column in columns] for line in lines] == [
        ["bad.png", "", "", "", "", "", "bad.png: expected a picture, got none"],
        ["07,1.png", "1", "1", "2", "07", "0.9", ""],
        ["07,1.png", "1", "2", "2", "1", "0.9", ""],
        ["x.png", "", "", "", "", "", ""],
    ]
    assert [lines[1][side] for side in ("x", "y", "width", "height")] == [
        *("0", "4", "17", "12")
    ]
    assert lines[3]["warnings"] == "settings 2"
    assert '"07",0.9,' in ended.out
    assert ended.code == 1


def test_settings_reach_the_reader(byhand, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "byhand.reading.reader.read",
        lambda p, **given: seen.append(given) or Reading(()),
    )
    words = ("--lines", 2, "--whitelist", "01", "--min-confidence", 0.5)
    assert byhand("read", "a.png", *words).code == 0
    assert byhand("read", "a.png").code == 0
    assert [sorted(given) for given in seen] == [
        ["lines", "min_confidence", "model", "whitelist"],
        ["model"],
    ]
    assert seen[0]["whitelist"] == "01"
    assert (seen[0]["lines"], seen[0]["min_confidence"]) == (2, 0.5)


def test_the_model_is_the_one_that_is_named(byhand, toy, trained, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "byhand.reading.reader.read",
        lambda path, model: seen.append(model.image_shape) or Reading(()),
    )
    assert byhand("read", "a.png", "--model", trained).code == 0
    assert seen == [(7, 6)]


def test_a_bad_model_file_is_one_line_and_no_answer(byhand):
    ended = byhand("read", *blank("a.png"), "--model", "a.png", "--json")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("\n") == 1


def test_folders_and_patterns_stand_for_the_pictures_in_them(byhand):
    inside = blank("in/b.png", "in/B.JPG", "in/deep/a.tif", "in/.hidden/c.png")[:3]
    blank("in/.d.png", "x1.png", "x2.png", "x[3].png")
    Path("in/notes.txt").write_text("no picture")
    words = ("x*2.png", "in", "x[3].png", "x[12].png", "--json")
    ended = byhand("read", *words)
    assert ended.code == 0
    assert [result["file"] for result in ended.json] == [
        "x2.png",
        *(str(Path(name)) for name in sorted(inside)),
        "x[3].png",
        "x1.png",
        "x2.png",
    ]


def test_a_pattern_goes_through_folders_and_takes_folders_for_their_pictures(byhand):
    blank("in/a/1.png", "in/b/2.png", "in/3.png")
    Path("in/a/x.txt").write_text("no picture")
    deep = byhand("read", "in/**/*.png", "--json").json
    assert [Path(a["file"]).as_posix() for a in deep] == [
        *("in/3.png", "in/a/1.png", "in/b/2.png")
    ]
    everything = byhand("read", "in/**", "--json").json
    assert [Path(a["file"]).as_posix() for a in everything] == [
        *("in/3.png", "in/a/1.png", "in/a/x.txt", "in/b/2.png")
    ]
    folders = byhand("read", "in/*", "--json").json
    assert [Path(a["file"]).as_posix() for a in folders] == [
        *("in/3.png", "in/a/1.png", "in/b/2.png")
    ]


def test_an_empty_folder_and_a_pattern_without_files_are_errors(byhand):
    Path("empty").mkdir()
    ended = byhand("read", "empty", *blank("a.png"), "no*.png", "--json")
    assert ended.code == 1
    empty, good, none = ended.json
    assert (good["file"], good["lines"]) == ("a.png", [])
    assert empty["error"] == (
        "empty: expected pictures in this folder, got none; try another path"
    )
    assert none["error"].startswith("no*.png: expected files that match this")
    assert ended.err.count("byhand: error: ") == ended.err.count("\n") == 2


@pytest.mark.parametrize(
    "words",
    [
        ["--json", "--csv"],
        ["--json", "--out", "x.jsonl"],
        ["--jobs", "2", "--cluster", "tcp://127.0.0.1:1"],
        ["--whitelist", "12a"],
        ["--whitelist", ""],
        ["--digits", "0"],
        ["--digits", "six"],
        ["--pattern", "9{1000000}"],
        ["--pattern", "99", "--digits", "3"],
        ["--checksum", "lun"],
        ["--lines", "0"],
        ["--jobs", "0"],
        ["--min-confidence", "1.5"],
    ],
)
def test_what_makes_no_sense_is_wrong_usage(byhand, words: list[str]):
    ended = byhand("read", "a.png", *words)
    assert (ended.code, ended.out) == (2, "")
    assert "Usage: byhand read" in ended.err
    assert not Path("x.jsonl").exists()


def test_annotated_copies_do_not_overwrite_each_other(byhand, named):
    words = blank("a/12.png", "b/12.png", "b/3.png")
    ended = byhand("read", *words, "--annotate", "seen/here", "--quiet")
    assert (ended.code, ended.err) == (0, "")
    copies = {path.name: Image.open(path) for path in Path("seen/here").iterdir()}
    assert sorted(copies) == ["12-2.png", "12.png", "3.png"]
    assert all(copy.mode == "RGB" and copy.size == (40, 30) for copy in copies.values())
    assert copies["12.png"].getcolors() == copies["12-2.png"].getcolors()
    assert copies["12.png"].getcolors() != copies["3.png"].getcolors()


def test_copies_in_a_folder_that_is_read_are_not_read_themselves(byhand):
    blank("in/a.png")
    for _ in range(2):
        found = byhand("read", "in", "--annotate", "in/seen", "--json").json
        assert [Path(result["file"]).name for result in found] == ["a.png"]


def test_a_copy_that_cannot_be_drawn_leaves_the_reading(byhand, named):
    ended = byhand("read", "12.png", "--annotate", "seen", "--json")
    [result] = ended.json
    assert ended.code == 1
    assert result["lines"][0]["text"] == "12"
    assert result["error"].startswith(
        "12.png: expected a picture file, got no such file"
    )


def test_an_explanation_is_drawn_of_each_picture(byhand, named, monkeypatch):
    drawn = []

    class Explanation:
        @staticmethod
        def draw_explanation(picture, path, **settings):
            drawn.append((picture, path, sorted(settings)))

    monkeypatch.setitem(sys.modules, "byhand.plots.explanation", Explanation)
    assert byhand("read", "a/1.png", "b/1.png", "--explain", "why").code == 0
    assert drawn == [
        ("a/1.png", Path("why/1.png").absolute(), ["model"]),
        ("b/1.png", Path("why/1-2.png").absolute(), ["model"]),
    ]


def test_an_explanation_without_its_library_is_an_error_before_reading(
    byhand, monkeypatch
):
    monkeypatch.setitem(sys.modules, "byhand.plots.explanation", None)
    ended = byhand("read", "a.png", "--explain", "why")
    assert (ended.code, ended.out) == (1, "")
    assert "try pip install 'byhand[plots]'" in ended.err
    assert not Path("why").exists()


@pytest.mark.parametrize("option", ["--annotate", "--explain"])
def test_a_picture_is_not_drawn_over(byhand, option: str):
    before = Path(*blank("in/a.png")).read_bytes()
    ended = byhand("read", "in/a.png", option, "in", "--json")
    assert ended.code == 1
    assert ended.json[0]["lines"] == []
    assert "expected another folder to draw into than its own" in ended.err
    assert Path("in/a.png").read_bytes() == before
    assert byhand("read", "in/a.png", option, "in/seen").code == 0
    assert [path.name for path in Path("in/seen").iterdir()] == ["a.png"]


def kept(path: str) -> list[Any]:
    """Return the entries of a file of results; each of its lines is complete."""
    text = Path(path).read_text("ascii")
    assert text.endswith("\n")
    return [json.loads(line) for line in text.splitlines()]


def test_out_keeps_an_answer_a_line_and_prints_a_summary(byhand, named):
    ended = byhand("read", "12.png", "bad.png", "3.png", "--out", "in/x.jsonl")
    assert ended.code == 1
    assert ended.out == f"{Path('in/x.jsonl')}: 2 read, 1 failed\n"
    assert ended.err == "byhand: error: bad.png: expected a picture, got none\n"
    good, bad, other = kept("in/x.jsonl")
    assert good == {"file": "12.png", **by_name("12.png").as_dict()}
    assert list(bad) == ["file", "error"]
    assert other["file"] == "3.png"


def test_a_second_run_goes_on_and_tries_again_what_failed(byhand, monkeypatch):
    seen: list[str] = []

    def read(path: str, **settings: Any) -> Reading:
        seen.append(path)
        return by_name(path if seen.count(path) == 1 else "5.png")

    monkeypatch.setattr("byhand.reading.reader.read", read)
    words = ("read", "12.png", "bad.png", "12.png", "--out", "x.jsonl")
    assert byhand(*words).code == 1
    ended = byhand(*words, "7.png", "bad.png")
    assert (ended.code, ended.out) == (0, "x.jsonl: 2 read, 0 failed, 1 done before\n")
    assert seen == ["12.png", "bad.png", "bad.png", "7.png"]
    assert [
        (entry["file"], entry["lines"][0]["text"]) for entry in kept("x.jsonl")
    ] == [
        ("12.png", "12"),
        ("bad.png", "5"),
        ("7.png", "7"),
    ]


def test_after_a_second_run_results_are_in_the_order_of_the_files(byhand, monkeypatch):
    blank("in/1.png", "in/2.png", "in/3.png", "in/4.png")
    failing = {"2", "3"}

    def read(path: str, **settings: Any) -> Reading:
        if Path(path).stem in failing:
            raise PictureError(f"{path}: damaged")
        return Reading((line_of(Path(path).stem),))

    monkeypatch.setattr("byhand.reading.reader.read", read)
    assert byhand("read", "in", "--out", "x.jsonl").code == 1
    assert byhand("read", *blank("5.png"), "--out", "x.jsonl").code == 0
    failing.clear()
    ended = byhand("read", "in", "--out", "x.jsonl")
    assert (ended.code, ended.out) == (0, "x.jsonl: 2 read, 0 failed, 2 done before\n")
    names = [Path(answer["file"]).stem for answer in kept("x.jsonl")]
    assert names == ["1", "2", "5", "3", "4"]  # what is not of this run stays in place


def test_csv_goes_into_a_file_and_a_second_run_goes_on(byhand, named):
    names = blank("07,1.png", "0011.png")
    ended = byhand("read", *names, "bad.png", "--csv", "--out", "x.csv")
    assert (ended.code, ended.out) == (1, "x.csv: 2 read, 1 failed\n")
    first = Path("x.csv").read_bytes()
    assert first.decode() == byhand("read", *names, "bad.png", "--csv").out
    lines = first.splitlines(keepends=True)
    for torn in (first[:-3], b"".join(lines[:2]), lines[0], lines[0][:9], b""):
        Path("x.csv").write_bytes(torn)
        assert byhand("read", *names, "bad.png", "--csv", "--out", "x.csv").code == 1
        assert Path("x.csv").read_bytes() == first
    ended = byhand("read", *names, "--csv", "--out", "x.csv")
    assert (ended.code, ended.out) == (0, "x.csv: 0 read, 0 failed, 2 done before\n")


def without_marked(content: bytes) -> bytes:
    """Return a CSV file as earlier versions wrote it."""
    rows = csv.reader(io.StringIO(content.decode()))
    kept = [[*row[:5], *row[6:]] for row in rows]
    numbers = re.compile(r"[0-9.]+")
    return "".join(
        ",".join(
            c if place not in (0, 4) and numbers.fullmatch(c) else f'"{c}"' if c else ""
            for place, c in enumerate(row)
        ) + "\n"
        for row in kept
    ).encode()  # fmt: skip


def test_csv_of_an_earlier_version_is_continued_as_it_is(byhand, named):
    names = blank("07,1.png", "0011.png", "5.png")
    byhand("read", *names, "--csv", "--out", "x.csv")
    older = without_marked(Path("x.csv").read_bytes())
    lines = older.splitlines(keepends=True)
    assert lines[0].startswith(b'"file","page","line","lines","text","confidence",')
    for torn in (b"".join(lines[:3]), older[:-3], lines[0], lines[0][:50], older):
        Path("x.csv").write_bytes(torn)
        ended = byhand("read", *names, "--csv", "--out", "x.csv")
        assert ended.code == 0
        assert Path("x.csv").read_bytes() == older


@pytest.mark.parametrize("content", [b"a,b\n1,2\n", b'{"file": "a.png"}\n', b"\x89PNG"])
def test_csv_leaves_a_file_of_anything_else_alone(byhand, named, content: bytes):
    Path("x.csv").write_bytes(content)
    ended = byhand("read", *blank("1.png"), "--csv", "--out", "x.csv")
    assert (ended.code, ended.out) == (1, "")
    assert "x.csv: expected CSV with the columns file, page" in ended.err
    assert Path("x.csv").read_bytes() == content


def test_pandas_keeps_zeros_in_front_if_the_text_is_text(byhand, named):
    pandas = pytest.importorskip("pandas")
    byhand("read", *blank("0011.png"), "--csv", "--out", "x.csv")
    table = pandas.read_csv("x.csv", dtype={"text": str})
    assert table["text"].tolist() == ["0011"]


def test_standard_input_is_a_picture(byhand, monkeypatch):
    blank("white.png")
    picture = io.BytesIO(Path("white.png").read_bytes())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(picture))
    [answer] = byhand("read", "-", "--json").json
    assert answer["file"] == "-" and answer["warnings"]
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"no picture")))
    ended = byhand("read", "-", "--json")
    assert ended.code == 1
    assert ended.err.startswith("byhand: error: -: expected a PNG")


@pytest.mark.parametrize("end", [1, 9, 10, 11, 30, -2, -1])
def test_a_last_line_that_was_cut_off_is_read_again(byhand, named, end: int):
    words = ("read", "1.png", "2.png", "3.png", "--out", "x.jsonl")
    byhand(*words)
    complete = Path("x.jsonl").read_bytes()
    first, second, third = complete.splitlines(keepends=True)
    Path("x.jsonl").write_bytes(first + second + third[:end])
    again = "0 read" if end == -1 else "1 read"  # at -1 nothing is lost
    assert byhand(*words).out.startswith(f"x.jsonl: {again}, 0 failed")
    assert Path("x.jsonl").read_bytes() == complete


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"a text\n", "line 1"),
        (b"a text", "line 1"),
        (b'{"file": "a.png", "li\n', "line 1"),
        (b'{"file": "a.png", "lines": []}\n[1]\n', "line 2"),
        (b"\x89PNG\r\n", "line 1"),
    ],
)
def test_a_file_of_anything_else_is_left_alone(byhand, content: bytes, where: str):
    Path("x.jsonl").write_bytes(content)
    ended = byhand("read", *blank("a.png"), "--out", "x.jsonl")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith("byhand: error: x.jsonl: expected a result of byhand")
    assert where in ended.err and ended.err.count("\n") == 1
    assert Path("x.jsonl").read_bytes() == content


def test_errors_of_files_that_are_not_asked_for_stay(byhand, named):
    byhand("read", "bad.png", "no*.png", "--out", "x.jsonl")
    byhand("read", "1.png", "--out", "x.jsonl")
    assert [entry["file"] for entry in kept("x.jsonl")] == [
        "bad.png",
        "no*.png",
        "1.png",
    ]
    blank("nob.png")
    byhand("read", "no*.png", "--out", "x.jsonl")
    assert [entry["file"] for entry in kept("x.jsonl")] == [
        "bad.png",
        "1.png",
        "nob.png",
    ]


@pytest.mark.parametrize("words", [["--out", "x.jsonl"], ["--json"]])
def test_what_was_done_before_ctrl_c_is_kept(byhand, named, words: list[str]):
    ended = byhand("read", "1.png", "stop.png", "2.png", *words)
    assert ended.code == 130
    found = kept("x.jsonl") if "--out" in words else ended.json
    assert [result["file"] for result in found] == ["1.png"]


def test_what_was_done_before_a_cluster_was_lost_is_kept(byhand, monkeypatch):
    def lose(files, *, on_result, **how):
        on_result(FileResult("a.png", Reading(())))
        raise ReadError("cluster tcp://x: expected answers, got none")

    monkeypatch.setattr("byhand.reading.many.read_many", lose)
    ended = byhand("read", "a.png", "b.png", "--csv", "--cluster", "tcp://x")
    assert ended.code == 1
    assert ended.out.splitlines()[1:] == ['"a.png"' + 13 * ","]
    assert ended.err.splitlines()[-1] == (
        "byhand: error: cluster tcp://x: expected answers, got none"
    )


def test_a_terminal_shows_how_far_it_is(byhand, named, monkeypatch):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=100)
    monkeypatch.setattr(output, "notes", lambda quiet: console)
    byhand("read", "1.png", "--out", "x.jsonl")
    assert "picture" not in screen.getvalue()
    byhand("read", "1.png", "2.png", "3.png", "--out", "x.jsonl")
    assert "picture 2/2" in screen.getvalue()


PLAIN = os.environ | {"BYHAND_KERNELS": "reference"}  # nothing to compile first


def program(*words: str) -> list[str]:
    return [sys.executable, "-m", "byhand", "read", *words]


def test_the_real_program_reads_in_processes(byhand):
    names = blank(*(f"in/{n}.png" for n in range(3)))
    ended = subprocess.run(
        program(
            "in", "none*", "--jobs", "2", "--json", "--quiet", "--annotate", "seen"
        ),
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert ended.returncode == 1
    results = json.loads(ended.stdout)
    assert [Path(result["file"]).as_posix() for result in results] == [*names, "none*"]
    assert [result.get("lines") for result in results] == [[], [], [], None]
    assert ended.stderr.count("\n") == 1 and "none*" in ended.stderr
    assert len(list(Path("seen").iterdir())) == 3


def test_the_real_program_explains_each_page(byhand):
    sheets = [Image.new("L", (90, 70), 255) for _ in range(2)]
    sheets[0].paste(0, (40, 20, 44, 50))  # a stroke
    sheets[0].save("a.tif", save_all=True, append_images=sheets[1:])
    words = ("a.tif", *blank("b.png"), "--explain", "why", "--lines", "3")
    ended = subprocess.run(
        program(*words), capture_output=True, encoding="utf-8", timeout=120, env=PLAIN
    )
    assert ended.returncode == 0, ended.stderr
    names = [path.name for path in sorted(Path("why").iterdir())]
    assert names == ["a-page-1.png", "a-page-2.png", "b.png"]
    for name in names:
        with Image.open(Path("why", name)) as picture:
            assert picture.width == 1650
            assert len(picture.convert("L").getcolors()) > 20


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such signal")
def test_ctrl_c_ends_the_real_program_and_a_second_run_goes_on(byhand):
    blank("in/0.png")
    for number in range(1, 9000):
        os.link("in/0.png", f"in/{number}.png")
    words = program("in", "--jobs", "2", "--out", "x.jsonl")
    with subprocess.Popen(
        words,
        stderr=subprocess.PIPE,
        encoding="utf-8",
        env=PLAIN,
        start_new_session=True,
    ) as process:
        # until both processes are at work: one that starts would print a traceback
        while not (Path("x.jsonl").is_file() and Path("x.jsonl").stat().st_size > 9000):
            assert process.poll() is None
            time.sleep(0.02)
        os.killpg(process.pid, signal.SIGINT)
        start = time.monotonic()
        err = process.communicate(timeout=60)[1]
    assert process.returncode == 130
    assert time.monotonic() - start < 15
    assert "Traceback" not in err
    done = len(kept("x.jsonl"))
    assert 0 < done < 9000
    for path in list(Path("in").iterdir())[10:]:
        path.unlink()
    left = {str(path) for path in Path("in").iterdir()}
    ended = byhand("read", "in", "--out", "x.jsonl")
    assert ended.code == 0
    assert left <= {entry["file"] for entry in kept("x.jsonl")}
