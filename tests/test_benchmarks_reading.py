"""The jobs on reading draw what they say, and count what is right."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import fit_reading, read_pages, read_rows

import byhand
from byhand.augment.fields import MARGIN, draw_fields, draw_rows, set_row
from byhand.reading.result import Digit, Line, Reading
from byhand.types import Box


def quiet(text):
    pass


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:300], test.labels[:300]


def block(width: int) -> np.ndarray:
    image = np.zeros((28, 28), np.uint8)
    image[5:25, 9 : 9 + width] = 200
    return image


@pytest.mark.parametrize("gap", [12, 1, 0])
def test_the_gap_of_a_row_is_between_the_boxes_of_ink(gap):
    row = set_row([block(7), block(4)], [gap])
    inked = (row > 0).any(axis=0)
    first, last = np.flatnonzero(inked)[[0, -1]]
    assert last - first + 1 == 7 + gap + 4
    assert (~inked[first:last]).sum() == gap
    rows = np.flatnonzero((row > 0).any(axis=1))
    assert (rows[0], rows[-1]) == (MARGIN + 5, MARGIN + 24)


def test_below_0_digits_overlap_and_the_brighter_counts():
    one, other = block(8), block(8) // 2
    row = set_row([one, other], [-6])
    inked = np.flatnonzero((row > 0).any(axis=0))
    assert len(inked) == 10
    assert (row.max(axis=0)[inked] == [200] * 8 + [100] * 2).all()


def test_rows_are_the_same_for_a_seed_and_say_their_digits(digits):
    first, again, other = (draw_rows(*digits, 4, seed) for seed in (1, 1, 2))
    for (row, text, gaps), (row2, text2, gaps2) in zip(first, again, strict=True):
        assert_array_equal(row, row2)
        assert (text, gaps) == (text2, gaps2)
        assert len(text) == 5
        assert len(gaps) == 4
        assert all(-6 <= gap <= 12 for gap in gaps)
    assert [text for _, text, _ in first] != [text for _, text, _ in other]


def test_fields_are_dark_on_light_and_the_same_for_a_seed(digits):
    first, again = draw_fields(*digits, 30, 1), draw_fields(*digits, 30, 1)
    for (field, text), (field2, text2) in zip(first, again, strict=True):
        assert_array_equal(field, field2)
        assert text == text2
        assert field.dtype == np.uint8
        assert np.median(field) > field.min() + 30
    assert 1 <= max(len(text) for _, text in first) <= 8


def answer(text: str, confidence: float) -> Reading:
    read = tuple(Digit(int(c), confidence, (), Box(0, 0, 1, 1)) for c in text)
    return Reading((Line(read, confidence),))


def test_rows_counts_what_is_exact_by_its_gaps(monkeypatch, digits):
    images = digits[0]
    rows = [(images[0], "70", (3,)), (images[0], "71", (-1,)), (images[0], "72", (0,))]
    said = iter([answer("70", 0.9), answer("71", 0.5), answer("12", 0.7)])
    monkeypatch.setattr(read_rows, "draw_rows", lambda *_: rows)
    monkeypatch.setattr(byhand, "read", lambda *_, **__: next(said))
    figures = read_rows.run(1, quiet).figures
    assert {name: (f["rows"], f["exact"]) for name, f in figures.items()} == {
        "every gap above 0": (1, 1), "some gap at or below 0": (2, 1), "all": (3, 2),
    }  # fmt: skip
    assert figures["all"]["said"] == pytest.approx(0.7)


def test_pages_times_fields_and_a_photo_that_is_read_right(monkeypatch):
    monkeypatch.setattr(read_pages, "FIELDS", 2)
    monkeypatch.setattr(read_pages, "peak_memory", lambda path: 3_000_000)
    report = read_pages.run(1, quiet)
    assert report.figures["photo_read_right"] in (True, False)
    assert len(report.figures["photo_ms"]) == 1
    assert report.rows[1][2] == "3 MB"


def test_memory_is_that_of_a_process_of_its_own(tmp_path, digits):
    from PIL import Image

    path = tmp_path / "row.png"
    Image.fromarray(255 - set_row([digits[0][0]], [])).save(path)
    found = read_pages.peak_memory(path)
    assert found is None or 3e7 < found < 2e9


def test_fitting_makes_the_right_texts_likelier(digits):
    images, labels = digits
    drawn = [(255 - row, text) for row, text, _ in draw_rows(images, labels, 6, 1)]
    examples = list(fit_reading.lattices(drawn, byhand.load()))
    assert len(examples) >= 4

    def loss(weights):
        return np.mean([fit_reading.gradients(*pair[:1], weights, pair[1])[0]
                        for pair in examples])  # fmt: skip

    before = loss(fit_reading.WEIGHTS)
    assert loss(fit_reading.fit(examples, 30)) < before
