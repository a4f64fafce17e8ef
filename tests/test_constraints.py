"""Constraints: what they allow, in which words, and what a message looks like."""

from __future__ import annotations

import math
from types import SimpleNamespace
from typing import Any

import pytest

from byhand.constraints import (
    FLAG,
    TEXT,
    Choice,
    Constraint,
    Integer,
    Optional,
    Real,
    Rule,
    check_settings,
)
from byhand.errors import RecipeError


@pytest.mark.parametrize(
    ("constraint", "words", "right", "wrong"),
    [
        (Integer(1), "an integer of 1 or more", [1, 10**30], [0, 1.0, True, "1"]),
        (Real(0), "a finite number of 0 or more", [0, 0.0, 1e308], [-1e-9, math.inf]),
        (Real(0, above=True), "a finite number above 0", [5e-324], [0, -1, math.nan]),
        (Real(0, 1), "a number from 0 to 1", [0, 1, 0.5], [-0.1, 1.1, None, False]),
        (Real(0, 1, below=True), "a number from 0 to below 1", [0, 0.9], [1, 1.0]),
        (Real(0), "a finite number of 0 or more", [10**308], [10**309, "0", [0]]),
        (Choice("a", "b"), "one of a, b", ["a", "b"], ["c", "ab", None, ["a"]]),
        (Optional(Integer(1)), "an integer of 1 or more, or None", [1, None], [0]),
        (TEXT, "a text", ["", "x"], [None, 3, b"x"]),
        (FLAG, "True or False", [True, False], [0, 1, None, "yes"]),
    ],
)
def test_a_constraint_says_and_allows_the_same(
    constraint: Constraint, words: str, right: list[Any], wrong: list[Any]
):
    assert str(constraint) == words
    assert [value for value in right if not constraint.allows(value)] == []
    assert [value for value in wrong if constraint.allows(value)] == []


TABLE = {"low": Real(0, 1), "high": Real(0, 1)}
RULE = Rule(("low", "high"), "low below high", lambda s: s.low < s.high)


def test_settings_that_keep_everything_pass():
    check_settings("here", SimpleNamespace(low=0.1, high=0.2), TABLE, (RULE,))


def test_the_message_says_where_which_what_was_expected_and_what_was_found():
    with pytest.raises(RecipeError) as caught:
        check_settings("here", SimpleNamespace(low=0.1, high=7), TABLE, (RULE,))
    assert str(caught.value) == "here, high: expected a number from 0 to 1, got 7"


def test_a_broken_rule_names_its_settings():
    with pytest.raises(RecipeError) as caught:
        check_settings("here", SimpleNamespace(low=0.5, high=0.2), TABLE, (RULE,))
    assert str(caught.value) == "here: expected low below high, got low 0.5, high 0.2"


def test_a_long_value_is_cut_off():
    with pytest.raises(RecipeError) as caught:
        check_settings("here", SimpleNamespace(low="x" * 999, high=1), TABLE)
    assert str(caught.value).endswith("x…") and len(str(caught.value)) < 120
