"""The source stays small: short modules, and functions to be read at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.house import count

FOUND = count()
LONG_SHARE = 0.03


def test_no_module_is_longer_than_300_lines():
    assert FOUND.long_modules == ()


def test_few_functions_are_longer_than_30_lines():
    assert FOUND.long_share <= LONG_SHARE, FOUND.long_functions


@pytest.fixture
def planted(tmp_path: Path) -> Path:
    (tmp_path / "ink").mkdir()
    (tmp_path / "a.py").write_text("def f():\n" + "    x = 1\n" * 300)
    (tmp_path / "ink" / "b.py").write_text(
        "LOW, HIGH = 1.5, f(2)\nSIZES = (1, -2, 3)\nNAME = 'a'\nother = 3\n"
        "class InkSettings:\n    wide: float = 0.5\n    kind: str = 'a'\n"
    )
    return tmp_path


def test_what_is_long_is_found(planted: Path):
    found = count(planted)
    assert found.long_modules == ("a.py: 301",)
    assert found.long_functions == ("a.py: f: 301",)
    assert (found.modules, found.functions, found.long_share) == (2, 1, 1.0)


def test_tuned_numbers_are_those_of_the_rooms_asked_for(planted: Path):
    expected = ["LOW", "SIZES", "SIZES", "SIZES", "InkSettings.wide"]
    assert count(planted).tuned == tuple(f"ink/b.py: {name}" for name in expected)
    assert count(planted, ["a.py"]).tuned == ()
