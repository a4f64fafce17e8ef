"""Candidates of composed rows, labelled by the digits whose ink they hold."""

from dataclasses import replace

import numpy as np
import pytest

import byhand
from byhand.ink.page_ink import PageInk
from byhand.reading.candidates import Candidate
from byhand.reading.fragments import Fragment
from byhand.reading.lattice_reader import cut_row
from byhand.reading.page import Page
from byhand.reading.rows import find_rows
from byhand.synthesis.composed import FOREIGN, ROW_STYLE, compose
from byhand.synthesis.pool import draw_hands
from byhand.training.harvest import (
    HARVEST,
    harvest,
    harvest_row,
    label_of,
    owners_on,
)


@pytest.fixture(scope="module")
def pool():
    test = byhand.load_dataset("mnist").test
    return draw_hands(test.images, test.labels, 12, 10)


def block(top, left, height, width, component=1):
    return Fragment(top, left, np.ones((height, width), bool), component)


def named(fragments, owners, digits=2):
    totals = np.array([((owners >> n) & 1).sum() for n in range(digits)])
    return label_of(Candidate(0, 1, tuple(fragments)), owners, totals, 20.0)


@pytest.fixture
def owners():
    """Digit 0 in columns 0 to 11, digit 1 in 12 to 23, other ink in 24 to 29."""
    out = np.zeros((20, 30), np.uint16)
    out[:, :12], out[:, 12:24], out[:, 24:] = 1, 2, 1 << FOREIGN
    return out


def test_most_of_a_digit_and_little_else_is_the_digit(owners):
    assert named([block(0, 0, 20, 12)], owners) == 0
    assert named([block(0, 0, 20, 10)], owners) == 0
    assert named([block(0, 10, 20, 14)], owners) == 1


def test_part_of_a_digit_and_two_digits_are_none(owners):
    assert named([block(0, 0, 9, 12)], owners) == -1
    assert named([block(0, 0, 20, 24)], owners) == -1
    assert named([block(10, 18, 10, 12)], owners) == -1


def test_what_is_in_doubt_is_left_out(owners):
    assert named([block(0, 2, 14, 10)], owners) is None  # most of a digit, not enough
    assert named([block(0, 0, 20, 4)], owners) is None  # like a 1
    assert named([block(0, 24, 20, 5)], owners) is None  # a bar, like a 1


def test_a_digit_with_a_component_of_other_ink_is_in_doubt(owners):
    point = block(16, 25, 4, 4, component=2)
    assert named([block(0, 12, 20, 12), point], owners) is None


def test_owners_move_with_a_page(pool):
    row = compose(pool, np.random.default_rng(1))
    page = Page.of(PageInk.of(row.grey, 1.0))
    still = owners_on(page, row.owners)
    assert (still == np.where(page.ink.mask, row.owners, 0)).all()
    turned = page.deskewed(7.0)
    moved = owners_on(turned, row.owners)
    assert (moved[turned.ink.mask] > 0).mean() > 0.97
    for number in range(len(row.labels)):
        before, after = (int(((o >> number) & 1).sum()) for o in (still, moved))
        assert abs(after - before) <= 0.1 * before + 10


def test_candidates_are_those_of_reading(pool):
    row = compose(pool, np.random.default_rng(2))
    (found, *_) = find_rows(Page.of(PageInk.of(row.grey, 1.0)))
    candidates = cut_row(found).candidates
    assert candidates[0].start == 0
    assert len(candidates) >= len(row.labels)


def test_digits_apart_are_all_harvested(pool):
    style = replace(
        ROW_STYLE, touching=0, ligature=0, sign=0, frame=0, letters=0, soft=0,
        apart=(0.3, 0.5), heights=(24.0, 24.0),
    )  # fmt: skip
    settings = replace(HARVEST, each=1, deslanted=0.0)
    found, every = 0, 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        row = compose(pool, rng, style)
        digits = [d for _, d in harvest_row(row, rng, settings) if d is not None]
        found += len(digits)
        every += len(row.labels)
        assert set(digits) <= set(row.labels)
    assert found >= 0.9 * every


def test_harvests_of_a_seed_are_the_same_and_have_rejects(pool):
    first, again = harvest(pool, 12, seed=5), harvest(pool, 12, seed=5)
    assert (first.images == again.images).all()
    assert (first.labels == again.labels).all()
    assert first.images.shape[1:] == (28, 28) and first.images.dtype == np.uint8
    assert (first.labels == 10).any() and (first.labels < 10).any()
