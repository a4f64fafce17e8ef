"""docs/tiny.py and docs/network.py: their gradients are right, and they learn MNIST."""

from __future__ import annotations

import gzip
import importlib
import inspect
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

import byhand
from byhand.nn.gradcheck import numerical_gradient

DOCS = Path(__file__).parents[1] / "docs"


@pytest.fixture
def tiny(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(DOCS))
    monkeypatch.setenv("OPENBLAS_NUM_THREADS", "1")
    return importlib.import_module("tiny")


@pytest.fixture
def network(tiny: ModuleType) -> ModuleType:
    return importlib.import_module("network")


def run(*words: str) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    command = [sys.executable, str(DOCS / "tiny.py"), *words]
    done = subprocess.run(
        command, env=environment, capture_output=True, check=True, timeout=300
    )
    return done.stdout.decode("utf-8")


def test_tiny_learns_mnist_and_draws_ten_digits():
    printed = run("--seed", "0")
    (right,) = re.findall(r"(\d+\.\d+)% of 10000 test images right", printed)
    assert float(right) >= 95.6
    assert re.findall(r"\d", printed.partition(" s\n")[2])[:8] == [*"72104149"]
    assert len(re.findall(r"^[\u2800-\u28ff]{70}$", printed, re.M)) == 14


def test_tiny_is_short_and_needs_numpy_alone():
    text = (DOCS / "tiny.py").read_text("utf-8")
    assert len(text.splitlines()) < 120
    imported = re.findall(r"^(?:import|from) (\w+)", text, re.M)
    assert {*imported} - sys.stdlib_module_names == {"numpy"}


def test_tiny_reads_a_folder_of_plain_or_gzipped_files(tiny, tmp_path, rng):
    images = rng.integers(0, 256, (3, 28, 28)).astype(np.uint8)
    labels = np.array([3, 1, 4], np.uint8)
    byhand.save_idx(tmp_path / "train-images-idx3-ubyte", images)
    byhand.save_idx(tmp_path / "labels", labels)
    packed = gzip.compress((tmp_path / "labels").read_bytes())
    (tmp_path / "train-labels-idx1-ubyte.gz").write_bytes(packed)
    x, found = tiny.load(tmp_path, "train")
    assert np.array_equal(np.rint(x * 255), images.reshape(3, 784))
    assert x.dtype == np.float32
    assert np.array_equal(found, labels)


def test_the_gradients_of_tiny_are_those_of_central_differences(tiny, monkeypatch, rng):
    monkeypatch.setattr(tiny, "SIZES", (7, 5, 4, 3))
    params = [(w.astype(float), b.astype(float) + 0.1) for w, b in tiny.start(rng)]
    x, labels = rng.uniform(0, 1, (6, 7)), rng.integers(0, 3, 6)
    _, grads = tiny.loss_and_gradients(params, x, labels)
    for pair, gradients in zip(params, grads, strict=True):
        for array, gradient in zip(pair, gradients, strict=True):
            expected = numerical_gradient(
                lambda: tiny.loss_and_gradients(params, x, labels)[0], array
            )
            np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-9)


def test_tiny_draws_a_dot_for_each_pixel_with_ink(tiny):
    image = np.zeros((28, 28))
    image[0, 0] = image[27, 27] = image[5, 2] = 1  # first, last, second dot of a cell
    lines = tiny.drawn(image.reshape(784))
    assert [len(line) for line in lines] == [14] * 7
    assert (lines[0][0], lines[6][13], lines[1][1]) == ("⠁", "⢀", "⠂")
    assert "".join(lines).count("\u2800") == 7 * 14 - 3


def test_tiny_names_sections_of_the_mathematics():
    named = re.findall(r"# (Dense|ReLU|Softmax|Cross-entropy|Gradient descent)\b",
                       (DOCS / "tiny.py").read_text("utf-8"))  # fmt: skip
    headings = re.findall(r"^## (.+)$", (DOCS / "mathematics.md").read_text(), re.M)
    assert len({*named}) == 5
    assert {*named, "Pixels", "How the weights start"} <= {*headings}


def columns(rng: np.random.Generator, count: int) -> list[tuple[np.ndarray, ...]]:
    ones = np.eye(3)[rng.integers(0, 3, count)]
    return [(rng.uniform(0, 1, (6, 1)), one[:, None]) for one in ones]


def test_backprop_gives_the_central_differences_of_the_cost(network, rng):
    net = network.Network([6, 5, 4, 3], seed=1)
    x, y = (np.hstack(side) for side in zip(*columns(rng, 7), strict=True))

    def cost() -> float:
        return float(((net.feedforward(x) - y) ** 2).sum() / 2)

    found = net.backprop(x, y)
    for arrays, gradients in zip((net.biases, net.weights), found, strict=True):
        for array, gradient in zip(arrays, gradients, strict=True):
            assert gradient.shape == array.shape
            expected = numerical_gradient(cost, array)
            np.testing.assert_allclose(gradient, expected, rtol=1e-6, atol=1e-9)


def test_a_mini_batch_moves_by_the_mean_gradient_of_its_images(network, rng):
    net, batch = network.Network([6, 4, 3], seed=1), columns(rng, 5)
    before = [w.copy() for w in net.weights]
    each = [net.backprop(x, y)[1] for x, y in batch]
    net.update_mini_batch(batch, 0.5)
    for layer, (old, new) in enumerate(zip(before, net.weights, strict=True)):
        mean = sum(nabla_w[layer] for nabla_w in each) / 5
        np.testing.assert_allclose(new, old - 0.5 * mean, rtol=1e-12)


def test_network_has_the_names_and_arguments_of_the_book(network):
    methods = {
        "feedforward": ["a"],
        "SGD": ["training_data", "epochs", "mini_batch_size", "eta", "test_data"],
        "update_mini_batch": ["mini_batch", "eta"],
        "backprop": ["x", "y"],
        "evaluate": ["test_data"],
        "cost_derivative": ["output_activations", "y"],
    }
    for name, arguments in methods.items():
        function = getattr(network.Network, name)
        assert [*inspect.signature(function).parameters][1:] == arguments
    net = network.Network([6, 4, 3])
    assert (net.sizes, net.num_layers) == ([6, 4, 3], 3)
    assert [w.shape for w in net.weights] == [(4, 6), (3, 4)]
    assert [b.shape for b in net.biases] == [(4, 1), (3, 1)]
    z = np.array([-800.0, -1.0, 0.0, 1.0, 800.0])
    expected = [0, 1 / (1 + np.e), 0.5, np.e / (1 + np.e), 1]
    np.testing.assert_allclose(network.sigmoid(z), expected, atol=1e-15)
    slope = (network.sigmoid(z + 1e-6) - network.sigmoid(z - 1e-6)) / 2e-6
    np.testing.assert_allclose(network.sigmoid_prime(z), slope, atol=1e-9)


def test_network_learns_mnist_in_a_few_epochs(network, capsys):
    training, validation, test = network.load_data_wrapper()
    assert [len(part) for part in (training, validation, test)] == [50000, 10000, 10000]
    assert (training[0][0].shape, training[0][1].ravel().tolist()) == (
        (784, 1),
        np.eye(10)[5].tolist(),
    )
    net = network.Network([784, 30, 10], seed=0)
    net.SGD(iter(training), 6, 10, 3.0, test_data=iter(test))
    scores = re.findall(r"^Epoch (\d): (\d+) / 10000$", capsys.readouterr().out, re.M)
    assert [int(epoch) for epoch, _ in scores] == [*range(6)]
    assert int(scores[-1][1]) == net.evaluate(test) >= 9350
