"""The jobs on reading count what is read right."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import read_photos, read_rows

import byhand
from byhand.reading.result import Digit, Line, Reading
from byhand.types import Box


def quiet(text):
    pass


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:300], test.labels[:300]


def answer(text: str, confidence: float) -> Reading:
    read = tuple(Digit(int(c), confidence, (), Box(0, 0, 1, 1)) for c in text)
    return Reading((Line(read, confidence),))


def test_rows_counts_what_is_exact_by_its_gaps(monkeypatch, digits):
    images = digits[0]
    rows = [(images[0], "70", (3,)), (images[0], "71", (-1,)), (images[0], "72", (0,))]
    said = [answer("70", 0.9), answer("71", 0.5), answer("12", 0.7)]
    known = [answer("70", 0.9), answer("72", 0.5), answer("72", 0.7)]
    monkeypatch.setattr(read_rows, "draw_rows", lambda *_: rows)

    def read(picture, model, digits=None):
        return (said if digits is None else known).pop(0)

    monkeypatch.setattr(byhand, "read", read)
    figures = read_rows.run(1, quiet).figures
    assert {name: (f["rows"], f["exact"]) for name, f in figures.items()} == {
        "every gap above 0": (1, 1), "some gap at or below 0": (2, 1), "all": (3, 2),
    }  # fmt: skip
    assert figures["all"]["said"] == pytest.approx(0.7)
    assert figures["all"]["known"] == pytest.approx(2 / 3)


def test_photos_times_fields_and_a_photo_that_is_read_right(monkeypatch):
    monkeypatch.setattr(read_photos, "FIELDS", 2)
    monkeypatch.setattr(read_photos, "peak_memory", lambda path: 3_000_000)
    report = read_photos.run(1, quiet)
    assert report.figures["photo_read_right"] in (True, False)
    assert len(report.figures["photo_ms"]) == 1
    assert report.rows[1][2] == "3 MB"
