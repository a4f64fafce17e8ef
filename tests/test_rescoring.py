"""byhand.reading.rescoring: the likelier of both readers' texts."""

from __future__ import annotations

import numpy as np
import pytest

from byhand.nn.crf import NEVER, Edges, posteriors, posteriors_given_text
from byhand.nn.ctc import ctc_loss
from byhand.nn.product import viterbi
from byhand.reading.constraint import ANYTHING
from byhand.reading.rescoring import WORD, likelier
from byhand.reading.symbols import REJECT, SYMBOLS

EDGES = Edges(np.array([0, 1, 0]), np.array([1, 2, 2]))  # two digits, or one


def lattice(one: float, two: float) -> np.ndarray:
    """Return scores: the text 17 has the share `two`, the text 4 `one`."""
    scores = np.full((3, 11), NEVER)
    scores[0, 1], scores[1, 7] = np.log(two), 0.0
    scores[2, 4] = np.log(one)
    return scores


def heard(text: str, sure: float) -> np.ndarray:
    """Return frames, each symbol of a text in one of two, the rest blank."""
    y = np.full((2 * len(text) + 1, REJECT + 1), 1e-12)
    y[:, REJECT] = 1
    for n, symbol in enumerate(text):
        y[2 * n + 1, REJECT] = 1 - sure
        y[2 * n + 1, SYMBOLS.index(symbol)] = sure
    return np.log(y / y.sum(axis=1, keepdims=True))


def text_of(path) -> str:
    return "".join(str(label) for _, label in path if label < 10)


def test_where_both_read_the_same_the_path_stays_and_has_its_weight():
    scores = lattice(0.2, 0.8)
    path = viterbi(EDGES, scores)
    found = likelier(EDGES, scores, ANYTHING, heard("17", 0.9))
    assert found.path == path
    assert found.log_weight == pytest.approx(np.log(0.8))


def test_marks_that_the_network_heard_are_no_other_text():
    scores = lattice(0.2, 0.8)
    path = viterbi(EDGES, scores)
    assert likelier(EDGES, scores, ANYTHING, heard("$1.7", 0.9)).path == path


@pytest.mark.parametrize(("one", "two", "text"), [(0.4, 0.6, "4"), (1e-20, 1.0, "17")])
def test_where_they_differ_the_word_of_both_decides(one, two, text):
    scores, log_y = lattice(one, two), heard("4", 0.99)
    found = likelier(EDGES, scores, ANYTHING, log_y)
    assert text_of(found.path) == text
    digits = np.concatenate(
        [log_y[:, :10], np.logaddexp.reduce(log_y[:, 10:], axis=1, keepdims=True)], 1
    )
    weights = [
        np.exp(posteriors_given_text(EDGES, scores, own)[1])
        * np.exp(-WORD * ctc_loss(digits, own)[0])
        for own in ([4], [1, 7])
    ]
    total = np.exp(posteriors(EDGES, scores)[1])
    share = weights[text != "4"] / sum(weights)
    assert np.exp(found.log_weight) == pytest.approx(total * share)


def test_a_text_that_no_path_writes_is_not_taken():
    scores = lattice(0.2, 0.8)
    path = viterbi(EDGES, scores)
    assert likelier(EDGES, scores, ANYTHING, heard("179", 0.99)).path == path
    assert likelier(EDGES, scores, ANYTHING, heard("9", 0.99)).path == path


def test_nothing_heard_or_nothing_read_stays():
    scores = np.full((3, 11), NEVER)
    scores[2, 10] = 0.0
    path = viterbi(EDGES, scores)
    assert likelier(EDGES, scores, ANYTHING, heard("4", 0.9)).path == path
    scores = lattice(0.2, 0.8)
    path = viterbi(EDGES, scores)
    assert likelier(EDGES, scores, ANYTHING, heard("", 0.9)).path == path
