"""docs/reading.md: its example is worked out right, and byhand agrees with it."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest

from byhand.reading.candidates import Candidate
from byhand.reading.lattice import (
    DIGIT,
    NEVER,
    SKIP,
    Lattice,
    Weights,
    backward,
    forward,
    gradients,
    posteriors,
    posteriors_given_text,
    viterbi,
)

TEXT = (Path(__file__).parents[1] / "docs" / "reading.md").read_text("utf-8")
BLOCKS = "\n".join(re.findall(r"^```text\n(.*?)^```", TEXT, flags=re.M | re.S))
LINES = re.findall(r"^(\w+)(?:\[([\d,]+)\])? = (.+) = (\S+)$", BLOCKS, flags=re.M)
SEGMENT = r"^(\d+) +(\d) to (\d) +(\S.*?) {2,}(\S.*)$"
NONE = 10


@pytest.fixture
def row() -> tuple[Lattice, Weights]:
    """The row of the example: weights as features, each of which counts once."""
    candidates, likely, skip = [], [], []
    for number, start, end, read, told in re.findall(SEGMENT, BLOCKS, flags=re.M):
        assert int(number) == len(candidates)
        candidates.append(Candidate(int(start), int(end), ()))
        weights = np.full(NONE + 1, NEVER)
        for reading, weight in zip(read.split(", "), told.split(", "), strict=True):
            digit = NONE if reading == "none" else int(reading)
            weights[digit] = math.log(int(weight))
        likely.append(weights[:NONE])
        skip.append([weights[NONE], *[0.0] * (len(SKIP) - 1)])
    digit = np.zeros((len(candidates), len(DIGIT) - 1))
    digit[:, DIGIT.index("each") - 1] = 1
    counts = Weights(np.eye(len(DIGIT))[0], np.eye(len(SKIP))[0])
    return Lattice(3, candidates, np.array(likely), digit, np.array(skip)), counts


def best_to(row: tuple[Lattice, Weights], node: int) -> float:
    """Return the weight of the best way to a node."""
    lattice, counts = row
    scores = lattice.scores(counts)
    kept = [n for n, s in enumerate(lattice.candidates) if s.end <= node]
    part = Lattice(node, [lattice.candidates[n] for n in kept], *[np.empty(0)] * 3)
    way = viterbi(part, scores[kept])
    return math.exp(sum(scores[kept[n], digit] for n, digit in way))


def read_as_one(row: tuple[Lattice, Weights], node: int) -> float:
    """Return the weight of all ways to a node that read 1 and no more."""
    lattice, counts = row
    kept = [n for n, s in enumerate(lattice.candidates) if s.end <= node]
    part = Lattice(node, [lattice.candidates[n] for n in kept], *[np.empty(0)] * 3)
    return math.exp(posteriors_given_text(part, lattice.scores(counts)[kept], [1])[1])


def computed(row: tuple[Lattice, Weights], name: str, index: str) -> float:
    """Return what byhand says that a line of the example should say."""
    lattice, counts = row
    scores = lattice.scores(counts)
    total = np.logaddexp.reduce(scores, axis=1)
    p, log_z = posteriors(lattice, scores)
    loss, found = gradients(lattice, counts, [0, 1])
    each = DIGIT.index("each")
    if name == "p":
        return float(p[ast.literal_eval(index)])
    if name == "P":
        text = [int(digit) for digit in index]
        return math.exp(posteriors_given_text(lattice, scores, text)[1] - log_z)
    nodes = {
        "a": lambda node: math.exp(forward(lattice, total)[node]),
        "b": lambda node: math.exp(backward(lattice, total)[node]),
        "best": lambda node: best_to(row, node),
        "one": lambda node: read_as_one(row, node),
    }
    if name in nodes:
        return nodes[name](int(index))
    return {"loss": loss, "every": p[:, :NONE].sum(), "each": found.digit[each]}[name]


@pytest.mark.parametrize(("name", "index", "sum_", "value"), LINES)
def test_each_line_of_the_example_is_right(row, name, index, sum_, value):
    names = {"log": math.log, "max": max, "__builtins__": {}}
    assert eval(sum_, names) == pytest.approx(float(value), abs=5e-6)
    assert computed(row, name, index) == pytest.approx(float(value), abs=5e-6)


def test_the_example_has_all_numbers_that_are_not_0(row):
    lattice, counts = row
    p, _ = posteriors(lattice, lattice.scores(counts))
    told = {ast.literal_eval(index) for name, index, _, _ in LINES if name == "p"}
    assert told == {(int(n), int(digit)) for n, digit in np.argwhere(p > 1e-9)}
    counted = [name for name, *_ in LINES]
    assert [counted.count(name) for name in ("a", "b", "best", "one")] == [3] * 4


def test_the_best_way_of_the_example_is_the_one_told(row):
    lattice, counts = row
    assert viterbi(lattice, lattice.scores(counts)) == [(2, 0), (3, 1)]


def test_every_feature_is_explained():
    digit, skip = re.findall(r"^\| feature .*?\n((?:\|.*\n)+)", TEXT, flags=re.M)
    for table, names in ((digit, DIGIT), (skip, SKIP)):
        told = [row.split("|")[1] for row in table.splitlines()[1:]]
        assert sorted(re.findall(r"`(\w+)`", "".join(told))) == sorted(names)
