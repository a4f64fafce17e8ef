"""Rows learnt through the lattice: its gradient goes on into the network."""

from dataclasses import replace

import numpy as np
import pytest
from numpy.testing import assert_allclose

import byhand
from byhand.nn import SGD
from byhand.nn.crf import NEVER
from byhand.nn.gradcheck import numerical_gradient
from byhand.reading.candidates import Candidate
from byhand.reading.lattice import Lattice, log_probabilities
from byhand.reading.lattice_reader import LatticeReader
from byhand.reading.lattice_weights import GROUPS, LatticeWeights
from byhand.reading.symbols import DIGITS, REJECT, SYMBOLS
from byhand.training.fit_lattice import FitSettings, touching_rows
from byhand.training.global_rows import row_examples, row_gradients, score_gradients

SPANS = [(0, 1), (1, 2), (0, 2), (2, 3), (1, 3)]  # nodes of candidates
POINT = SYMBOLS.index(".")


@pytest.fixture
def weights(rng):
    return LatticeWeights(
        **{group: rng.standard_normal(len(names)) for group, names in GROUPS.items()}
    )


@pytest.fixture
def tables(rng):
    """All of a lattice but what the network of single digits says."""
    tables = {
        group: rng.standard_normal((len(SPANS), len(names) - 2))
        for group, names in GROUPS.items()
    }
    tables["reject"][2] = np.nan
    heard = np.log(rng.dirichlet(np.ones(REJECT + 1), len(SPANS)))
    return {"heard": heard, **tables}


def lattice_of(scores, tables):
    candidates = [Candidate(a, b, ()) for a, b in SPANS]
    return Lattice(candidates, log_probabilities(scores), **tables)


@pytest.mark.parametrize("text", [(), (3,), (1, 2), (0, 9, 9), (1, POINT, 2)])
def test_the_gradient_agrees_with_central_differences(rng, weights, tables, text):
    scores = rng.standard_normal((len(SPANS), len(DIGITS) + 1))

    def loss():
        lattice = lattice_of(scores, tables)
        return score_gradients(lattice, weights, text, scores)[0]

    found = score_gradients(lattice_of(scores, tables), weights, text, scores)[1]
    assert_allclose(found, numerical_gradient(loss, scores), rtol=1e-6, atol=1e-8)


def test_what_cannot_be_rejected_has_no_gradient_as_such(rng, weights, tables):
    scores = rng.standard_normal((len(SPANS), len(DIGITS) + 1))
    lattice = lattice_of(scores, tables)
    assert lattice.scores(weights)[2, -1] == NEVER
    assert np.isfinite(score_gradients(lattice, weights, (1,), scores)[1]).all()


@pytest.fixture(scope="module")
def model():
    return byhand.load()


@pytest.fixture(scope="module")
def example(model):
    test = byhand.load_dataset("mnist").test
    reader = LatticeReader(model)
    found = touching_rows((test.images, test.labels), FitSettings(rows=3), reader)
    return next(row_examples(found, reader.weights))


def test_a_row_has_an_image_for_each_candidate(example, model):
    assert example.images.shape == (len(example.lattice.candidates), 28, 28)
    assert len(example.text) == 5


def test_rows_that_no_path_writes_are_left_out(model):
    test = byhand.load_dataset("mnist").test
    reader = LatticeReader(model)
    found = touching_rows((test.images, test.labels), FitSettings(rows=1), reader)
    impossible = [(evidence, [1] * 99) for evidence, _ in found]
    assert impossible
    assert not list(row_examples(impossible, reader.weights))


def test_the_text_is_as_likely_as_the_reader_has_it(example, model):
    """Of the images of its candidates, through the lattice: nothing else is needed."""
    weights, temperature = LatticeReader(model).weights, model.calibration.temperature
    expected = score_gradients(
        example.lattice, weights, example.text, np.zeros((len(example.images), 11))
    )[0]
    found = row_gradients(model.network, example, weights, temperature)[0]
    assert_allclose(found, -np.log(np.exp(-expected) + 1e-3), rtol=1e-4, atol=1e-6)


def test_steps_down_the_gradient_make_the_text_likelier(example, model):
    network = model.network.with_arrays(
        {name: a.copy() for name, a in model.network.arrays.items()}
    )
    weights = LatticeReader(model).weights
    weights = replace(weights, digit=np.append(1.0, weights.digit[1:]))
    temperature, optimizer, losses = 3.0, SGD(0.0), []
    for _ in range(6):
        loss, grads = row_gradients(network, example, weights, temperature)
        losses.append(loss)
        optimizer.step(network.params, grads, 0.005)
    assert losses[-1] < losses[0]
