"""The words are the field's own: none of the private vocabulary of before is left."""

from __future__ import annotations

import io
import keyword
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
CODE = [
    path
    for folder in ("src", "benchmarks", "tests")
    for path in sorted((ROOT / folder).rglob("*.py"))
    if path != Path(__file__)
]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted(ROOT.glob("docs/*.md"))]

# Parts of identifiers, and what they are called now.
NAMES = {
    "afresh": "replacement",
    "grain": "noise_level",
    "having": "with_arrays",
    "look": "pass, or PageResult",
    "looks": "passes",
    "piece": "fragment",
    "pieces": "fragments",
    "standing": "position_marginal",
    "surely": "expected_correct_symbols",
    "surprise": "base_error_rate",
    "told": "explain",
    "way": "path",
    "ways": "paths",
    "whole": "component",
    "wholes": "components",
}
# Phrases of comments, messages and pages.
PHRASES = {
    r"(?<![\"`])afresh": "from scratch, or again",
    r"best way": "best path, or Viterbi path",
    r"complained of": "reported",
    r"grain": "noise",
    r"look again|looked at again": "a second pass",
    r"on the average": "on average",
    r"set upright": "deslanted",
    r"so many": "up to, or that many",
    r"output for something else": "reject class",
    r"to the same bits": "bit for bit",
    r"told": "described, or detected",
}


def names(text: str) -> Iterator[tuple[int, str]]:
    """Yield the line and each lower-case part of each identifier of a program."""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        # a test's name is a sentence
        sentence = token.string.startswith(("test_", "Test"))
        if token.type != tokenize.NAME or sentence:
            continue
        if not keyword.iskeyword(token.string):
            for part in re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", token.string):
                yield token.start[0], part.lower()


def old_names(text: str) -> list[str]:
    return [
        f"line {line}: {part}; write {NAMES[part]}"
        for line, part in names(text)
        if part in NAMES
    ]


def old_phrases(text: str) -> list[str]:
    return [
        f"line {number}: {found.group()}; write {new}"
        for number, line in enumerate(text.splitlines(), 1)
        for old, new in PHRASES.items()
        if (found := re.search(rf"\b({old})\b", line, re.I))
    ]


@pytest.mark.parametrize("path", CODE, ids=lambda path: str(path.relative_to(ROOT)))
def test_no_identifier_is_of_the_old_vocabulary(path: Path):
    assert old_names(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    "path", [*CODE, *PAGES], ids=lambda path: str(path.relative_to(ROOT))
)
def test_no_sentence_is_of_the_old_vocabulary(path: Path):
    assert old_phrases(path.read_text("utf-8")) == []


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("best_way = 1", ["line 1: way; write path"]),
        ("x = 1\nMOST_PIECES = 2", ["line 2: pieces; write fragments"]),
        ("class RowLook: pass", ["line 1: look; write pass, or PageResult"]),
        ("always = lookup = 'way'  # a way", []),
    ],
)
def test_old_names_are_found_wherever_they_stand(text: str, found: list[str]):
    assert old_names(text) == found


@pytest.mark.parametrize(
    ("text", "count"),
    [("On the average, so many degrees", 2), ("bit for bit; averages; retold", 0)],
)
def test_old_phrases_are_found(text: str, count: int):
    assert len(old_phrases(text)) == count
