"""Rows of digits: words, places, what is left out; none runs into another."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import byhand
from byhand.synthesis.digits import Hand, hand
from byhand.synthesis.rows import Block, Spacing, Word, outline, parted, write_block
from byhand.types import Grey

BAR = np.zeros((1, 28, 28), np.uint8)
BAR[0, 4:24, 12:16] = 255
DIGITS = BAR, np.array([1])
PLAIN = Hand(0.0, 1.0, 0.5, 0.0, 0.0, 0.0, 0.0, 0.0)
HEIGHT = 20.0
EVEN = Spacing(gap=0.3, uneven=0.0, space=2.0, slope=0.0, drift=0.0)


def write(block: Block, spaced: Spacing = EVEN) -> tuple[Grey, list]:
    ink = np.zeros((200, 300), np.uint8)
    rng = np.random.default_rng(0)
    return ink, write_block(ink, block, DIGITS, PLAIN, spaced, rng)


def test_words_stand_where_they_are_to_and_end_at_the_limit():
    ink, (line,) = write(Block([[Word(20, 80, 2), Word(150, 80, 40)]], 5, 10, 40, 250))
    assert line.words[0] == "11"
    assert 2 <= len(line.words[1]) < 40
    rows, columns = (np.flatnonzero((ink > 127).any(axis=axis)) for axis in (1, 0))
    assert (rows[0], rows[-1]) == (pytest.approx(50, abs=3), pytest.approx(89, abs=3))
    assert columns[0] == pytest.approx(25, abs=2)
    assert columns[-1] <= 255


def test_a_word_that_would_run_into_the_next_moves_it():
    _, (line,) = write(Block([[Word(0, 80, 6), Word(10, 80, 1)]], 0, 0, 40, 300))
    ends = [points[:, 0].max() for points in line.outlines]
    assert line.outlines[-1][:, 0].min() > ends[-2] + 1.5 * 40


def test_cells_have_their_digits_in_the_middle():
    _, (line,) = write(Block([[Word(30, 80, 4, cell=50)]], 0, 0, 40, 300))
    middles = [points.mean(axis=0)[0] for points in line.outlines]
    assert middles == pytest.approx([55, 105, 155, 205], abs=1)


def test_digits_that_are_mostly_outside_are_left_out():
    _, lines = write(Block([[Word(0, 15, 1)], [Word(0, 100, 1)]], 0, 0, 40, 300))
    assert [line.words for line in lines] == [[], ["1"]]


def test_a_block_turns_about_its_corner():
    turned = Block([[Word(0, 40, 1), Word(150, 40, 1)]], 50, 20, 40, 300, np.pi / 6)
    _, (line,) = write(turned)
    first, second = (points.mean(axis=0) for points in line.outlines)
    x, y = second - first
    assert np.arctan2(y, x) == pytest.approx(np.pi / 6, abs=0.02)


def test_marks_stand_between_words_and_inside_before_and_behind():
    spaced = replace(EVEN, between="-", point=".", before="$", behind="%")
    words = [[Word(0, 80, 3), Word(0, 80, 1)]]
    ink, (line,) = write(Block(words, 0, 0, 20, 300), spaced)
    assert line.words == ["$1.11-", "1%"]
    lefts = [points[:, 0].min() for points in line.outlines]
    assert lefts == sorted(lefts)
    dollar, one, point, *_ = line.outlines
    assert dollar[:, 1].max() > one[:, 1].max()  # it hangs below the line
    assert point[:, 1].min() > one[:, 1].mean()
    for points in line.outlines:
        x, y = points.mean(axis=0).astype(int)
        assert ink[y - 8 : y + 9, x - 8 : x + 9].max() > 127


def test_brackets_are_around_the_first_word_and_cells_have_no_marks():
    spaced = replace(EVEN, before="(", point=",")
    cells = [Word(150, 80, 3, cell=40)]
    _, lines = write(Block([[Word(0, 80, 1)], cells], 0, 0, 40, 300), spaced)
    assert [line.words for line in lines] == [["(1)"], ["111"]]


def test_outlines_hold_all_ink():
    coverage = np.zeros((5, 6), np.uint8)
    coverage[1:4, 2:5] = 200
    coverage[2, 5] = 128
    points = outline(coverage, 10, 20)
    assert points is not None
    assert points.min(axis=0).tolist() == [12, 21]
    assert points.max(axis=0).tolist() == [16, 24]
    assert outline(coverage // 2, 0, 0) is None


def test_each_row_is_in_one_of_two_parts():
    rows = [[Word(0, 40 * n, n)] for n in range(1, 9)]
    one, two = parted(Block(rows, 0, 0, 30, 300), np.random.default_rng(0))
    assert [bool(a) != bool(b) for a, b in zip(one.rows, two.rows, strict=True)] == (
        [True] * 8
    )
    assert [[*(a or b)] for a, b in zip(one.rows, two.rows, strict=True)] == rows


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:300], test.labels[:300]


def written_feet(pitch: float, digits, rng: np.random.Generator) -> list[np.ndarray]:
    """Return for each of four steep, drifting rows the lowest row of each digit."""
    rows = [[Word(10.0, 60 + pitch * number, 30)] for number in range(4)]
    block = Block(rows, 0.0, 0.0, HEIGHT, 700.0)
    steep = Spacing(gap=0.1, uneven=0.05, space=1.0, slope=0.1, drift=0.12)
    ink = np.zeros((300, 720), np.uint8)
    lines = write_block(ink, block, digits, hand(rng, 0.3, 0.3), steep, rng)
    return [np.array([at[:, 1].max() for at in line.outlines]) for line in lines]


def test_tight_rows_with_slopes_of_their_own_stay_in_their_places(digits):
    for seed in range(12):
        rng = np.random.default_rng(seed)
        for number, feet in enumerate(written_feet(1.3 * HEIGHT, digits, rng)):
            assert np.abs(feet - (60 + 1.3 * HEIGHT * number)).max() < 0.9 * HEIGHT


def test_rows_far_apart_may_be_steep(digits):
    most = [
        np.ptp(written_feet(5 * HEIGHT, digits, np.random.default_rng(seed))[0])
        for seed in range(12)
    ]
    assert max(most) > HEIGHT
