"""ONNX files: accepted by onnx's checker, equal in ONNX Runtime."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.testing import assert_allclose

from byhand.errors import ByhandError
from byhand.model import Model
from byhand.nn import build
from byhand.nn.calibration import Calibration

pytest.importorskip("onnx")
from byhand.export import export_onnx

TEXTS = {
    "crop": "pixels 1/255 | crop 1 | conv 4 3x3 | crop 1 | flatten | dense 4",
    "dense": "pixels 1/255 -0.4 | flatten | dense 12 | relu | dense 4",
    "convolutions": "pixels | conv 8 3x2 | relu | maxpool 2 "
    "| conv 6 2x3 stride 2 pad 1 | batchnorm | relu | avgpool 2 | flatten "
    "| dropout 0.5 | dense 9 | batchnorm | relu | dense 4",
    "skips": "pixels | conv 8 2x3 pad 1 | relu | as a | conv 8 1x1 | as b | avgpool 2"
    " | upsample 2 | add a | concat b | pixelshuffle 2 | globalpool | dense 4",
    "oblong blocks": "pixels | conv 8 3x3 | maxpool 2x1 | avgpool 1x3 | flatten "
    "| dense 4",
    "global": "pixels | conv 8 3x3 pad 1 | relu | globalpool | dense 4",
}


def model(text: str, rng: np.random.Generator) -> Model:
    network = build(text, (15, 14), rng=rng)
    for array in network.state.values():
        array[...] = rng.random(array.shape) + 0.5
    return Model(network, "abcd", (15, 14))


def test_the_reject_class_and_temperature_are_as_in_the_model(rng, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    ours = model(TEXTS["dense"].replace("dense 4", "dense 5"), rng)
    assert ours.has_reject_class
    ours.calibration = Calibration(temperature=1.7)
    export_onnx(ours, tmp_path / "model.onnx")
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    images = rng.integers(0, 256, (3, 15, 14)).astype(np.uint8)
    logits, probabilities = session.run(None, {"images": images})
    assert logits.shape == (3, 4)
    assert_allclose(logits, ours.logits(images), rtol=1e-5, atol=1e-5)
    assert_allclose(probabilities, ours.predict_proba(images), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
@pytest.mark.parametrize("count", [1, 7])
def test_onnx_runtime_gives_our_numbers(text, count, rng, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    ours = model(text, rng)
    path = tmp_path / "model.onnx"
    export_onnx(ours, path)
    images = rng.integers(0, 256, (count, 15, 14)).astype(np.uint8)
    session = onnxruntime.InferenceSession(str(path))
    logits, probabilities = session.run(None, {"images": images})
    assert_allclose(logits, ours.logits(images), rtol=1e-5, atol=1e-5)
    assert_allclose(probabilities, ours.predict_proba(images), rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)
def test_images_of_several_channels_are_taken_channels_last(text, rng, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    shape = (15, 14, 3)
    ours = Model(build(text, shape, rng=rng), "abcd", shape)
    export_onnx(ours, tmp_path / "model.onnx")
    images = rng.integers(0, 256, (2, *shape)).astype(np.uint8)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    logits = session.run(["logits"], {"images": images})[0]
    assert_allclose(logits, ours.logits(images), rtol=1e-5, atol=1e-5)


def test_what_is_flat_may_be_flattened_again(rng, tmp_path):
    onnxruntime = pytest.importorskip("onnxruntime")
    ours = model("pixels | flatten | dense 5 | flatten | dense 4", rng)
    export_onnx(ours, tmp_path / "model.onnx")
    images = rng.integers(0, 256, (2, 15, 14)).astype(np.uint8)
    session = onnxruntime.InferenceSession(str(tmp_path / "model.onnx"))
    logits = session.run(["logits"], {"images": images})[0]
    assert_allclose(logits, ours.logits(images), rtol=1e-5, atol=1e-5)


def test_a_place_that_cannot_be_written_is_said(rng, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(ByhandError, match="cannot be written"):
        export_onnx(model(TEXTS["dense"], rng), tmp_path / "file" / "model.onnx")
