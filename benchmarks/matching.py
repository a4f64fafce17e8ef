"""How far what was read of a page differs from what is written on it.

Letters: T lines that are on the page, R lines that were read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence


def lines_of(text: str) -> list[str]:
    """Return the lines of a text without spaces, and without those that are empty.

    Where a word ends is not compared: on many pages nobody could say.
    """
    lines = (line.replace(" ", "") for line in text.splitlines())
    return [line for line in lines if line]


def exact_lines(written: Sequence[str], read: Sequence[str]) -> int:
    """Return how many lines were read without an error and in their order.

    It is the length of the longest common subsequence. A line that was read in another
    place than it is written in counts if enough others are where it is.
    """
    longest = [0] * (len(read) + 1)
    for line in written:
        before = 0
        for number, other in enumerate(read, 1):
            here = before + 1 if line == other else max(
                longest[number], longest[number - 1])  # fmt: skip
            before, longest[number] = longest[number], here
    return longest[-1]


def edit_distance(written: str, read: str) -> int:
    """Return how many characters were changed, left out or put in, at least."""
    return _alignment(written, read, lambda a, b: int(a != b), lambda _: 1)


def digit_errors(written: Sequence[str], read: Sequence[str]) -> int:
    """Return how many digits of the lines were changed, left out or put in, at least.

    A line that was read is compared with one that is written, in their order; a line
    that is compared with none counts with all of its digits.
    """
    return _alignment(written, read, edit_distance, len)


def _alignment(
    written: Sequence[str],
    read: Sequence[str],
    pair: Callable[[str, str], int],
    alone: Callable[[str], int],
) -> int:
    """Return the lowest cost of aligning two sequences, T and R long, in their order.

    Args:
        written: one sequence.
        read: the other.
        pair: cost of an item of each side by side.
        alone: cost of an item without a partner.
    """
    costs = [0]  # of the first T items with the first 0, 1, ... of R
    for other in read:
        costs.append(costs[-1] + alone(other))
    for item in written:
        before, costs[0] = costs[0], costs[0] + alone(item)
        for number, other in enumerate(read, 1):
            here = min(
                before + pair(item, other),
                costs[number] + alone(item),
                costs[number - 1] + alone(other),
            )
            before, costs[number] = costs[number], here
    return costs[-1]
