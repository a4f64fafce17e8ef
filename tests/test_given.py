"""byhand.plots takes what the library returns, and draws what it draws of arrays."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import byhand
from byhand import nn, plots
from byhand.errors import DataError, ModelError
from byhand.model import Model
from byhand.training.state import Epoch

NAMES = ("a", "b", "c")


@pytest.fixture(scope="module")
def model() -> Model:
    text = "pixels | flatten | dense 3"
    network = nn.build(text, (6, 5), rng=np.random.default_rng(1))
    epoch = Epoch(1, 5, 0.5, 0.8, 0.7, 0.1, 1.0, 0.6)
    return Model(network, NAMES, (6, 5), {"history": [vars(epoch)]})


@pytest.fixture(scope="module")
def dataset() -> byhand.Dataset:
    rng = np.random.default_rng(2)
    images = rng.integers(0, 256, (30, 6, 5)).astype(np.uint8)
    split = byhand.Split(images, np.arange(30) % 3)
    return byhand.Dataset("mine", split, split[:20], NAMES)


def drawn(figure: Any) -> bytes:
    file = io.BytesIO()
    figure.savefig(file, format="raw")
    return file.getvalue()


def test_results_are_drawn_as_their_arrays_are(model, dataset):
    found, test = byhand.evaluate(model, dataset), dataset.test
    wrong = found.mistakes
    history = [Epoch(**epoch) for epoch in model.info["history"]]
    result = byhand.Result(model, tuple(history), 1.0, 30, 5)
    recognition = byhand.recognise(test.images[0], model)
    p = (found.predictions, found.confidences)
    pairs = {
        "confusion": (
            plots.confusion(found),
            plots.confusion(found.confusion, NAMES),
        ),
        "mistakes": (
            plots.mistakes(found, dataset),
            plots.mistakes(
                test.images[wrong], test.labels[wrong], p[0][wrong], p[1][wrong], NAMES
            ),
        ),
        "mistakes of a split": (
            plots.mistakes(found, test),
            plots.mistakes(found, (test.images, test.labels)),
        ),
        "digits": (
            plots.digits(found, test),
            plots.digits(
                test.images[:10], test.labels[:10], p[0][:10], p[1][:10], NAMES
            ),
        ),
        "history": (plots.history(result), plots.history(history)),
        "history of a model": (plots.history(model), plots.history(history)),
        "samples": (
            plots.samples(dataset),
            plots.samples(dataset.train.images, dataset.train.labels, NAMES),
        ),
        "samples of a split": (
            plots.samples(test),
            plots.samples(test.images, test.labels, ["0", "1", "2"]),
        ),
        "digit": (
            plots.digit(recognition),
            plots.digit(recognition.image, recognition.probabilities, NAMES),
        ),
        "weights": (
            plots.weights(model),
            plots.weights(model.network.params["2.w"], (6, 5)),
        ),
    }
    for name, (from_result, from_arrays) in pairs.items():
        assert drawn(from_result) == drawn(from_arrays), name


def test_a_convolution_shows_its_windows():
    title = plots.weights(byhand.load()).get_suptitle()
    assert title.startswith("What 32 ")


@pytest.mark.parametrize(
    ("draw", "error", "message"),
    [
        (lambda e, d: plots.mistakes(e, None), DataError, r"evaluated, got NoneType"),
        (lambda e, d: plots.mistakes(e, d.train), DataError, "the 20 images.*got 30"),
        (lambda e, d: plots.mistakes(d.test.images, d.test.labels), DataError, "predi"),
        (lambda e, d: plots.digits(d.test.images, d.test.labels), DataError, "predict"),
        (lambda e, d: plots.digit(d.test.images[0]), DataError, "probabilities"),
        (lambda e, d: plots.samples(d.test.images), DataError, "labels"),
    ],
)
def test_what_is_missing_is_said_in_one_line(draw, error, message, model, dataset):
    with pytest.raises(error, match=message):
        draw(byhand.evaluate(model, dataset), dataset)


def test_a_model_without_a_record_has_no_history_to_draw():
    network = nn.build("pixels | flatten | dense 3", (6, 5))
    with pytest.raises(ModelError, match="with a history"):
        plots.history(Model(network, NAMES, (6, 5)))


def test_every_function_has_an_example():
    for name in plots.__all__:
        assert f"plots.{name}(" in getattr(plots, name).__doc__, name


def test_a_figure_can_be_saved(model, dataset, tmp_path: Path):
    figure = plots.confusion(byhand.evaluate(model, dataset))
    assert plots.save(figure, tmp_path / "a.png").exists()
