"""byhand.nn.crf, held against every path written out one by one."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator

import numpy as np
import pytest
from numpy.testing import assert_allclose

from byhand.nn.crf import (
    Edges,
    backward,
    forward,
    posteriors,
    posteriors_given_text,
    text_loss,
)
from byhand.nn.gradcheck import numerical_gradient
from byhand.nn.product import viterbi

K = 2  # symbols, so that all paths can be written out
SEEDS = range(8)
Path = list[tuple[int, int]]


def edges_of(*pairs: tuple[int, int]) -> Edges:
    ordered = np.array(sorted(pairs, key=lambda pair: pair[1]))
    return Edges(ordered[:, 0], ordered[:, 1])


def random_edges(rng: np.random.Generator) -> Edges:
    """Return edges between four or five nodes; two of the long ones occur twice."""
    count = int(rng.integers(3, 5))
    groups = [(i, j) for j in range(count + 1) for i in range(j) if j > i + 1]
    more = [groups[n] for n in rng.integers(len(groups), size=2)]
    return edges_of(*((n, n + 1) for n in range(count)), *more, *more)


def paths(edges: Edges, start: int = 0, stop: int | None = None) -> Iterator[Path]:
    """Yield every path from one node to another: edges and their labels."""
    stop = edges.last if stop is None else stop
    if start == stop:
        yield []
    for number, (begin, end) in enumerate(edges.pairs()):
        if begin == start and end <= stop:
            for rest in paths(edges, end, stop):
                for label in range(K + 1):
                    yield [(number, label), *rest]


def weight(path: Path, scores: np.ndarray) -> float:
    return math.exp(sum(scores[number, label] for number, label in path))


def text_of(path: Path) -> tuple[int, ...]:
    return tuple(label for _, label in path if label < K)


def shares(every: list[Path], scores: np.ndarray) -> np.ndarray:
    """Return (S, K + 1): the share of the paths' weight that each label has."""
    found = np.zeros(scores.shape)
    for path in every:
        for number, label in path:
            found[number, label] += weight(path, scores)
    return found / sum(weight(path, scores) for path in every)


@pytest.fixture(params=SEEDS)
def drawn(request) -> tuple[Edges, np.ndarray]:
    rng = np.random.default_rng(request.param)
    edges = random_edges(rng)
    return edges, 2 * rng.standard_normal((len(edges.starts), K + 1))


def test_forward_and_backward_are_sums_over_all_paths(drawn):
    edges, scores = drawn
    total = np.logaddexp.reduce(scores, axis=1)
    a, b = forward(edges, total), backward(edges, total)
    for node in range(edges.last + 1):
        to, on = paths(edges, 0, node), paths(edges, node)
        assert math.exp(a[node]) == pytest.approx(sum(weight(w, scores) for w in to))
        assert math.exp(b[node]) == pytest.approx(sum(weight(w, scores) for w in on))


def test_posteriors_are_shares_of_the_weight_of_all_paths(drawn):
    edges, scores = drawn
    every = list(paths(edges))
    p, log_z = posteriors(edges, scores)
    assert log_z == pytest.approx(math.log(sum(weight(w, scores) for w in every)))
    assert_allclose(p, shares(every, scores), rtol=1e-9, atol=1e-12)


def test_posteriors_of_the_edges_over_a_place_sum_to_1(drawn):
    edges, scores = drawn
    p, _ = posteriors(edges, scores)
    for place in range(edges.last):
        over = [start <= place < end for start, end in edges.pairs()]
        assert p[over].sum() == pytest.approx(1, abs=1e-12)


def test_posteriors_given_a_text_are_shares_of_the_paths_that_write_it(drawn):
    edges, scores = drawn
    by_text = defaultdict(list)
    for path in paths(edges):
        by_text[text_of(path)].append(path)
    for text, some in by_text.items():
        z = sum(weight(path, scores) for path in some)
        p, log_z = posteriors_given_text(edges, scores, text)
        assert log_z == pytest.approx(math.log(z), abs=1e-10)
        assert_allclose(p, shares(some, scores), rtol=1e-9, atol=1e-12)


def test_the_viterbi_path_is_the_heaviest_with_parallel_edges_as_one(drawn):
    edges, scores = drawn
    together: dict[tuple[tuple[int, int, int], ...], float] = defaultdict(float)
    nodes = edges.pairs()
    for path in paths(edges):
        together[tuple((*nodes[n], k) for n, k in path)] += weight(path, scores)
    found = viterbi(edges, scores)
    assert tuple((*nodes[n], k) for n, k in found) == max(together, key=together.get)
    for n, k in found:
        assert scores[n, k] == max(row[k] for row, o in zip(scores, nodes, strict=True)
                                   if o == nodes[n])  # fmt: skip


@pytest.mark.parametrize("text", [(), (0,), (1, 0), (0, 1, 1)])
def test_the_loss_and_its_gradient_agree_with_all_paths_and_differences(drawn, text):
    edges, scores = drawn
    every = list(paths(edges))
    loss, dscores = text_loss(edges, scores, text)
    right = [weight(path, scores) for path in every if text_of(path) == text]
    z = sum(weight(path, scores) for path in every)
    assert loss == pytest.approx(-math.log(sum(right) / z), abs=1e-10)
    numeric = numerical_gradient(lambda: text_loss(edges, scores, text)[0], scores)
    assert dscores.shape == numeric.shape
    assert_allclose(dscores, numeric, rtol=1e-6, atol=1e-8)


def test_a_text_that_no_path_writes_has_no_weight_and_no_gradient(drawn):
    edges, scores = drawn
    too_long = [0] * (edges.last + 1)
    p, log_z = posteriors_given_text(edges, scores, too_long)
    assert log_z == -math.inf
    assert not p.any()
    loss, dscores = text_loss(edges, scores, too_long)
    assert loss == 0
    assert not dscores.any()


def test_two_nodes_apart_are_a_sum_that_can_be_done_by_hand():
    # apart they weigh 3 as 0 or 1 rejected, and 2 as 1 or 1 rejected; together 8 as 0
    edges = Edges(np.array([0, 1, 0]), np.array([1, 2, 2]))
    with np.errstate(divide="ignore"):
        scores = np.log([[3, 0, 1], [0, 2, 1], [8, 0, 0]])
    p, log_z = posteriors(edges, scores)
    assert math.exp(log_z) == pytest.approx(4 * 3 + 8)
    assert_allclose(20 * p, [[9, 0, 3], [0, 8, 4], [8, 0, 0]], atol=1e-12)
    assert viterbi(edges, scores) == [(2, 0)]
    # 0 is written by the long edge, or by the first with the second rejected
    p, log_z = posteriors_given_text(edges, scores, [0])
    assert math.exp(log_z) == pytest.approx(8 + 3 * 1)
    assert_allclose(11 * p, [[3, 0, 0], [0, 0, 3], [8, 0, 0]], atol=1e-12)
    assert posteriors_given_text(edges, scores, [1, 0])[1] == -math.inf
