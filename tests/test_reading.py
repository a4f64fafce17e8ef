"""docs/reading.md: its example is worked out right, and byhand agrees with it."""

from __future__ import annotations

import ast
import math
import re
from pathlib import Path

import numpy as np
import pytest

from byhand.nn.crf import (
    NEVER,
    Edges,
    backward,
    forward,
    posteriors,
    posteriors_given_text,
)
from byhand.nn.product import viterbi
from byhand.reading.candidates import Candidate
from byhand.reading.lattice import Lattice, gradients
from byhand.reading.lattice_weights import (
    DIGIT_FEATURES,
    GROUPS,
    LatticeWeights,
)
from byhand.reading.symbols import REJECT

TEXT = (Path(__file__).parents[1] / "docs" / "reading.md").read_text("utf-8")
BLOCKS = "\n".join(re.findall(r"^```text\n(.*?)^```", TEXT, flags=re.M | re.S))
LINES = re.findall(r"^(\w+)(?:\[([\d,]+)\])? = (.+) = (\S+)$", BLOCKS, flags=re.M)
CANDIDATE = r"^(\d+) +(\d) to (\d) +(\S.*?) {2,}(\S.*)$"


@pytest.fixture
def row() -> tuple[Lattice, LatticeWeights]:
    """The row of the example: weights as features, each of which counts once."""
    candidates, likely = [], []
    for number, start, end, read, given in re.findall(CANDIDATE, BLOCKS, flags=re.M):
        assert int(number) == len(candidates)
        candidates.append(Candidate(int(start), int(end), ()))
        weights = np.full(REJECT + 1, NEVER)
        for reading, weight in zip(read.split(", "), given.split(", "), strict=True):
            digit = REJECT if reading == "rejected" else int(reading)
            weights[digit] = math.log(int(weight))
        likely.append(weights)
    tables = {
        group: np.zeros((len(candidates), len(names) - 2))
        for group, names in GROUPS.items()
    }
    tables["digit"][:, DIGIT_FEATURES.index("each") - 2] = 1
    counts = {group: np.eye(len(names))[0] for group, names in GROUPS.items()}
    every = np.array(likely)
    lattice = Lattice(candidates, every, np.zeros_like(every), **tables)
    return lattice, LatticeWeights(**counts)


def best_to(row: tuple[Lattice, LatticeWeights], node: int) -> float:
    """Return the weight of the best path to a node."""
    lattice, counts = row
    scores = lattice.scores(counts)
    kept = np.flatnonzero(lattice.edges.ends <= node)
    part = Edges(lattice.edges.starts[kept], lattice.edges.ends[kept])
    path = viterbi(part, scores[kept])
    return math.exp(sum(scores[kept[n], digit] for n, digit in path))


def read_as_one(row: tuple[Lattice, LatticeWeights], node: int) -> float:
    """Return the weight of all paths to a node that read 1 and no more."""
    lattice, counts = row
    kept = np.flatnonzero(lattice.edges.ends <= node)
    part = Edges(lattice.edges.starts[kept], lattice.edges.ends[kept])
    return math.exp(posteriors_given_text(part, lattice.scores(counts)[kept], [1])[1])


def computed(row: tuple[Lattice, LatticeWeights], name: str, index: str) -> float:
    """Return what byhand says that a line of the example should say."""
    lattice, counts = row
    scores = lattice.scores(counts)
    total = np.logaddexp.reduce(scores, axis=1)
    p, log_z = posteriors(lattice.edges, scores)
    loss, found = gradients(lattice, counts, [0, 1])
    each = DIGIT_FEATURES.index("each")
    if name == "p":
        return float(p[ast.literal_eval(index)])
    if name == "P":
        text = [int(digit) for digit in index]
        return math.exp(posteriors_given_text(lattice.edges, scores, text)[1] - log_z)
    nodes = {
        "a": lambda node: math.exp(forward(lattice.edges, total)[node]),
        "b": lambda node: math.exp(backward(lattice.edges, total)[node]),
        "best": lambda node: best_to(row, node),
        "one": lambda node: read_as_one(row, node),
    }
    if name in nodes:
        return nodes[name](int(index))
    return {"loss": loss, "every": p[:, :REJECT].sum(), "each": found.digit[each]}[name]


@pytest.mark.parametrize(("name", "index", "sum_", "value"), LINES)
def test_each_line_of_the_example_is_right(row, name, index, sum_, value):
    names = {"log": math.log, "max": max, "__builtins__": {}}
    assert eval(sum_, names) == pytest.approx(float(value), abs=5e-6)
    assert computed(row, name, index) == pytest.approx(float(value), abs=5e-6)


def test_the_example_has_all_numbers_that_are_not_0(row):
    lattice, counts = row
    p, _ = posteriors(lattice.edges, lattice.scores(counts))
    named = {ast.literal_eval(index) for name, index, _, _ in LINES if name == "p"}
    assert named == {(int(n), int(digit)) for n, digit in np.argwhere(p > 1e-9)}
    counted = [name for name, *_ in LINES]
    assert [counted.count(name) for name in ("a", "b", "best", "one")] == [3] * 4


def test_the_viterbi_path_of_the_example_is_the_one_named(row):
    lattice, counts = row
    assert viterbi(lattice.edges, lattice.scores(counts)) == [(2, 0), (3, 1)]


def test_every_feature_is_explained():
    tables = re.findall(r"^\| feature .*?\n((?:\|.*\n)+)", TEXT, flags=re.M)
    for table, names in zip(tables, GROUPS.values(), strict=True):
        named = [row.split("|")[1] for row in table.splitlines()[1:]]
        assert sorted(re.findall(r"`(\w+)`", "".join(named))) == sorted(names)
