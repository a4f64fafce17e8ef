"""byhand.reading.lattice: the features of candidates, and how they add up."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.testing import assert_allclose

from byhand.nn.crf import NEVER, posteriors
from byhand.nn.gradcheck import numerical_gradient
from byhand.reading.candidates import Candidate, find_candidates
from byhand.reading.fragments import Fragment
from byhand.reading.lattice import Lattice, gradients, make_lattice
from byhand.reading.lattice_weights import (
    DIGIT_FEATURES,
    GROUPS,
    MARK_FEATURES,
    REJECT_FEATURES,
    LatticeWeights,
)
from byhand.reading.symbols import REJECT

SPANS = [(0, 1), (1, 2), (0, 2), (0, 2), (2, 3), (1, 3)]  # nodes of candidates


@pytest.fixture
def lattice(rng) -> Lattice:
    """A lattice with any features; candidates of two fragments cannot be rejected."""
    reject = rng.standard_normal((len(SPANS), len(REJECT_FEATURES) - 2))
    reject[[end - start > 1 for start, end in SPANS]] = np.nan
    digit, mark = (
        rng.standard_normal((len(SPANS), len(names) - 2))
        for names in (DIGIT_FEATURES, MARK_FEATURES)
    )
    return Lattice(
        [Candidate(start, end, ()) for start, end in SPANS],
        np.log(rng.dirichlet(np.ones(REJECT + 1), len(SPANS))),
        np.log(rng.dirichlet(np.ones(REJECT + 1), len(SPANS))),
        digit,
        mark,
        reject,
    )


@pytest.fixture
def weights(rng) -> LatticeWeights:
    return LatticeWeights(
        **{group: rng.standard_normal(len(names)) for group, names in GROUPS.items()}
    )


def test_candidates_are_edges_between_their_nodes(lattice):
    assert lattice.edges.pairs() == SPANS


@pytest.mark.parametrize("text", [(), (0,), (1, 12), (24, 1, 1)])
def test_gradients_agree_with_central_differences(lattice, weights, text):
    _, found = gradients(lattice, weights, text)
    for name in GROUPS:
        moved, analytic = getattr(weights, name), getattr(found, name)
        numeric = numerical_gradient(
            lambda: gradients(lattice, weights, text)[0], moved
        )
        assert analytic.shape == numeric.shape
        assert_allclose(analytic, numeric, rtol=1e-6, atol=1e-8, err_msg=name)


def test_a_text_that_cannot_be_read_has_no_gradient(lattice, weights):
    loss, found = gradients(lattice, weights, [0] * 4)
    assert loss == 0
    assert not any(getattr(found, group).any() for group in GROUPS)


def test_what_cannot_be_rejected_has_the_weight_0(lattice, weights):
    scores = lattice.scores(weights)
    assert scores[2, -1] == NEVER
    assert posteriors(lattice.edges, scores)[0][2, -1] == 0
    assert np.isfinite(gradients(lattice, weights, [0])[1].reject).all()


def test_scores_are_the_weighted_features_added_up(lattice, weights):
    scores = lattice.scores(weights)
    for group, label in (("digit", 1), ("mark", 12), ("reject", REJECT)):
        read = [lattice.likely[0, label], lattice.heard[0, label]]
        features = [*read, *getattr(lattice, group)[0]]
        expected = np.dot(getattr(weights, group), features)
        assert scores[0, label] == pytest.approx(expected)


def bar(
    left: int, width: int = 4, component: int = 0, *, top: int = 0, height: int = 20,
    cut: float = 0.0,
) -> Fragment:  # fmt: skip
    return Fragment(top, left, np.ones((height, width), np.bool_), component, cut)


def features(
    fragments: list[Fragment],
    candidates: list[Candidate],
    rejected: Sequence[float] | None = None,
) -> Lattice:
    shares = np.linspace(1, 2, 11 * len(candidates)).reshape(-1, 11)
    if rejected is not None:
        shares[:, :10], shares[:, 10] = (
            1,
            10 * np.divide(rejected, 1 - np.array(rejected)),
        )
    scores = np.log(shares)
    heard = np.log(np.full((len(candidates), REJECT + 1), 1 / (REJECT + 1)))
    return make_lattice(fragments, candidates, scores, heard, height=20, stroke=2)


def test_how_likely_a_digit_is_is_what_the_network_says():
    lattice = features([bar(0)], [Candidate(0, 1, (bar(0),))])
    shares = np.linspace(1, 2, 11) / np.linspace(1, 2, 11).sum()
    assert_allclose(np.exp(lattice.likely[0, :10]), shares[:10])
    assert_allclose(np.exp(lattice.likely[0, 10:]), shares[10])  # marks, rejected


def present(values: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Return the features that are not 0."""
    found = zip(names, values.tolist(), strict=True)
    return {name: pytest.approx(value) for name, value in found if value}


@pytest.mark.parametrize(
    ("fragments", "expected"),
    [
        ([bar(0, 14)], {}),
        ([bar(0, 4, height=10)], {"low": math.log(0.75 / 0.5)}),
        ([bar(0, 14, height=60)], {}),
        ([bar(0, 20)], {"wide": 1.0 - 0.9}),
        ([bar(0, 14, height=7)],
         {"low": math.log(0.75 / 0.35), "flat": math.log(2 / 1.1)}),
        ([bar(0), bar(10, component=1)], {"gap": 0.3, "components": 1.0}),
        ([bar(0, 9), bar(5, component=1)], {"components": 1.0}),
        ([bar(0), bar(20, component=1), bar(2, 28, component=2)],
         {"components": 2.0, "flat": math.log(1.5 / 1.1), "wide": 0.6}),
        ([bar(0, 14), bar(2, 6, component=1), bar(18, component=2)],
         {"gap": 0.2, "components": 2.0, "wide": 0.2}),
    ],
)  # fmt: skip
def test_the_features_of_a_digit_are_worked_out_by_hand(fragments, expected):
    candidate = Candidate(0, len(fragments), tuple(fragments))
    (found,) = features(fragments, [candidate], [0.25]).digit
    own = {"each": 1.0, "foreign": 0.25}
    assert present(found, DIGIT_FEATURES[2:]) == {**own, **expected}


@pytest.mark.parametrize(("dot", "ink"), [(bar(0, 6, height=4), 0.6), (bar(0), 2.0),
                                          (bar(0, 20), 3.0)])  # fmt: skip
def test_the_features_of_a_rejected_candidate_are_worked_out_by_hand(dot, ink):
    (found,) = features([dot], [Candidate(0, 1, (dot,))], [0.5]).reject
    own = {"each": 1.0, "foreign": 0.5}
    assert present(found, REJECT_FEATURES[2:]) == {"ink": ink, **own}


def test_a_row_is_foreign_where_no_cut_makes_a_digit():
    fragments = [bar(0), bar(4), bar(8, 8, component=1)]  # 1 : 1 : 2 of the ink
    spans = [(0, 1), (0, 2), (1, 2), (2, 3)]
    candidates = [Candidate(a, b, tuple(fragments[a:b])) for a, b in spans]
    lattice = features(fragments, candidates, [0.9, 0.1, 0.5, 0.8])
    for group in GROUPS:
        column = getattr(lattice, group)[0, GROUPS[group].index("foreign") - 2]
        assert column == pytest.approx((0.1 + 0.1 + 2 * 0.8) / 4)


@pytest.mark.parametrize(
    ("components", "cuts", "through"),
    [
        ([0, 0, 1], [0, 1.5, 0], [0, 1.5, 0]),
        ([0, 0, 0], [0, 1.5, 2.5], [0, 1.5, 2.5]),
        ([0, 1, 0], [0, 0, 1.5], [0, 1.5, 1.5]),  # one part lies within the other
        ([0, 0, 1], [0, 0, 0], [0, 0.01, 0]),  # a cut through no ink is one too
    ],
)
def test_a_cut_is_a_feature_of_whatever_begins_there(components, cuts, through):
    fragments = [bar(5 * n, component=components[n], cut=cuts[n]) for n in range(3)]
    lattice = features(fragments, find_candidates(fragments, 20))
    for candidate, row in zip(lattice.candidates, lattice.digit, strict=True):
        named, ink = (
            dict(zip(DIGIT_FEATURES[2:], row, strict=True)),
            through[candidate.start],
        )
        assert (named["cut"], named["through"]) == (ink > 0, ink)
        assert named["shared"] == candidate.shared
        own = [p for p in fragments if p.component == candidate.fragments[0].component]
        wide = (own[-1].right - own[0].left) / 20
        assert named["narrow"] == pytest.approx((ink > 0) * (1.4 - wide))


def test_only_one_fragment_or_a_whole_component_can_be_rejected():
    fragments = [bar(0), bar(4), bar(8), bar(14, component=1)]
    lattice = features(fragments, find_candidates(fragments, 20))
    can = [not np.isnan(row).any() for row in lattice.reject]
    found = {(s.start, s.end) for s, yes in zip(lattice.candidates, can, strict=True)
             if yes}  # fmt: skip
    assert found == {(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)}
    assert not any(
        yes and s.shared for s, yes in zip(lattice.candidates, can, strict=True)
    )
