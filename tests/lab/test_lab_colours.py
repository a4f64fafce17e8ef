"""The page's tables of colours are matplotlib's."""

from __future__ import annotations

import base64
import re
from pathlib import Path

import numpy as np
import pytest

import byhand

matplotlib = pytest.importorskip("matplotlib", reason="needs the extra plots")
SCRIPT = Path(byhand.__file__).parent / "lab" / "static" / "colours.js"


def table(name: str) -> np.ndarray:
    """Return a table of the page, 256 colours as red, green and blue."""
    text = re.search(rf"const {name} = table\(([^)]*)\)", SCRIPT.read_text("utf-8"))
    assert text
    letters = "".join(re.findall(r'"([^"]*)"', text[1]))
    return np.frombuffer(base64.b64decode(letters), np.uint8).reshape(256, 3)


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [("VIRIDIS", "viridis"), ("RDBU", "RdBu_r"), ("BERLIN", "berlin")],
)
def test_a_table_is_matplotlibs(ours: str, theirs: str):
    if theirs not in matplotlib.colormaps:
        pytest.skip(f"this matplotlib has no {theirs}")
    expected = matplotlib.colormaps[theirs](np.arange(256), bytes=True)[:, :3]
    assert np.array_equal(table(ours), expected)
