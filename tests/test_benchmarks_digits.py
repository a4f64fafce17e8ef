"""benchmarks.fit_digits: images drawn once, and what is said of a model."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks.fit_digits import REJECT, SHARES, of_pool, remembered, report

import byhand
from byhand.data.datasets import Split
from byhand.synthesis.pool import draw_hands


def test_images_are_drawn_once_and_kept(tmp_path):
    drawn = Split(np.ones((3, 28, 28), np.uint8), np.array([1, 2, 3], np.uint8))
    first = remembered(tmp_path / "new", "some", lambda: drawn)
    again = remembered(tmp_path / "new", "some", lambda: pytest.fail("drawn again"))
    assert (first.images == again.images).all() and (again.labels == [1, 2, 3]).all()
    assert remembered(None, "some", lambda: drawn) is drawn


def test_digits_of_hands_are_read_as_what_they_are():
    test = byhand.load_dataset("mnist").test
    found = of_pool(draw_hands(test.images, test.labels, 12, 10))
    assert found.images.shape == (120, 28, 28)
    assert (byhand.load().predict(found.images) == found.labels).mean() > 0.85


def test_a_report_counts_digits_and_what_is_none_apart():
    test = byhand.load_dataset("mnist").test
    images = np.concatenate([test.images[:8], np.zeros((2, 28, 28), np.uint8)])
    labels = np.concatenate([test.labels[:8], [REJECT, REJECT]])
    (line,) = report(byhand.load(), {"a few": Split(images, labels)})
    assert "right 100.00% of 8" in line and "no digits: accepted 0.00%" in line


def test_the_shares_of_a_batch_are_all_of_it():
    assert sum(SHARES.values()) == pytest.approx(1)
