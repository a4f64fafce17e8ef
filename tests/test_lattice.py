"""byhand.reading.lattice, held against every way written out one by one."""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import numpy as np
import pytest
from numpy.testing import assert_allclose

from byhand.nn.gradcheck import numerical_gradient
from byhand.reading.candidates import MOST_FRAGMENTS, WIDEST, Candidate, find_candidates
from byhand.reading.fragments import Fragment
from byhand.reading.lattice import (
    DIGIT,
    NEVER,
    SKIP,
    Lattice,
    Weights,
    backward,
    forward,
    gradients,
    make_lattice,
    posteriors,
    posteriors_given_text,
    viterbi,
)

K = 2  # digits, so that all ways can be written out
SEEDS = range(8)
Way = list[tuple[int, int]]


def lattice_of(spans: Sequence[tuple[int, int]], rng: np.random.Generator) -> Lattice:
    """Return a lattice of these candidates, by their ends, and any features."""
    spans, s = sorted(spans, key=lambda span: span[1]), len(spans)
    skip = rng.standard_normal((s, len(SKIP)))
    skip[[end - start > 1 for start, end in spans]] = np.nan
    return Lattice(
        max(end for _, end in spans),
        [Candidate(start, end, ()) for start, end in spans],
        np.log(rng.dirichlet(np.ones(K + 1), s)[:, :K]),
        rng.standard_normal((s, len(DIGIT) - 1)),
        skip,
    )


def random_lattice(rng: np.random.Generator) -> Lattice:
    """Return a lattice of three or four fragments; two of their groups occur twice."""
    count = int(rng.integers(3, 5))
    groups = [(i, j) for j in range(count + 1) for i in range(j) if j > i + 1]
    more = [groups[n] for n in rng.integers(len(groups), size=2)]
    return lattice_of([*((n, n + 1) for n in range(count)), *more, *more], rng)


def random_weights(rng: np.random.Generator) -> Weights:
    return Weights(rng.standard_normal(len(DIGIT)), rng.standard_normal(len(SKIP)))


def ways(lattice: Lattice, start: int = 0, stop: int | None = None) -> Iterator[Way]:
    """Yield every path from one node to another: candidates and their digits."""
    stop = lattice.count if stop is None else stop
    if start == stop:
        yield []
    for number, candidate in enumerate(lattice.candidates):
        if candidate.start == start and candidate.end <= stop:
            for rest in ways(lattice, candidate.end, stop):
                for digit in range(K + 1):
                    yield [(number, digit), *rest]


def weight(way: Way, scores: np.ndarray) -> float:
    return math.exp(sum(scores[number, digit] for number, digit in way))


def text_of(way: Way) -> tuple[int, ...]:
    return tuple(digit for _, digit in way if digit < K)


def shares(every: list[Way], scores: np.ndarray) -> np.ndarray:
    """Return (S, K + 1): the share of the ways' weight that each reading has."""
    found = np.zeros(scores.shape)
    for way in every:
        for number, digit in way:
            found[number, digit] += weight(way, scores)
    return found / sum(weight(way, scores) for way in every)


@pytest.fixture(params=SEEDS)
def drawn(request) -> tuple[Lattice, np.ndarray]:
    rng = np.random.default_rng(request.param)
    lattice = random_lattice(rng)
    return lattice, lattice.scores(random_weights(rng))


def test_forward_and_backward_are_sums_over_all_ways(drawn):
    lattice, scores = drawn
    total = np.logaddexp.reduce(scores, axis=1)
    a, b = forward(lattice, total), backward(lattice, total)
    for node in range(lattice.count + 1):
        to, on = ways(lattice, 0, node), ways(lattice, node)
        assert math.exp(a[node]) == pytest.approx(sum(weight(w, scores) for w in to))
        assert math.exp(b[node]) == pytest.approx(sum(weight(w, scores) for w in on))


def test_posteriors_are_shares_of_the_weight_of_all_ways(drawn):
    lattice, scores = drawn
    every = list(ways(lattice))
    p, log_z = posteriors(lattice, scores)
    assert log_z == pytest.approx(math.log(sum(weight(w, scores) for w in every)))
    assert_allclose(p, shares(every, scores), rtol=1e-9, atol=1e-12)


def test_posteriors_of_what_covers_a_piece_sum_to_1(drawn):
    lattice, scores = drawn
    p, _ = posteriors(lattice, scores)
    for fragment in range(lattice.count):
        covering = [s.start <= fragment < s.end for s in lattice.candidates]
        assert p[covering].sum() == pytest.approx(1, abs=1e-12)


def test_posteriors_of_a_text_are_shares_of_the_ways_that_read_so(drawn):
    lattice, scores = drawn
    by_text = defaultdict(list)
    for way in ways(lattice):
        by_text[text_of(way)].append(way)
    for text, some in by_text.items():
        z = sum(weight(way, scores) for way in some)
        p, log_z = posteriors_given_text(lattice, scores, text)
        assert log_z == pytest.approx(math.log(z), abs=1e-10)
        assert_allclose(p, shares(some, scores), rtol=1e-9, atol=1e-12)


def test_the_best_way_is_the_heaviest_whatever_ink_is_shared(drawn):
    lattice, scores = drawn
    together: dict[tuple[tuple[int, int, int], ...], float] = defaultdict(float)
    nodes = [(s.start, s.end) for s in lattice.candidates]
    for way in ways(lattice):
        together[tuple((*nodes[n], d) for n, d in way)] += weight(way, scores)
    found = viterbi(lattice, scores)
    assert tuple((*nodes[n], d) for n, d in found) == max(together, key=together.get)
    for n, d in found:
        assert scores[n, d] == max(row[d] for row, o in zip(scores, nodes, strict=True)
                                   if o == nodes[n])  # fmt: skip


@pytest.mark.parametrize("text", [(), (0,), (1, 0), (0, 1, 1)])
@pytest.mark.parametrize("seed", SEEDS[:4])
def test_gradients_agree_with_central_differences(seed, text):
    rng = np.random.default_rng(seed)
    lattice, weights = random_lattice(rng), random_weights(rng)
    scores, every = lattice.scores(weights), list(ways(lattice))
    loss, found = gradients(lattice, weights, text)
    right = [weight(way, scores) for way in every if text_of(way) == text]
    z = sum(weight(way, scores) for way in every)
    assert loss == pytest.approx(-math.log(sum(right) / z), abs=1e-10)
    for name in ("digit", "skip"):
        moved, analytic = getattr(weights, name), getattr(found, name)
        numeric = numerical_gradient(
            lambda: gradients(lattice, weights, text)[0], moved
        )
        assert analytic.shape == numeric.shape
        assert_allclose(analytic, numeric, rtol=1e-6, atol=1e-8, err_msg=name)


def test_a_text_that_cannot_be_read_has_no_weight_and_no_gradient(rng):
    lattice, weights = random_lattice(rng), random_weights(rng)
    too_long = [0] * (lattice.count + 1)
    p, log_z = posteriors_given_text(lattice, lattice.scores(weights), too_long)
    assert log_z == -math.inf
    assert not p.any()
    loss, found = gradients(lattice, weights, too_long)
    assert loss == 0
    assert not found.digit.any() and not found.skip.any()


def test_what_cannot_be_left_out_has_the_weight_0(rng):
    lattice, weights = lattice_of([(0, 1), (1, 2), (0, 2)], rng), random_weights(rng)
    scores = lattice.scores(weights)
    (whole,) = (n for n, s in enumerate(lattice.candidates) if s.end - s.start == 2)
    assert scores[whole, -1] == NEVER
    assert posteriors(lattice, scores)[0][whole, -1] == 0
    assert np.isfinite(gradients(lattice, weights, [0])[1].skip).all()


def test_scores_are_the_weighted_features_added_up(rng):
    lattice, weights = random_lattice(rng), random_weights(rng)
    scores = lattice.scores(weights)
    features = [lattice.likely[0, 1], *lattice.digit[0]]
    assert scores[0, 1] == pytest.approx(np.dot(weights.digit, features))
    assert scores[0, K] == pytest.approx(np.dot(weights.skip, lattice.skip[0]))


def test_two_pieces_are_a_sum_that_can_be_done_by_hand(rng):
    # apart they weigh 3 as 0 or 1 left out, and 2 as 1 or 1 left out; together 8 as 0
    lattice = lattice_of([(0, 1), (1, 2), (0, 2)], rng)
    with np.errstate(divide="ignore"):
        scores = np.log([[3, 0, 1], [0, 2, 1], [8, 0, 0]])
    p, log_z = posteriors(lattice, scores)
    assert math.exp(log_z) == pytest.approx(4 * 3 + 8)
    assert_allclose(20 * p, [[9, 0, 3], [0, 8, 4], [8, 0, 0]], atol=1e-12)
    assert viterbi(lattice, scores) == [(2, 0)]
    # 0 is read as a whole, or in the first fragment with the second left out
    p, log_z = posteriors_given_text(lattice, scores, [0])
    assert math.exp(log_z) == pytest.approx(8 + 3 * 1)
    assert_allclose(11 * p, [[3, 0, 0], [0, 0, 3], [8, 0, 0]], atol=1e-12)
    assert posteriors_given_text(lattice, scores, [1, 0])[1] == -math.inf


def bar(
    left: int, width: int = 4, component: int = 0, *, top: int = 0, height: int = 20,
    cut: float = 0.0,
) -> Fragment:  # fmt: skip
    return Fragment(top, left, np.ones((height, width), np.bool_), component, cut)


def spans(candidates: Sequence[Candidate]) -> Counter[tuple[int, int]]:
    return Counter((s.start, s.end) for s in candidates)


@pytest.mark.parametrize(("step", "height"), [(5, 99), (5, 20), (12, 20), (5, 2)])
def test_every_group_side_by_side_is_a_segment_once_if_it_is_small(step, height):
    fragments = [bar(step * n, component=n) for n in range(9)]
    candidates = find_candidates(fragments, height)
    expected = [
        (i, j) for j in range(10) for i in range(j)
        if j - i <= MOST_FRAGMENTS
        and (j - i == 1 or step * (j - i - 1) + 4 <= WIDEST * height)
    ]  # fmt: skip
    assert spans(candidates) == Counter(expected)
    assert all(s.fragments == tuple(fragments[s.start : s.end]) for s in candidates)
    assert [s.end for s in candidates] == sorted(s.end for s in candidates)


def test_ink_is_shared_only_where_a_cut_is():
    fragments = [bar(0, component=1), bar(4, component=1), bar(10, component=2)]
    candidates = find_candidates(fragments, 99)
    # node 1 is a cut: what ends or begins there comes without and with ink beyond it
    at_the_cut = {(0, 1): 2, (1, 2): 2, (1, 3): 2}
    assert spans(candidates) == {**at_the_cut, (0, 2): 1, (2, 3): 1, (0, 3): 1}
    assert {(s.start, s.end) for s in candidates if s.shared} == set(at_the_cut)


def test_between_two_cuts_ink_is_shared_on_either_side_and_on_both():
    fragments = [bar(0, component=1), bar(4, component=1), bar(8, component=1)]
    middle = [s for s in find_candidates(fragments, 99) if (s.start, s.end) == (1, 2)]
    assert [s.shared for s in middle] == [0, 1, 1, 2]


def test_what_is_shared_is_near_the_cut_in_rows_that_both_have():
    fragments = [bar(0, 12, component=1), bar(12, 12, component=1, top=5)]
    candidates = find_candidates(fragments, 20)  # near is 5 pixels
    first, second = (next(s for s in candidates if s.shared and s.start == n)
                     for n in (0, 1))  # fmt: skip
    beyond, before = first.fragments[-1], second.fragments[-1]
    assert (beyond.left, beyond.right, beyond.top, beyond.bottom) == (12, 17, 5, 20)
    assert (before.left, before.right, before.top, before.bottom) == (7, 12, 5, 20)


def test_all_that_is_connected_can_be_left_out_at_once():
    components = [0, *[1] * 8, 2]
    fragments = [bar(4 * n, component=whole) for n, whole in enumerate(components)]
    long = [
        s for s in find_candidates(fragments, 9) if s.end - s.start > MOST_FRAGMENTS
    ]
    assert spans(long) == {(1, 9): 1}


def features(fragments: list[Fragment], candidates: list[Candidate]) -> Lattice:
    scores = np.log(np.linspace(1, 2, 11 * len(candidates)).reshape(-1, 11))
    return make_lattice(fragments, candidates, scores, height=20, stroke=2)


def test_how_likely_a_digit_is_is_the_networks_word():
    lattice = features([bar(0)], [Candidate(0, 1, (bar(0),))])
    shares = np.linspace(1, 2, 11) / np.linspace(1, 2, 11).sum()
    assert_allclose(np.exp(lattice.likely[0]), shares[:10])
    assert lattice.skip[0, SKIP.index("unlike")] == pytest.approx(math.log(shares[10]))


def told(values: np.ndarray, names: Sequence[str]) -> dict[str, float]:
    """Return the features that are not 0."""
    found = zip(names, values.tolist(), strict=True)
    return {name: pytest.approx(value) for name, value in found if value}


@pytest.mark.parametrize(
    ("fragments", "expected"),
    [
        ([bar(0, 14)], {}),
        ([bar(0, 4, height=10)], {"low": math.log(0.75 / 0.5)}),
        ([bar(0, 14, height=30)], {"tall": math.log(1.5 / 1.35)}),
        ([bar(0, 20)], {"wide": 1.0 - 0.9}),
        ([bar(0, 14, height=7)],
         {"low": math.log(0.75 / 0.35), "flat": math.log(2 / 1.1)}),
        ([bar(0), bar(10, component=1)], {"gap": 0.3, "parts": 1.0}),
        ([bar(0, 9), bar(5, component=1)], {"parts": 1.0}),
        ([bar(0), bar(20, component=1), bar(2, 28, component=2)],
         {"parts": 2.0, "flat": math.log(1.5 / 1.1), "wide": 0.6}),
        ([bar(0, 14), bar(2, 6, component=1), bar(18, component=2)],
         {"gap": 0.2, "parts": 2.0, "wide": 0.2}),
    ],
)  # fmt: skip
def test_what_is_told_of_a_digit_is_worked_out_by_hand(fragments, expected):
    candidate = Candidate(0, len(fragments), tuple(fragments))
    (found,) = features(fragments, [candidate]).digit
    assert told(found, DIGIT[1:]) == {"each": 1.0, **expected}


def test_what_is_told_of_something_left_out_is_worked_out_by_hand():
    (found,) = features([dot := bar(0, 6, height=4)], [Candidate(0, 1, (dot,))]).skip
    assert told(found[1:], SKIP[1:]) == {
        "each": 1.0, "ink": 24 / 40, "small": 0.6 - 0.2, "dot": 0.4 - 0.3,
        "flat": math.log(1.5),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("components", "cuts", "through"),
    [
        ([0, 0, 1], [0, 1.5, 0], [0, 1.5, 0]),
        ([0, 0, 0], [0, 1.5, 2.5], [0, 1.5, 2.5]),
        ([0, 1, 0], [0, 0, 1.5], [0, 1.5, 1.5]),  # one part lies within the other
        ([0, 0, 1], [0, 0, 0], [0, 0.01, 0]),  # a cut through no ink is one too
    ],
)
def test_a_cut_is_told_of_whatever_begins_there(components, cuts, through):
    fragments = [bar(5 * n, component=components[n], cut=cuts[n]) for n in range(3)]
    lattice = features(fragments, find_candidates(fragments, 20))
    for candidate, row in zip(lattice.candidates, lattice.digit, strict=True):
        named, ink = dict(zip(DIGIT[1:], row, strict=True)), through[candidate.start]
        assert (named["cut"], named["through"]) == (ink > 0, ink)
        assert named["shared"] == candidate.shared
        own = [p for p in fragments if p.component == candidate.fragments[0].component]
        wide = (own[-1].right - own[0].left) / 20
        assert named["narrow"] == pytest.approx((ink > 0) * (1.4 - wide))


def test_only_one_piece_or_all_that_is_connected_can_be_left_out():
    fragments = [bar(0), bar(4), bar(8), bar(14, component=1)]
    lattice = features(fragments, find_candidates(fragments, 20))
    can = [not np.isnan(row).any() for row in lattice.skip]
    found = {(s.start, s.end) for s, yes in zip(lattice.candidates, can, strict=True)
             if yes}  # fmt: skip
    assert found == {(0, 1), (1, 2), (2, 3), (0, 3), (3, 4)}
    assert not any(
        yes and s.shared for s, yes in zip(lattice.candidates, can, strict=True)
    )
