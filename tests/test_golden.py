"""What was read right in the golden set of drawn fields and pages still is.

`tests/golden/regenerate.py` says what the set is, and pins it again after a change that
is meant to alter readings. Texts that were wrong may change.
"""

from __future__ import annotations

import pytest

import byhand
from golden import regenerate as golden

PARTS = {"fields": (40, 36), "pages": (40, 7)}  # pictures, and of them read exactly


@pytest.fixture(scope="module")
def digits():
    return byhand.load_dataset("mnist").test


@pytest.fixture(scope="module")
def model():
    return byhand.load()


@pytest.mark.parametrize("part", PARTS)
def test_as_much_of_the_set_is_pinned_as_exact(part):
    several = golden.entries()[part]
    exact = sum(entry["text"] == entry["truth"] for entry in several)
    assert (len(several), exact) >= PARTS[part]


@pytest.mark.parametrize("part", PARTS)
def test_nothing_that_was_read_right_is_read_wrong(part, digits, model):
    worse, drawn = [], 0
    several = [e for e in golden.entries()[part] if e["text"] == e["truth"]]
    for entry in several:
        picture, truth = golden.draw(entry, digits)
        if truth != entry["truth"]:
            continue  # other fonts
        drawn += 1
        text = golden.answer(entry, picture, model)
        if text != truth:
            worse.append(f"{golden.name(entry)}: expected {truth!r}, read {text!r}")
    assert drawn > len(several) / 2
    assert not worse, "\n".join(worse)
