"""benchmarks.confidence: which lines count as right, and what the table says."""

from __future__ import annotations

import numpy as np
import pytest
from benchmarks.confidence import outcomes, report

from byhand.reading.result import Digit, Line, Reading
from byhand.types import Box


def line(text: str, confidence: float) -> Line:
    digits = tuple(Digit(int(d), 0.9, (), Box(0, 0, 1, 1)) for d in text)
    return Line(digits, confidence, breaks=(1,) if len(text) > 1 else ())


def test_a_line_is_right_once_for_each_line_of_the_page():
    reading = Reading((line("12", 0.9), line("12", 0.8), line("7", 0.3)))
    assert outcomes(reading, ["7", "12"]) == [(0.9, True), (0.8, False), (0.3, True)]


def test_bins_have_what_is_said_and_what_is_right():
    sure = np.array([0.85, 0.87, 0.5, 0.95])
    right = np.array([True, False, False, True])
    found = report(sure, right)
    bins = {b["from"]: b for b in found.figures["bins"]}
    assert bins[0.8]["said"] == pytest.approx(0.86)
    assert bins[0.8]["right"] == 0.5
    assert set(bins) == {0.4, 0.8, 0.9}
    rows = {row[0]: row for row in found.rows}
    assert rows["at least 90%"][1:4] == ("1", "answered 25.0%", "100.0%")
    assert rows["at least 0%"][3] == "50.0%"


def test_limits_above_every_line_answer_nothing():
    found = report(np.array([0.5]), np.array([True]))
    rows = {row[0]: row for row in found.rows}
    assert rows["at least 95%"][1:4] == ("0", "answered 0.0%", "")
