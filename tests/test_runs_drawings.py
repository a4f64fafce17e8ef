"""Copies and explanations drawn where a picture was read."""

from __future__ import annotations

import pickle
import sys
from pathlib import Path

import pytest
from PIL import Image

from byhand.errors import ByhandError, MissingExtraError
from byhand.reading.result import Digit, Line, Reading
from byhand.runs.drawings import drawer
from byhand.types import Box

READING = Reading((Line((Digit(4, 0.9, (), Box(3, 3, 5, 9)),), 0.9),))


@pytest.fixture
def picture(tmp_path: Path) -> str:
    Image.new("L", (40, 30), 255).save(tmp_path / "a.png")
    return str(tmp_path / "a.png")


def test_without_folders_nothing_is_drawn():
    assert drawer(None, None) is None


def test_a_copy_is_drawn_by_another_process_too(tmp_path: Path, picture: str):
    draw = pickle.loads(pickle.dumps(drawer(tmp_path / "deep/er", None)))
    draw(picture, READING, "b", {})
    with Image.open(tmp_path / "deep/er/b.png") as copy:
        assert copy.mode == "RGB" and len(copy.getcolors()) > 1


def test_a_process_in_another_folder_draws_into_the_same(
    tmp_path: Path, picture: str, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    draw = drawer(Path("seen"), None)
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    draw(picture, READING, "b", {})
    assert [path.name for path in (tmp_path / "seen").iterdir()] == ["b.png"]


def test_an_explanation_gets_the_settings_of_the_reading(
    tmp_path, picture, monkeypatch
):
    calls = []

    class Explanation:
        @staticmethod
        def draw_explanation(*words, **settings):
            calls.append((*words, settings))

    monkeypatch.setitem(sys.modules, "byhand.plots.explanation", Explanation)
    draw = drawer(None, tmp_path / "why")
    draw(picture, READING, "b", {"lines": 3})
    assert calls == [(picture, tmp_path / "why/b.png", {"lines": 3})]


def test_a_missing_library_is_an_error_before_anything_is_made(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "byhand.plots.explanation", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'byhand\[plots\]'"):
        drawer(tmp_path / "seen", tmp_path / "why")
    assert list(tmp_path.iterdir()) == []


def test_the_picture_itself_is_not_drawn_over(tmp_path: Path, picture: str):
    before = Path(picture).read_bytes()
    draw = drawer(tmp_path, None)
    with pytest.raises(ByhandError, match="expected another folder to draw into"):
        draw(picture, READING, "a", {})
    assert Path(picture).read_bytes() == before
