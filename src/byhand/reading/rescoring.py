"""The texts of both readers compared: the likelier by the word of both is taken.

The lattice has the best path through cuts; the row network hears a text without any.
Where they differ, each text's probability by the lattice, all of its paths, is
multiplied with a power of its probability by the network, all of its alignments.

Letters: S candidates; D = 10 digits; T frames; K symbols, and K the blank.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from byhand.nn.crf import Edges, Floats, posteriors_given_text, viterbi_given_text
from byhand.nn.ctc import best_path_text, ctc_loss
from byhand.reading.symbols import DIGITS, is_digit

WORD = 0.5  # power of the row network's probability of a text

Path = Sequence[tuple[int, int]]  # numbers of candidates, and what each is read as


class Text(NamedTuple):
    """A path, and the logarithm of the weight of all paths with its text."""

    path: Path
    log_weight: float


def likelier(edges: Edges, scores: Floats, path: Path, log_y: Floats) -> Text:
    """Return the Viterbi path, or the best path of the text that the network heard.

    The two texts share the weight of both by what both readers say of them.

    Args:
        edges: S of them.
        scores: (S, D + 1) of digits, and of none.
        path: the Viterbi path.
        log_y: (T, K + 1) the row network's log-probabilities.
    """
    own = [label for _, label in path if is_digit(label)]
    first = posteriors_given_text(edges, scores, own)[1]
    digits = digits_alone(log_y)
    heard = best_path_text(digits)
    if not own or not heard or heard == own:
        return Text(path, first)
    second = posteriors_given_text(edges, scores, heard)[1]
    other = viterbi_given_text(edges, scores, heard)
    if not other or not np.isfinite(second):
        return Text(path, first)
    gain = second - first + WORD * (_log_p(digits, heard) - _log_p(digits, own))
    both = float(np.logaddexp(first, second))
    if gain <= 0:
        return Text(path, both - float(np.logaddexp(0, gain)))
    return Text(other, both - float(np.logaddexp(0, -gain)))


def digits_alone(scores: Floats) -> Floats:
    """Return the logarithms for each digit, and for none of them, (N, D + 1).

    Args:
        scores: (N, K + 1), of candidates or of frames; marks, and the reject class or
            the blank, are added up.
    """
    none = np.logaddexp.reduce(scores[:, len(DIGITS) :], axis=1, keepdims=True)
    return np.concatenate([scores[:, : len(DIGITS)], none], axis=1)


def _log_p(log_y: Floats, text: Sequence[int]) -> float:
    """Return log P(text) of all alignments; so little where there is none."""
    needed = len(text) + sum(a == b for a, b in pairwise(text))
    return -ctc_loss(log_y, text)[0] if needed <= len(log_y) else -1e3
