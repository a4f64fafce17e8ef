"""byhand.nn.alignment: the best alignment that fits, held against all of them."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from tests.test_automaton import L, log_weight_of

from byhand.nn.alignment import best_text
from byhand.nn.automaton import Automaton, Text, product
from byhand.nn.ctc import best_path_text

T = 5
BLANK = L
EVEN = Automaton(  # an even number of symbols; every 1 costs something
    *np.array([[0, 0, 1], [0, 1, 1], [1, 0, 0], [1, 1, 0]]).T,
    np.array([0.0, -0.7, 0.0, -0.7]),
    np.array([0.0, -np.inf]),
)


def written(labels) -> tuple[int, ...]:
    return tuple(label for label, _ in itertools.groupby(labels) if label != BLANK)


@pytest.mark.parametrize("seed", range(12))
@pytest.mark.parametrize("automaton", [EVEN, product([Text((1, 1))], L)])
def test_it_is_the_best_of_all_alignments_whose_text_fits(automaton, seed):
    log_y = 2 * np.random.default_rng(seed).standard_normal((T, L + 1))
    every = itertools.product(range(L + 1), repeat=T)
    weights = {
        labels: sum(log_y[t, label] for t, label in enumerate(labels))
        + log_weight_of(automaton, written(labels))
        for labels in every
    }
    assert tuple(best_text(log_y, automaton)) == written(max(weights, key=weights.get))


def test_where_all_fits_it_is_that_of_the_best_labels():
    log_y = np.random.default_rng(1).standard_normal((40, L + 1))
    assert best_text(log_y, Automaton.of_all(L)) == best_path_text(log_y)


def test_without_an_alignment_that_fits_or_with_too_large_a_table_there_is_none():
    log_y = np.zeros((2, L + 1))
    assert best_text(log_y, product([Text((0, 1))], L)) == [0, 1]
    assert best_text(log_y, product([Text((0, 0))], L)) is None  # a blank parts them
    assert best_text(log_y, Automaton.of_all(L), most=8) is None
    assert best_text(log_y, product([Text((0,)), Text((1,))], L)) is None
