"""Paths of a lattice that write a text which an automaton accepts: sums, and the best.

The nodes of the product are pairs: a node of the lattice, and a state of the automaton.
A rejected edge writes nothing and leaves the state; one that is read as a symbol takes
the arc of that symbol. So the sums of `byhand.nn.crf` over all paths become sums over
those paths alone whose text is accepted, and nothing has to be filtered afterwards.
docs/reading.md derives them.

Letters: P + 1 nodes; S edges, R of them between different nodes; L symbols, and L the
label of the reject class; Q states; A arcs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from byhand.nn.automaton import Automaton
from byhand.nn.crf import Edges, Floats
from byhand.types import Integers


class _Joined(NamedTuple):
    """Edges between the same two nodes as one: their weights are added up.

    Attributes:
        pairs: R pairs of nodes, in the order of their ends.
        scores: (R, L + 1).
        which: (S,) to which of them each edge belongs.
    """

    pairs: Sequence[tuple[int, int]]
    scores: Floats
    which: Integers


def log_weight(edges: Edges, scores: Floats, automaton: Automaton) -> float:
    """Return the logarithm of the weight of all paths with an accepted text.

    Args:
        edges: of the lattice.
        scores: (S, L + 1), the reject class last.
        automaton: of L symbols.

    Returns:
        -inf if there is no such path.
    """
    if not len(automaton.finals):
        return -np.inf
    a = _forward(_joined(edges, scores), edges.last, automaton)
    return float(np.logaddexp.reduce(a[-1] + automaton.finals))


def posteriors(
    edges: Edges, scores: Floats, automaton: Automaton
) -> tuple[Floats, float]:
    """Return the probability of each edge and label among these paths, and log Z.

    Returns:
        (S, L + 1), and the logarithm of the weight of all paths with an accepted text.
        If there is none, it is -inf and the posteriors are 0.
    """
    p = np.zeros_like(scores)
    log_z = log_weight(edges, scores, automaton)
    if not np.isfinite(log_z):
        return p, log_z
    joined = _joined(edges, scores)
    a = _forward(joined, edges.last, automaton)
    b = _backward(joined, edges.last, automaton)
    both = np.zeros_like(joined.scores)
    symbols, starts, ends = automaton.symbols, automaton.starts, automaton.ends
    for number, (start, end) in enumerate(joined.pairs):
        own = joined.scores[number]
        both[number, -1] = np.exp(a[start] + own[-1] + b[end] - log_z).sum()
        arcs = a[start, starts] + own[symbols] + automaton.weights + b[end, ends]
        each = np.bincount(symbols, np.exp(arcs - log_z), minlength=len(own) - 1)
        both[number, :-1] = each
    p[:] = both[joined.which] * np.exp(scores - joined.scores[joined.which])
    return p, log_z


def viterbi(
    edges: Edges, scores: Floats, automaton: Automaton | None = None
) -> list[tuple[int, int]]:
    """Return the best of these paths: the number of each edge, and its label.

    By dynamic programming: the best path to a node and a state is the best one to where
    an edge starts, with the state before, and that edge. Edges between the same two
    nodes compete as one: their weights are added up first, and of those on the best
    path the likeliest is given. The label of a rejected edge is L. It is empty if no
    path has an accepted text; unless an automaton is given, all texts are.

    Source: Viterbi 1967, "Error bounds for convolutional codes and an asymptotically
    optimum decoding algorithm".
    """
    automaton = automaton or Automaton.of_all(scores.shape[1] - 1)
    joined = _joined(edges, scores)
    best = _forward(joined, edges.last, automaton, np.maximum)
    last = best[-1] + automaton.finals
    if not np.isfinite(last.max(initial=-np.inf)):
        return []
    path, node, state = list[tuple[int, int]](), edges.last, int(last.argmax())
    while node:
        number, label, before = _came(joined, best, automaton, node, state)
        (of,) = np.nonzero(joined.which == number)
        path.append((int(of[scores[of, label].argmax()]), label))
        node, state = joined.pairs[number][0], before
    return path[::-1]


def _came(
    joined: _Joined, best: Floats, automaton: Automaton, node: int, state: int
) -> tuple[int, int, int]:
    """Return by which edge and label the best path came there, and the state before."""
    found = []
    (arcs,) = np.nonzero(automaton.ends == state)
    for number, (start, end) in enumerate(joined.pairs):
        if end != node:
            continue
        own = joined.scores[number]
        found.append((best[start, state] + own[-1], number, len(own) - 1, state))
        if len(arcs):
            read = _read(best[start], own, automaton)[arcs]
            arc = arcs[read.argmax()]
            before, label = int(automaton.starts[arc]), int(automaton.symbols[arc])
            found.append((read.max(), number, label, before))
    return max(found, key=lambda edge: edge[0])[1:]


def _joined(edges: Edges, scores: Floats) -> _Joined:
    """Return edges between the same two nodes as one."""
    numbers: dict[tuple[int, int], int] = {}
    which = np.array([numbers.setdefault(pair, len(numbers)) for pair in edges.pairs()])
    together = np.full((len(numbers), scores.shape[1]), -np.inf)
    np.logaddexp.at(together, which, scores)
    return _Joined(list(numbers), together, which)


def _start(last: int, states: int) -> Floats:
    """Return a table (P + 1, Q) with all of the weight before the first node."""
    table = np.full((last + 1, states), -np.inf)
    table[0, :1] = 0.0
    return table


def _read(before: Floats, own: Floats, automaton: Automaton) -> Floats:
    """Return the weight (A,) that comes by each arc from states before an edge."""
    own = own[automaton.symbols]
    return np.asarray(before[automaton.starts] + own + automaton.weights)


def _forward(
    joined: _Joined, last: int, automaton: Automaton, add: np.ufunc = np.logaddexp
) -> Floats:
    """Return the log-weight (P + 1, Q) of all paths to each node, by their state.

    With np.maximum in place of the sum, it is that of the best one.
    """
    a, into = _start(last, len(automaton.finals)), automaton.into
    for (start, end), own in zip(joined.pairs, joined.scores, strict=True):
        a[end] = add(a[end], a[start] + own[-1])
        read = _read(a[start], own, automaton)[into.order]
        if len(read):
            a[end, into.states] = add(a[end, into.states],
                                      add.reduceat(read, into.first))  # fmt: skip
    return a


def _backward(joined: _Joined, last: int, automaton: Automaton) -> Floats:
    """Return the log-weight (P + 1, Q) of all paths from each node and state on."""
    b, out_of = np.full((last + 1, len(automaton.finals)), -np.inf), automaton.out_of
    b[-1] = automaton.finals
    steps = zip(joined.pairs[::-1], joined.scores[::-1], strict=True)
    for (start, end), own in steps:
        b[start] = np.logaddexp(b[start], b[end] + own[-1])
        read = own[automaton.symbols] + automaton.weights + b[end, automaton.ends]
        if len(read):
            total = np.logaddexp.reduceat(read[out_of.order], out_of.first)
            b[start, out_of.states] = np.logaddexp(b[start, out_of.states], total)
    return b
