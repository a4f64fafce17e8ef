"""The job on synthetic pages: what counts as read, and its table."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.testing import assert_array_equal

sys.path.insert(0, str(Path(__file__).parents[1]))  # benchmarks/ is not installed

from benchmarks import read_kinds
from benchmarks.matching import digit_errors, edit_distance, exact_lines, lines_of

import byhand
from byhand.synthesis.kinds import KEPT_OUT, KINDS
from byhand.synthesis.page import SyntheticLine, SyntheticPage

WITH, WITHOUT = "white paper", "blank"


def quiet(text):
    pass


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:300], test.labels[:300]


@pytest.fixture
def made(monkeypatch):
    """Pages whose pictures are their numbers; those of WITH have two lines."""

    def make_page(kind, digits, rng):
        says = ["1 2", "345"] if KINDS[kind].digits else []
        lines = tuple(SyntheticLine(text, ()) for text in says)
        nothing = np.zeros((1, 1), np.uint8)
        return SyntheticPage(np.zeros((1, 1, 3)), nothing, nothing, lines, kind)

    monkeypatch.setattr(read_kinds, "make_page", make_page)


def reader(*texts: str):
    said = iter(texts)
    return lambda picture: next(said)


@pytest.mark.parametrize(
    ("read", "exact", "errors"),
    [
        ("12\n345", 2, 0),
        ("345\n12", 1, 4),  # the order counts
        ("12 3\n345", 1, 1),
        ("7\n12\n88\n345", 2, 3),
        ("12345", 0, 4),  # beside 345: two digits are too many, and 12 is not read
        ("", 0, 5),
    ],
)
def test_lines_are_compared_in_their_order(read: str, exact: int, errors: int):
    written = ["12", "345"]
    assert exact_lines(written, lines_of(read)) == exact
    assert digit_errors(written, lines_of(read)) == errors


@pytest.mark.parametrize(
    ("one", "other", "distance"),
    [("1234", "1234", 0), ("1234", "124", 1), ("12", "21", 2), ("", "77", 2)],
)
def test_an_edit_distance_counts_the_fewest_edits(one: str, other: str, distance: int):
    assert edit_distance(one, other) == edit_distance(other, one) == distance


def test_spaces_and_empty_lines_are_not_compared():
    assert lines_of("1 2\n\n 3  4 5") == ["12", "345"]


def test_a_kind_has_its_share_of_exact_lines_and_of_errors(made):
    read = reader("1 2\n345", "12\n346", "")
    pages = read_kinds.score([WITH], 3, None, read, quiet)[WITH]
    figures = read_kinds.kind_figures(pages)
    assert (figures["lines"], figures["digits"]) == (6, 15)
    assert figures["exact"] == pytest.approx(3 / 6)
    assert figures["digit_error"] == pytest.approx(6 / 15)
    assert figures["failed"] == [1, 2]


def test_a_page_without_digits_counts_what_is_read(made):
    pages = read_kinds.score([WITHOUT], 3, None, reader("", "1", "1 2\n3"), quiet)
    figures = read_kinds.kind_figures(pages[WITHOUT])
    assert figures["exact"] is None
    assert figures["digits_read"] == pytest.approx(4 / 3)
    assert figures["few"] == pytest.approx(2 / 3)
    assert figures["failed"] == [1, 2]


def test_the_table_has_means_and_worst_of_three_groups(made):
    kinds = [WITH, "ruled", KEPT_OUT[0], WITHOUT]
    right, wrong = "12\n345", "12\n999"
    read = reader(right, right, right, wrong, wrong, wrong, "", "1234")
    report = read_kinds.report(read_kinds.score(kinds, 2, None, read, quiet))
    groups = report.figures["groups"]
    assert groups["in training"]["exact"] == {"mean": 0.875, "worst": 0.75}
    assert groups["kept out of training"]["exact"] == {"mean": 0.5, "worst": 0.5}
    assert groups["without digits"]["few"] == {"mean": 0.5, "worst": 0.5}
    assert "exact" not in groups["without digits"]
    first = [row[0].strip() for row in report.rows]
    assert first == [
        "in training:", WITH, "ruled", "mean", "worst",
        "kept out of training:", KEPT_OUT[0], "mean", "worst",
        "without digits:", WITHOUT, "mean", "worst",
    ]  # fmt: skip


def test_a_page_of_the_benchmark_is_the_same_in_every_run(digits):
    one, again, next_ = (read_kinds.page(WITH, n, digits) for n in (3, 3, 4))
    assert_array_equal(one.picture, again.picture)
    assert one.text == again.text
    assert one.picture.shape != next_.picture.shape or one.text != next_.text


def test_the_job_reads_every_kind(monkeypatch, made):
    monkeypatch.setattr(read_kinds, "PAGES", 1)
    monkeypatch.setattr(byhand, "read", lambda *_, **__: type("", (), {"text": "12"}))
    figures = read_kinds.run(1, quiet).figures
    assert set(figures["kinds"]) == set(KINDS)
    assert figures["kinds"][WITH]["exact"] == 0.5


def test_an_error_says_on_which_page_it_came(made):
    read = reader("12")  # and no text of the second page
    with pytest.raises(StopIteration) as caught:
        read_kinds.score([WITH], 2, None, read, quiet)
    assert caught.value.__notes__ == [f"on page 1 of the kind {WITH!r}"]
