"""Words for messages."""

from __future__ import annotations

from byhand.words import counted


def test_a_noun_stands_in_the_plural_unless_there_is_one():
    assert counted(1, "mark") == "1 mark"
    assert counted(1, "mark", "A") == "A mark"
    assert [counted(n, "line") for n in (0, 2)] == ["0 lines", "2 lines"]
