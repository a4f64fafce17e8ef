"""The best alignment of CTC's frames among those whose text an automaton accepts.

An alignment labels every frame; equal labels side by side are one symbol, and blanks
are dropped (`byhand.nn.ctc`). So besides the automaton's state, the label of the last
frame has to be remembered: the same symbol again is the same one going on, and only
another, or one after a blank, takes an arc. docs/reading.md derives the sums.

Letters: T frames; L symbols, and L the number of blank; Q states; A arcs.
"""

from __future__ import annotations

import numpy as np

from byhand.nn.automaton import Automaton
from byhand.nn.crf import Floats

MOST = 20_000_000  # numbers in the table: some 160 MB


def best_text(
    log_y: Floats, automaton: Automaton, most: int = MOST
) -> list[int] | None:
    """Return the text of the likeliest alignment whose text is accepted.

    Args:
        log_y: (T, L + 1), the logarithm of each frame's probabilities, blank last.
        automaton: of L symbols.
        most: numbers that the table of states, labels and frames may have.

    Returns:
        The symbols; None if no alignment has an accepted text, or if the table is too
        large.
    """
    states, labels = len(automaton.finals), log_y.shape[1]
    if not states or states * labels * (len(log_y) + 1) > most:
        return None
    best = np.full((len(log_y) + 1, states, labels), -np.inf)
    best[0, 0, -1] = 0.0  # before the first frame: as after a blank
    for t, own in enumerate(log_y):
        best[t + 1] = _after(best[t], own, automaton)
    last = best[-1] + automaton.finals[:, None]
    if not np.isfinite(last.max()):
        return None
    state, label = map(int, np.unravel_index(last.argmax(), last.shape))
    return _followed(best, log_y, automaton, state, label)


def _after(before: Floats, own: Floats, automaton: Automaton) -> Floats:
    """Return the best (Q, L + 1) after a frame: by state, and the label it has."""
    after = before + own  # each label goes on
    after[:, -1] = before.max(axis=1) + own[-1]
    begun = _begun(before, own, automaton)
    np.maximum.at(after, (automaton.ends, automaton.symbols), begun)
    return np.asarray(after)


def _begun(before: Floats, own: Floats, automaton: Automaton) -> Floats:
    """Return the best (A,) in which each arc's symbol begins at a frame.

    It begins after any other label: after the best one in its state, or if that is its
    own symbol, after the second best.
    """
    top = before.argmax(axis=1)  # (Q,)
    without = before.copy()
    without[np.arange(len(top)), top] = -np.inf
    starts, symbols = automaton.starts, automaton.symbols
    same = top[starts] == symbols
    came = np.where(same, without.max(axis=1)[starts], before.max(axis=1)[starts])
    return np.asarray(came + own[symbols] + automaton.weights)


def _followed(
    best: Floats, log_y: Floats, automaton: Automaton, state: int, label: int
) -> list[int]:
    """Return the text of the best alignment that ends in a state, with a label."""
    text: list[int] = []
    blank = log_y.shape[1] - 1
    for t in range(len(log_y) - 1, -1, -1):
        before, own = best[t], log_y[t]
        if label == blank:
            label = int(before[state].argmax())
            continue
        (arcs,) = np.nonzero(
            (automaton.ends == state) & (automaton.symbols == label)
        )  # fmt: skip
        begun = _begun(before, own, automaton)[arcs]
        if len(arcs) and begun.max() > before[state, label] + own[label]:
            text.append(label)
            state = int(automaton.starts[arcs[begun.argmax()]])
            others = before[state].copy()
            others[label] = -np.inf
            label = int(others.argmax())
    return text[::-1]
