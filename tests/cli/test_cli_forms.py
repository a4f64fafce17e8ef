"""byhand read with forms: the table, the review, corrections, and what is refused."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from PIL import Image

from byhand.forms.table import read_table
from forms_read import by_name, form_file


@pytest.fixture(autouse=True)
def scans(byhand, monkeypatch: pytest.MonkeyPatch) -> None:
    """Four scans, a form's file; forms are read by the names of their files."""
    monkeypatch.setattr("byhand.kernels.cache.compiled_before", lambda: True)
    monkeypatch.setattr("byhand.forms.pages.read_forms", by_name)
    Path("scans").mkdir()
    for name in ("0123-55.png", "4567.png", "8901-60.png", "other.png"):
        Image.new("L", (200, 100), 255).save(Path("scans") / name)
    form_file(Path())


def rows(path: str = "table.csv") -> list[dict[str, str]]:
    return [*csv.DictReader(Path(path).read_text().splitlines())]


def test_a_table_is_written_continued_reviewed_and_corrected(byhand):
    words = ["read", "scans", "--form", "club.toml", "--csv", "--out", "table.csv"]
    ended = byhand(*words, "--review", "review")
    assert ended.code == 0
    assert ended.out == "table.csv: 4 read, 0 failed\n"
    assert "2 doubtful fields: review/review.html" in ended.err
    assert [row["doubtful"] for row in rows()] == ["number", "", "number", ""]
    assert [row["form"] for row in rows()] == ["club", "club", "club", ""]
    assert rows()[-1]["lines"] == "77"
    page = Path("review/review.html").read_text()
    assert page.count("data:image/jpeg;base64") == 2
    Image.new("L", (200, 100), 255).save("scans/2222-30.png")
    ended = byhand(*words, "--review", "review")
    assert ended.out == "table.csv: 1 read, 0 failed, 4 done before\n"
    page = Path("review/review.html").read_text()  # with those of before
    assert page.count("data:image/jpeg;base64") == 3
    Path("c.csv").write_text(
        'file,page,field,text\n"scans/2222-30.png",1,number,2223\n'
    )
    ended = byhand("read", "--apply", "c.csv", "--out", "table.csv")
    assert (ended.code, ended.out) == (0, "table.csv: 1 field corrected or confirmed\n")
    (row,) = [row for row in rows() if row["file"] == "scans/2222-30.png"]
    assert (row["number"], row["doubtful"], row["number confidence"]) == (
        "2223", "", "1.0")  # fmt: skip
    assert byhand(*words).out == "table.csv: 0 read, 0 failed, 5 done before\n"


def test_without_out_the_fields_are_printed_as_a_table_as_csv_or_as_json(byhand):
    words = ["read", "scans/0123-55.png", "scans/other.png", "--form", "club.toml"]
    ended = byhand(*words)
    head, *lines = (line.split() for line in ended.out.splitlines())
    assert head == ["file", "page", "form", "field", "text", "confidence"]
    first = "scans/0123-55.png 1 club number 0123 55.00 % doubtful"
    assert lines[0] == first.split()
    assert lines[-1][:3] == ["scans/other.png", "1", "none"]
    assert "no form fits" in ended.err
    table = [*csv.DictReader(byhand(*words, "--csv").out.splitlines())]
    assert [row["number"] for row in table] == ['="0123"', ""]
    first, other = byhand(*words, "--json").json
    assert first["forms"][0]["fields"]["number"]["text"] == "0123"
    assert other["forms"][0]["lines"][0]["text"] == "77"


def test_min_confidence_decides_what_is_in_doubt_and_files_without_it_are_json(byhand):
    words = ["read", "scans", "--form", "club.toml", "--out", "t.jsonl"]
    assert byhand(*words, "--min-confidence", "0.5").code == 0
    doubtful = [[n for n, c in row.fields.items() if c.doubtful]
                for row in read_table(Path("t.jsonl")).rows]  # fmt: skip
    assert doubtful == [[], [], [], []]
    assert json.loads(Path("t.jsonl").read_text().splitlines()[0])["form"] == "club"


def test_an_error_is_a_row_and_the_exit_code(byhand):
    ended = byhand("read", "bad.png", "--form", "club.toml", "--csv", "--out", "t.csv")
    assert ended.code == 1
    assert rows("t.csv")[0]["error"].startswith("bad.png: expected a picture")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "expected FILE..., got none"),
        (["x.png", "--review", "r"], "--review needs --form, and --out"),
        (["x.png", "--form", "club.toml", "--review", "r"], "--review needs --form"),
        (["x.png", "--form", "club.toml", "--marks"], "--marks and --form exclude"),
        (
            ["x.png", "--form", "club.toml", "--lines", "2"],
            "--lines and --form exclude",
        ),
        (["--apply", "c.csv"], "--apply needs --out"),
        (["x.png", "--apply", "c.csv", "--out", "t.csv"], "--apply reads no other"),
        (["--make-fields", "b.png", "--apply", "c.csv"], "exclude each other"),
    ],
)
def test_options_that_do_not_go_together_are_wrong_usage(byhand, words, said):
    ended = byhand("read", *words)
    assert ended.code == 2
    assert said in " ".join(ended.err.split())


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["x.png", "--form", "gone.toml"], "gone.toml"),
        (["x.png", "--form", "club.toml", "--form", "club.toml"],
         "club.toml: expected a name that no other form has, got 'club' again"),
        (["--apply", "gone.csv", "--out", "table.csv"], "table.csv: No such file"),
        (["--make-fields", "blank.png", "--out", "club.toml"],
         "club.toml: expected a new file for the fields"),
    ],
)  # fmt: skip
def test_wrong_files_are_one_line(byhand, words, said):
    ended = byhand("read", *words)
    assert ended.code == 1
    (line,) = ended.err.splitlines()
    assert line.startswith("byhand: error: ") and said in line


def test_annotate_draws_each_field_with_its_name(byhand):
    words = ["read", "scans/0123-55.png", "--form", "club.toml", "--annotate", "seen"]
    assert byhand(*words).code == 0
    with Image.open("seen/0123-55.png") as seen:
        assert seen.size == (200, 100)
        assert seen.getpixel((10, 15)) == (0xD5, 0x5E, 0x00)  # doubtful
        assert seen.getpixel((10, 50)) == (0x00, 0x72, 0xB2)
