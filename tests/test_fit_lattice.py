"""byhand.training.fit_lattice: weights fitted on drawn rows make these likelier."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import byhand
from byhand.reading.lattice import gradients
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.lattice_weights import LatticeWeights
from byhand.reading.symbols import SYMBOLS, is_mark
from byhand.training.fit_lattice import (
    FIT,
    Example,
    composed_rows,
    examples,
    fit,
    fit_lattice,
    touching_rows,
)
from byhand.training.page_rows import page_rows

FEW = replace(FIT, rows=2, composed=3, pages=2, steps=2)


@pytest.fixture(scope="module")
def reader() -> LatticeReader:
    return LatticeReader(byhand.load())


@pytest.fixture(scope="module")
def digits():
    test = byhand.load_dataset("mnist").test
    return test.images[:300], test.labels[:300]


@pytest.fixture(scope="module")
def rows(digits, reader) -> list[Example]:
    return list(examples(touching_rows(digits, replace(FEW, rows=6), reader), reader))


def loss(weights: LatticeWeights, rows: list[Example]) -> float:
    return float(np.mean([gradients(row, weights, text)[0] for row, text in rows]))


def test_fitting_makes_the_right_texts_likelier(rows, reader):
    assert len(rows) >= 4
    steps: list[int] = []
    settings = replace(FIT, steps=30)
    fitted = fit(rows, reader.weights, settings, lambda step, _: steps.append(step))
    assert loss(fitted, rows) < loss(reader.weights, rows)
    assert steps == list(range(30))


def test_rows_without_hope_do_not_spoil_the_others(rows, reader):
    hopeless = [(row, [(d + 1) % 10 for d in text]) for row, text in rows]
    assert loss(reader.weights, hopeless) > 20
    kept, pulled = (
        loss(fit(rows + hopeless, reader.weights, replace(FIT, hopeless=h)), rows)
        for h in (1e-3, 1e-300)
    )
    assert kept < pulled / 2


def test_the_same_images_give_the_same_weights_rounded(digits):
    model = byhand.load()
    first, again = (fit_lattice(model, *digits, FEW).as_dict() for _ in range(2))
    assert first == again
    values = [v for named in first.values() for v in named.values()]
    assert values == [round(v, 3) for v in values]
    assert first != model.info["reading"]


def test_composed_rows_have_marks_and_what_they_show_is_found(digits, reader):
    found = list(composed_rows(digits, replace(FIT, composed=40), reader))
    assert len(found) > 30
    assert any(is_mark(symbol) for _, text in found for symbol in text)
    right = sum(
        [k for _, k in row.path if k < len(SYMBOLS)] == text for row, text in found
    )
    assert right > len(found) / 3


def test_rows_of_pages_have_the_text_of_their_line(digits, reader):
    found = list(page_rows(digits, 6, 0, reader))
    assert sum(bool(text) for _, text in found) > 5
    for row, text in found:
        if text:
            assert 0 < len(row.row.fragments)
    lines = [text for _, text in found if text]
    right = sum(
        [k for _, k in row.path if k < len(SYMBOLS)] == text for row, text in found
    )
    assert right > len(lines) / 4
