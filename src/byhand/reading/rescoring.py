"""The texts of both readers compared: the likelier by the word of both is taken.

The lattice has the best path through cuts; the row network hears a text without any.
Where they differ, each text's probability by the lattice, all of its paths, is
multiplied with a power of its probability by the network, all of its alignments.

Letters: S candidates; T frames; K symbols, and K the blank; L of the K symbols that
count, digits and the marks of a pattern.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from byhand.nn.alignment import best_text
from byhand.nn.automaton import Automaton, Text, product
from byhand.nn.crf import NEVER, Edges, Floats
from byhand.nn.ctc import ctc_loss
from byhand.nn.product import log_weight, viterbi
from byhand.reading.constraint import ANYTHING, Constraint
from byhand.reading.symbols import DIGITS, is_digit

WORD = 0.5  # power of the row network's probability of a text

Path = Sequence[tuple[int, int]]  # numbers of candidates, and what each is read as


class Best(NamedTuple):
    """A path, and the logarithm of the weight of all paths with its text."""

    path: Path
    log_weight: float

    @property
    def digits(self) -> list[int]:
        """The path's text."""
        return [label for _, label in self.path if is_digit(label)]


def likelier(
    edges: Edges, scores: Floats, constraint: Constraint, log_y: Floats
) -> Best | None:
    """Return the Viterbi path, or the best path of the text that the network heard.

    Both are searched among the texts that fit. The two share the weight of both by what
    both readers say of them.

    Args:
        edges: S of them.
        scores: (S, L + 1) of the symbols that count, and of none.
        constraint: what is known of the text.
        log_y: (T, K + 1) the row network's log-probabilities.

    Returns:
        Labels of the path are numbers of the constraint's symbols, and L for none. None
        if there is no path with a text that fits.
    """
    own = _best(edges, scores, constraint, constraint.automaton)
    if own is None or not own.digits:
        return own
    found = best_text(constraint.narrowed(log_y), constraint.automaton) or []
    heard = [label for label in found if is_digit(label)]
    if not heard or heard == own.digits:
        return own
    other = _best(edges, scores, constraint, _only(heard, constraint))
    if other is None:
        return own
    frames = ANYTHING.narrowed(log_y)
    words = WORD * (_log_p(frames, heard) - _log_p(frames, own.digits))
    return _shared(own, other, other.log_weight - own.log_weight + words)


def _shared(own: Best, other: Best, gain: float) -> Best:
    """Return the better of two, with its share of the weight of both.

    Args:
        own: if neither is better.
        other: if the gain is above 0.
        gain: nats by which what both readers say is more for the other.
    """
    both = float(np.logaddexp(own.log_weight, other.log_weight))
    taken = other if gain > 0 else own
    return Best(taken.path, both - float(np.logaddexp(0, -abs(gain))))


def _best(
    edges: Edges, scores: Floats, constraint: Constraint, automaton: Automaton
) -> Best | None:
    """Return the best path that an automaton accepts; None if there is none."""
    path = viterbi(edges, scores, automaton)
    if not path or sum(scores[edge] for edge in path) <= NEVER / 2:
        return None
    own = Best(path, 0.0)
    text = _only(own.digits, constraint)
    return own._replace(log_weight=log_weight(edges, scores, text))


def _only(digits: Sequence[int], constraint: Constraint) -> Automaton:
    """Return the automaton of the texts that fit and have these digits."""
    count = len(constraint.symbols)
    text = Text(tuple(digits), frozenset(range(len(DIGITS), count)))
    found = product([constraint.automaton, text], count)
    assert found is not None  # the number of states is not limited
    return found


def _log_p(log_y: Floats, text: Sequence[int]) -> float:
    """Return log P(text) of all alignments; so little where there is none."""
    needed = len(text) + sum(a == b for a, b in pairwise(text))
    return -ctc_loss(log_y, text)[0] if needed <= len(log_y) else -1e3
