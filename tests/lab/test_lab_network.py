"""The network in the page answers and learns as Python's does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from page_modules import file_of, module_page, shipped_file, text_of

import byhand
from byhand.model import Model
from byhand.nn.losses import softmax_cross_entropy
from byhand.nn.network import LAYERS, NO_RUN, build

RUN = """([file, images, count, calibration]) => {
  const network = lab.model(file), size = network.shape[0] * network.shape[1];
  const pixels = lab.bytes(images);
  return Array.from({ length: count }, (_, n) => {
    const image = pixels.subarray(n * size, (n + 1) * size);
    const logits = network.logits(network.forward(image));
    const found = lab.answer(logits, calibration);
    return { ...found, probabilities: [...found.probabilities], logits: [...logits] };
  });
}"""
# every kind of layer, in networks small enough to move each weight
ARCHITECTURES = [
    "pixels 1/255 -0.3 | flatten | dense 6 | relu | dropout 0.4 | dense 5",
    "pixels 1/255 | conv 3 3x2 stride 2 pad 1 | batchnorm | relu | flatten | dense 5",
    "pixels 1/255 | crop 1 | conv 4 3x3 | relu | maxpool 2x1 | flatten | dense 5",
    "pixels 1/255 | conv 4 3x3 pad 1 | relu | avgpool 2 | globalpool | dense 5",
    "pixels 1/255 | conv 4 3x3 pad 1 | as half | relu | conv 4 3x3 pad 1 | add half "
    "| relu | as more | avgpool 2 | upsample 2 | concat more | pixelshuffle 2 "
    "| conv 2 3x3 | flatten | batchnorm eps 0.001 | dense 5",
]


@pytest.fixture(scope="module")
def modules(chromium):
    yield from module_page(chromium)


def calibration(model: Model) -> dict[str, Any]:
    settings = model.calibration
    return {
        "temperature": settings.temperature,
        "threshold": settings.threshold,
        "reject": model.has_reject_class,
    }


def answers(page: Any, file: str, images: np.ndarray, model: Model) -> list[Any]:
    data = [file, text_of(images), len(images), calibration(model)]
    return page.evaluate(RUN, data)


def compare(page: Any, file: str, images: np.ndarray, model: Model) -> None:
    found = answers(page, file, images, model)
    probabilities = np.array([each["probabilities"] for each in found])
    expected, digits = model.assess(images)
    assert np.abs(probabilities - expected).max() <= 1e-4
    assert [each["best"] for each in found] == list(expected.argmax(axis=1))
    # a score on the threshold itself may fall on either side of it
    scores = np.array([each["score"] for each in found])
    clear = np.abs(scores - model.calibration.threshold) > 1e-3
    drawn = images.any(axis=(1, 2))
    accepted = np.array([each["accepted"] for each in found])
    assert (accepted == digits)[clear & drawn].all()


def test_a_thousand_test_images_have_the_same_probabilities(modules):
    images = byhand.load_dataset("mnist").test.images[:1000]
    compare(modules, shipped_file(), images, byhand.load())


@pytest.mark.parametrize(("shape", "classes"), [((8, 8), 10), ((12, 9), 26)])
def test_own_models_of_other_sizes_and_classes_answer_alike(
    modules,
    tmp_path,
    rng,
    shape,
    classes,
):
    text = f"pixels 1/255 | conv 6 3x3 | relu | maxpool 2 | flatten | dense {classes}"
    names = [chr(ord("a") + number) for number in range(classes)]
    model = Model(build(text, shape, rng=rng), names, shape)
    images = rng.integers(0, 256, (50, *shape)).astype(np.uint8)
    compare(modules, file_of(model, tmp_path), images, model)


GRADIENTS = """([file, image, label]) => {
  const network = lab.model(file);
  const pixels = lab.bytes(image), pass = network.forward(pixels);
  const back = network.backward(pass, label);
  const grads = {}, differences = {}, written = {};
  back.grads.forEach((byName, layer) => {
    for (const [name, { data }] of Object.entries(byName)) {
      const places = [0, data.length >> 1, data.length - 1];
      grads[`${layer}.${name}`] = [...data];
      differences[`${layer}.${name}`] = places.map((index) =>
        lab.centralDifference(network, pixels, label, layer, name, index));
      written[`${layer}.${name}`] = places.map((index) =>
        lab.weightTerms(network, pass, back, layer, name, index).sum);
    }
  });
  const dpixels = [...back.dinputs[0].data];
  return { loss: back.loss, grads, differences, written, dpixels };
}"""


def close(found: Any, expected: Any, scale: float) -> None:
    """Assert that numbers are equal within a thousandth of them, or of the largest."""
    expected = np.asarray(expected, float)
    error = np.abs(np.asarray(found, float) - expected)
    assert (error <= 1e-3 * np.maximum(np.abs(expected), 1e-3 * scale)).all()


def own_model(text: str, rng: np.random.Generator) -> Model:
    """Return a model whose biases and batch norms are not those of the start."""
    network = build(text, (8, 6), rng=rng)
    for name, array in network.arrays.items():
        noise = rng.uniform(0.2, 1, array.shape)
        array += (noise if name.endswith("var") else noise - 0.5).astype(np.float32)
    return Model(network, list("abcde"), (8, 6))


@pytest.mark.parametrize("text", ARCHITECTURES)
def test_gradients_are_those_of_python_and_of_the_central_difference(
    modules,
    tmp_path,
    rng,
    text,
):
    model = own_model(text, rng)
    image = rng.integers(1, 256, (1, 8, 6)).astype(np.uint8)
    found = modules.evaluate(GRADIENTS, [file_of(model, tmp_path), text_of(image), 2])

    model.network.astype(np.float64)
    logits, caches = model.network.forward(image, NO_RUN)
    loss, dlogits = softmax_cross_entropy(logits, np.array([2]))
    grads = model.network.backward(dlogits, caches)

    assert found["loss"] == pytest.approx(loss, rel=1e-4)
    assert found["grads"].keys() == grads.keys()
    for name, expected in grads.items():
        flat, scale = expected.ravel(), np.abs(expected).max()
        close(found["grads"][name], flat, scale)
        places = [0, flat.size >> 1, flat.size - 1]
        close(found["differences"][name], flat[places], scale)
        close(found["written"][name], flat[places], scale)


def test_every_kind_of_layer_is_in_the_networks_above():
    kinds = {layer.split()[0] for text in ARCHITECTURES for layer in text.split(" | ")}
    assert kinds == LAYERS.keys()


def test_the_page_knows_the_kinds_that_python_knows(modules):
    assert set(modules.evaluate("Object.keys(lab.LAYERS)")) == LAYERS.keys()


SUMS = """([file, image]) => {
  const network = lab.model(file), pass = network.forward(lab.bytes(image));
  return network.layers.map(({ index, kind }) => {
    const size = pass.outputs[index].data.length;
    return Array.from({ length: 20 }, (_, n) => {
      const unit = (n * 7919) % size;
      const { sum, value, winner } = lab.terms(network, pass, index, unit);
      const x = winner === undefined ? null : pass.inputs[index].data[winner];
      return { kind, value, winner: x, sum: kind === "relu" ? Math.max(sum, 0) : sum };
    });
  }).flat();
}"""


@pytest.mark.parametrize("text", [None, *ARCHITECTURES])
def test_written_out_sums_are_the_units_activations(
    modules,
    tmp_path,
    rng,
    text,
):
    model = own_model(text, rng) if text else byhand.load()
    height, width = model.grey_shape
    image = byhand.load_dataset("mnist").test.images[3, :height, :width]
    file = file_of(model, tmp_path)
    for unit in modules.evaluate(SUMS, [file, text_of(image)]):
        assert unit["sum"] == pytest.approx(unit["value"], rel=1e-4, abs=1e-5), unit
        if unit["winner"] is not None:
            assert unit["winner"] == unit["value"]
