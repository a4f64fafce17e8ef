"""byhand.synthesis.fonts: which fonts can be used, and faces made of them."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from byhand.synthesis import fonts, words
from byhand.synthesis.fonts import Face, face, font_files, has, usable

MATPLOTLIB = Path(pytest.importorskip("matplotlib").__file__).parent
FOLDER = MATPLOTLIB / "mpl-data" / "fonts" / "ttf"


def test_pillows_own_font_is_the_first():
    files = font_files()
    assert files[0] == ""
    assert usable("")
    assert list(files[1:]) == sorted(files[1:], key=lambda file: Path(file).name)


@pytest.mark.parametrize("name", ["DejaVuSans", "DejaVuSerif-Italic", "cmr10"])
def test_fonts_of_text_are_usable(name: str):
    assert usable(str(FOLDER / f"{name}.ttf"))


@pytest.mark.parametrize("name", ["cmsy10", "cmex10", "cmmi10", "STIXSizOneSymReg"])
def test_fonts_of_symbols_are_not(name: str):
    assert not usable(str(FOLDER / f"{name}.ttf"))


def test_a_file_that_is_no_font_is_not_usable(tmp_path: Path):
    path = tmp_path / "a.ttf"
    path.write_bytes(b"nothing")
    assert not usable(str(path))


def test_fonts_are_found_without_importing_matplotlib(monkeypatch):
    monkeypatch.setattr(fonts, "FOLDERS", {sys.platform: ()})
    monkeypatch.setitem(sys.modules, "matplotlib.pyplot", None)
    found = font_files.__wrapped__()
    assert "" in found
    assert any("mpl-data" in file for file in found)
    monkeypatch.setattr(fonts, "find_spec", lambda name: None)
    assert font_files.__wrapped__() == ("",)


def test_letters_that_a_font_lacks_are_known(rng):
    plain = str(FOLDER / "cmr10.ttf")
    assert has(str(FOLDER / "DejaVuSans.ttf"), fonts.FOREIGN + fonts.ACCENTED)
    assert not has(plain, fonts.ACCENTED)
    accented, bare = (
        words.printed(text, 20, rng, Face(plain)) for text in ("né", "ne")
    )
    assert np.array_equal(accented, bare)


def test_faces_differ():
    rng = np.random.default_rng(1)
    assert len({face(rng, ("",)) for _ in range(50)}) > 30
