"""byhand.nn.automaton and byhand.nn.product, held against every text and every path."""

from __future__ import annotations

import itertools
import math
from collections import defaultdict

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from byhand.nn.automaton import Automaton, Machine, Text, product
from byhand.nn.crf import Edges
from byhand.nn.crf import posteriors as free_posteriors
from byhand.nn.product import log_weight, posteriors, viterbi

L = 2  # symbols, so that all paths can be written out
LABELS = range(L + 1)


def log_weight_of(machine: Machine, text: tuple[int, ...]) -> float:
    """Return the log-weight that a machine gives a text, arc by arc."""
    state, total = machine.start, 0.0
    for symbol in text:
        step = machine.step(state, symbol)
        if step is None:
            return -math.inf
        state, total = step[0], total + step[1]
    final = machine.final(state)
    return -math.inf if final is None else total + final


@st.composite
def automata(draw) -> Automaton:
    """Draw an automaton of up to three states, some arcs missing, any weights."""
    count = draw(st.integers(1, 3))
    weights = st.floats(-2, 2)
    arcs = [
        (state, symbol, draw(st.integers(0, count - 1)), draw(weights))
        for state in range(count)
        for symbol in range(L)
        if draw(st.integers(0, 3))
    ]
    finals = [draw(st.one_of(weights, st.just(-math.inf))) for _ in range(count)]
    starts, symbols, ends = np.array([arc[:3] for arc in arcs], int).reshape(-1, 3).T
    return Automaton(
        starts, symbols, ends, np.array([arc[3] for arc in arcs]), np.array(finals)
    )


@st.composite
def lattices(draw) -> tuple[Edges, np.ndarray]:
    """Draw edges between up to four nodes, some of them twice, and their scores."""
    last = draw(st.integers(1, 3))
    long = [(i, j) for j in range(last + 1) for i in range(j) if j > i + 1]
    chosen = draw(st.lists(st.sampled_from(long or [(0, 1)]), max_size=3))
    pairs = [*((n, n + 1) for n in range(last)), *chosen]
    ordered = np.array(sorted(pairs, key=lambda pair: pair[1]))
    rng = np.random.default_rng(draw(st.integers(0, 1000)))
    return (
        Edges(ordered[:, 0], ordered[:, 1]),
        2 * rng.standard_normal((len(pairs), L + 1)),
    )


def paths(edges: Edges, node: int = 0):
    if node == edges.last:
        yield []
    for number, (start, end) in enumerate(edges.pairs()):
        if start == node:
            for rest, label in itertools.product(list(paths(edges, end)), LABELS):
                yield [(number, label), *rest]


def text_of(path) -> tuple[int, ...]:
    return tuple(label for _, label in path if label < L)


TEXTS = [text for n in range(5) for text in itertools.product(range(L), repeat=n)]


@settings(max_examples=40, deadline=None)
@given(automata(), automata())
def test_a_product_accepts_what_both_do_with_the_product_of_their_weights(one, other):
    both = product([one, other], L)
    for text in TEXTS:
        expected = log_weight_of(one, text) + log_weight_of(other, text)
        found = log_weight_of(both, text) if len(both.finals) else -math.inf
        assert found == pytest.approx(expected)


def test_states_from_which_no_text_ends_are_left_out_and_too_many_are_none():
    text = product([Text((0, 1, 1))], L)
    assert len(text.finals) == 4 and len(text.starts) == 3
    assert len(product([Text((0, 1)), Text((1, 0))], L).finals) == 0
    assert product([Text((0, 1, 1))], L, most=3) is None
    marked = product([Text((0,), free=frozenset([1]))], L)
    assert log_weight_of(marked, (1, 0, 1, 1)) == 0
    assert log_weight_of(marked, (1, 1)) == -math.inf


@settings(max_examples=60, deadline=None)
@given(lattices(), automata())
def test_sums_and_the_best_path_are_those_of_all_paths_that_fit(lattice, automaton):
    edges, scores = lattice
    weights, shares = [], np.zeros_like(scores)
    together = defaultdict(float)
    nodes = edges.pairs()
    for path in paths(edges):
        own = sum(scores[number, label] for number, label in path)
        weight = math.exp(own + log_weight_of(automaton, text_of(path)))
        weights.append(weight)
        together[tuple((*nodes[n], label) for n, label in path)] += weight
        for number, label in path:
            shares[number, label] += weight
    p, log_z = posteriors(edges, scores, automaton)
    best = viterbi(edges, scores, automaton)
    if not sum(weights):
        assert (log_z, best, p.any()) == (-math.inf, [], False)
        assert log_weight(edges, scores, automaton) == -math.inf
        return
    assert log_z == pytest.approx(math.log(sum(weights)), abs=1e-9)
    assert_allclose(p, shares / sum(weights), rtol=1e-8, atol=1e-12)
    found = together[tuple((*nodes[n], label) for n, label in best)]
    assert found == pytest.approx(max(together.values()))


def test_where_every_text_is_accepted_the_sums_are_those_over_all_paths():
    rng = np.random.default_rng(0)
    edges = Edges(np.array([0, 1, 0, 0]), np.array([1, 2, 2, 2]))
    scores = rng.standard_normal((4, L + 1))
    p, log_z = posteriors(edges, scores, Automaton.of_all(L))
    expected, z = free_posteriors(edges, scores)
    assert_allclose(p, expected, atol=1e-12)
    assert log_z == pytest.approx(z)
