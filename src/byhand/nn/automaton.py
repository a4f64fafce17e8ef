"""Deterministic automata: which texts are possible, and what some of them cost.

A state is what has to be remembered of the symbols so far. It has at most one arc for
each symbol, to the state that is next, and the arc has a weight, in logarithms. A text
is accepted if its arcs lead from state 0 to a state that may be the last; its weight is
the product of those of its arcs, and of that for ending there.

Several conditions at once are one automaton: its states are what each of them has to
remember, together (`product`). docs/reading.md derives it.

Source: Mohri 1997, "Finite-state transducers in language and speech processing".

Letters: Q states; A arcs; L symbols.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

from byhand.types import Integers

Floats = NDArray[np.float64]
State = TypeVar("State", bound=Hashable)
States: TypeAlias = tuple[Any, ...]  # one of each machine
Arc: TypeAlias = tuple[int, int, int, float]  # from state, symbol, to state, weight


class Machine(Protocol[State]):
    """One condition on texts: an automaton whose states are made when needed."""

    @property
    def start(self) -> State:
        """The state before the first symbol."""

    def step(self, state: State, symbol: int) -> tuple[State, float] | None:
        """Return the state after a symbol and the arc's log-weight; None for none."""

    def final(self, state: State) -> float | None:
        """Return the log-weight of ending in a state; None if no text ends there."""


class Grouped(NamedTuple):
    """Arcs in the order of the state at one of their ends.

    Attributes:
        order: (A,) the numbers of the arcs.
        first: where in that order the arcs of each state begin that has any.
        states: those states.
    """

    order: Integers
    first: Integers
    states: Integers


@dataclass(frozen=True, eq=False)
class Automaton:
    """States from 0, the start, to Q - 1; it is a `Machine`, too.

    Attributes:
        starts: (A,) the state that each arc comes from.
        symbols: (A,) its symbol.
        ends: (A,) the state that it leads to.
        weights: (A,) its log-weight.
        finals: (Q,) the log-weight of ending in each state; -inf where none ends.
    """

    starts: Integers
    symbols: Integers
    ends: Integers
    weights: Floats
    finals: Floats
    start: int = 0

    @classmethod
    def of_all(cls, symbols: int) -> Automaton:
        """Return the automaton of one state that accepts every text."""
        state, zeros = np.zeros(symbols, np.int64), np.zeros(symbols)
        return cls(state, np.arange(symbols), state, zeros, np.zeros(1))

    @cached_property
    def into(self) -> Grouped:
        """The arcs by the state that they lead to."""
        return _grouped(self.ends)

    @cached_property
    def out_of(self) -> Grouped:
        """The arcs by the state that they come from."""
        return _grouped(self.starts)

    @cached_property
    def _arcs(self) -> dict[tuple[int, int], tuple[int, float]]:
        froms = zip(self.starts.tolist(), self.symbols.tolist(), strict=True)
        tos = zip(self.ends.tolist(), self.weights.tolist(), strict=True)
        return dict(zip(froms, tos, strict=True))

    def step(self, state: int, symbol: int) -> tuple[int, float] | None:
        """Return the state after a symbol and the arc's log-weight; None for none."""
        return self._arcs.get((state, symbol))

    def final(self, state: int) -> float | None:
        """Return the log-weight of ending in a state; None if no text ends there."""
        weight = float(self.finals[state])
        return weight if np.isfinite(weight) else None

    def unweighted(self) -> Automaton:
        """Return the automaton that accepts the same texts, all with a weight of 1."""
        finals = np.where(np.isfinite(self.finals), 0.0, -np.inf)
        weights = np.zeros_like(self.weights)
        return Automaton(self.starts, self.symbols, self.ends, weights, finals)


def _grouped(states: Integers) -> Grouped:
    order = np.argsort(states, kind="stable")
    found, first = np.unique(states[order], return_index=True)
    return Grouped(order, first, found)


@dataclass(frozen=True)
class Text:
    """The machine of one text: its states are how many symbols of it are written.

    Attributes:
        symbols: the text.
        free: symbols that may be anywhere and do not count, such as marks.
    """

    symbols: tuple[int, ...]
    free: frozenset[int] = frozenset()
    start: int = 0

    def step(self, state: int, symbol: int) -> tuple[int, float] | None:
        """Return the number of symbols written, one more if it is the next one."""
        if symbol in self.free:
            return state, 0.0
        follows = state < len(self.symbols) and self.symbols[state] == symbol
        return (state + 1, 0.0) if follows else None

    def final(self, state: int) -> float | None:
        """Return 0.0 where all of the text is written."""
        return 0.0 if state == len(self.symbols) else None


def product(
    machines: Sequence[Machine[Any]], symbols: int, most: int | None = None
) -> Automaton | None:
    """Return the automaton of the texts that all machines accept.

    Its states are found from the start on, breadth first; those from which no text can
    be ended are left out.

    Args:
        machines: the conditions.
        symbols: L, how many symbols there are.
        most: states that it may have, those left out included.

    Returns:
        An automaton; with no states if no text is accepted. None if it has more states
        than `most`.
    """
    start = tuple(machine.start for machine in machines)
    numbers, waiting = {start: 0}, deque([start])
    arcs: list[Arc] = []
    while waiting:
        state = waiting.popleft()
        for symbol, after, weight in _steps(machines, state, symbols):
            if after not in numbers:
                numbers[after] = len(numbers)
                waiting.append(after)
            arcs.append((numbers[state], symbol, numbers[after], weight))
        if most is not None and len(numbers) > most:
            return None
    return _trimmed(arcs, np.array([_final(machines, state) for state in numbers]))


def _steps(
    machines: Sequence[Machine[Any]], state: States, symbols: int
) -> Iterator[tuple[int, States, float]]:
    """Yield each symbol that leads on from a state, where to, and its log-weight."""
    for symbol in range(symbols):
        step = _step(machines, state, symbol)
        if step is not None:
            yield symbol, *step


def _step(
    machines: Sequence[Machine[Any]], state: States, symbol: int
) -> tuple[States, float] | None:
    """Return the state after a symbol; None if one of the machines has none."""
    after, total = [], 0.0
    for machine, own in zip(machines, state, strict=True):
        step = machine.step(own, symbol)
        if step is None:
            return None
        after.append(step[0])
        total += step[1]
    return tuple(after), total


def _final(machines: Sequence[Machine[Any]], state: States) -> float:
    """Return the log-weight of ending in a state, -inf if a machine does not."""
    total = 0.0
    for machine, own in zip(machines, state, strict=True):
        weight = machine.final(own)
        if weight is None:
            return -np.inf
        total += weight
    return total


def _trimmed(arcs: Sequence[Arc], finals: Floats) -> Automaton:
    """Return the automaton without the states from which no text can be ended."""
    before: dict[int, list[int]] = {}
    for start, _, end, _ in arcs:
        before.setdefault(end, []).append(start)
    waiting = np.flatnonzero(np.isfinite(finals)).tolist()
    useful = np.isfinite(finals)
    while waiting:
        for start in before.get(waiting.pop(), ()):
            if not useful[start]:
                useful[start] = True
                waiting.append(start)
    number = np.cumsum(useful) - 1
    kept = [arc for arc in arcs if useful[arc[0]] and useful[arc[2]]]
    starts, symbols, ends = np.array(
        [arc[:3] for arc in kept], np.int64
    ).reshape(-1, 3).T  # fmt: skip
    weights = np.array([arc[3] for arc in kept], np.float64)
    return Automaton(number[starts], symbols, number[ends], weights, finals[useful])
