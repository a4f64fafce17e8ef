"""Words for messages, the same in every room."""

from __future__ import annotations


def counted(number: int, noun: str, one: str = "1") -> str:
    """Return a number with its noun: "1 mark", "2 marks"; `one` stands for the 1."""
    return f"{one} {noun}" if number == 1 else f"{number} {noun}s"
