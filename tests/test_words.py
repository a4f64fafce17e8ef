"""Words for messages."""

from __future__ import annotations

import pytest

from byhand.words import counted, duration


def test_a_noun_stands_in_the_plural_unless_there_is_one():
    assert counted(1, "mark") == "1 mark"
    assert counted(1, "mark", "A") == "A mark"
    assert [counted(n, "line") for n in (0, 2)] == ["0 lines", "2 lines"]


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [
        (0.0, "0.0 s"),
        (0.76, "0.8 s"),
        (9.96, "10 s"),
        (89, "89 s"),
        (90, "1.5 minutes"),
        (900, "15 minutes"),
        (5400, "1.5 hours"),
        (36_000, "10 hours"),
        (172_800, "2.0 days"),
        (1e12, "11,574,074 days"),
    ],
)
def test_a_duration_has_the_unit_that_people_would_use(seconds, expected):
    assert duration(seconds) == expected
