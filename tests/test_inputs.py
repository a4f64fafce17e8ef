"""The files that a user means: files, folders and patterns."""

from __future__ import annotations

from pathlib import Path

import pytest

from byhand.reading.inputs import find_files, without_repeats
from byhand.reading.tasks import FileResult


@pytest.fixture(autouse=True)
def pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some files in the working folder; their contents are not read."""
    monkeypatch.chdir(tmp_path)
    names = "in/b.png in/A.JPG in/deep/c.pdf in/notes.txt x[1].png x1.png in/seen/f.png"
    for name in [*names.split(), "in/.d.png", "in/.hidden/e.png"]:
        Path(name).parent.mkdir(parents=True, exist_ok=True)
        Path(name).touch()


def found(*names: str, skip: tuple[str, ...] = ()) -> list[str]:
    files = find_files(names, [Path(folder) for folder in skip])
    return [Path(file).as_posix() for file in files if isinstance(file, str)]


def test_a_folder_stands_for_the_pictures_below_it_sorted_without_hidden_ones():
    assert found("in") == ["in/A.JPG", "in/b.png", "in/deep/c.pdf", "in/seen/f.png"]


def test_the_order_does_not_depend_on_the_file_system():
    Path("many").mkdir()
    numbers = (7, 1, 5, 3, 9, 2, 4, 8)
    for number in numbers:
        Path(f"many/{number}.png").touch()
    assert found("many") == [
        f"many/{number}.png" for number in (1, 2, 3, 4, 5, 7, 8, 9)
    ]


def test_folders_to_skip_are_left_out_unless_they_are_named():
    assert found("in", skip=("in/seen",)) == ["in/A.JPG", "in/b.png", "in/deep/c.pdf"]
    assert found("in/seen", skip=("in/seen",)) == ["in/seen/f.png"]


def test_the_name_of_a_file_is_never_a_pattern():
    assert found("x[1].png") == ["x[1].png"]
    Path("x[1].png").unlink()
    assert found("x[1].png") == ["x1.png"]


def test_a_pattern_takes_folders_for_their_pictures_but_not_behind_two_stars():
    assert found("in/d*") == ["in/deep/c.pdf"]
    assert found("in/**/*.png") == ["in/b.png", "in/seen/f.png"]
    assert "in/notes.txt" in found("in/**") and found("in/**").count("in/b.png") == 1


def test_names_keep_their_order_and_files_that_do_not_exist_stay():
    assert found("none.png", "x1.png", "in/d*") == [
        *("none.png", "x1.png", "in/deep/c.pdf")
    ]


def test_a_folder_or_pattern_without_pictures_is_a_result_with_the_error():
    Path("empty").mkdir()
    empty, nothing = find_files(["empty", "no*.png"])
    assert empty == FileResult(
        "empty",
        error="empty: expected pictures in this folder, got none; try another path",
    )
    assert isinstance(nothing, FileResult) and nothing.file == "no*.png"
    assert nothing.error.startswith("no*.png: expected files that match this, got none")


def test_repeated_names_keep_their_first_place():
    bad = FileResult("c", error="c: none")
    files = ["b", "a", bad, "b", FileResult("c", error="again"), "a"]
    assert without_repeats(files) == ["b", "a", bad]
