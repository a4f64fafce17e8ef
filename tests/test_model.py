"""Models: what they answer, and that any file is a model or says why it is none."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose, assert_array_equal
from safetensors.numpy import save_file

from byhand import model as module
from byhand import tensors
from byhand.errors import ModelError, ShapeError
from byhand.model import Model, load
from byhand.nn import build, softmax, softmax_cross_entropy
from byhand.nn.inference import CHUNK

ARCHITECTURE = "pixels 1/255 -0.1 | flatten | dense 5 | relu | dense 3"
SHAPE = (4, 6)
INFO = {"recipe": {"name": "mlp"}, "seed": 3, "history": [], "ü": [1.5, None]}


def make_model() -> Model:
    network = build(ARCHITECTURE, SHAPE, rng=np.random.default_rng(1))
    return Model(network, ("a", "b", "ç"), SHAPE, INFO)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A model file."""
    make_model().save(tmp_path / "model.safetensors")
    return tmp_path / "model.safetensors"


@pytest.fixture
def images(rng) -> np.ndarray:
    return rng.integers(0, 256, (11, *SHAPE)).astype(np.uint8)


# --- answers --------------------------------------------------------------------------


def test_probabilities_are_the_softmax_of_the_networks_outputs(images):
    model = make_model()
    expected = softmax(model.network.forward(images)[0])
    found = model.predict_proba(images)
    assert_array_equal(found, expected)
    assert found.dtype == np.float32
    assert_allclose(found.sum(axis=1), 1, rtol=1e-6)


def test_the_prediction_is_the_likeliest_class(images):
    model = make_model()
    found = model.predict(images)
    assert_array_equal(found, model.predict_proba(images).argmax(axis=1))
    assert found.dtype == np.int64
    assert len(set(found.tolist())) > 1


@pytest.mark.parametrize("count", [1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 3])
def test_many_images_are_answered_as_each_alone(count, rng):
    images = rng.integers(0, 256, (count, *SHAPE)).astype(np.uint8)
    model = make_model()
    together = model.logits(images)
    assert together.shape == (count, 3)
    for place in {0, count // 2, count - 1}:
        alone = model.logits(images[place : place + 1])[0]
        assert_allclose(together[place], alone, rtol=1e-5, atol=1e-6)


def test_no_images_have_no_answers():
    model, none = make_model(), np.zeros((0, *SHAPE), np.uint8)
    assert model.predict_proba(none).shape == (0, 3)
    assert model.predict_proba(none).dtype == np.float32
    assert model.predict(none).shape == (0,)
    assert model.predict(none).dtype == np.int64


@pytest.mark.parametrize(
    "images",
    [
        np.zeros((2, 4, 6), np.float32),
        np.zeros((2, 4, 6), np.int64),
        np.zeros((2, 6, 4), np.uint8),
        np.zeros((4, 6), np.uint8),
        np.zeros((2, 24), np.uint8),
        np.zeros((2, 1, 4, 6), np.uint8),
        np.zeros((0,), np.uint8),
    ],
    ids=lambda images: f"{images.dtype} {images.shape}",
)
@pytest.mark.parametrize("method", ["scores", "logits", "assess"])
def test_images_of_another_type_or_shape_are_refused(images, method):
    message = (
        rf"expected uint8 images \(N, 4, 6\), got {images.dtype} \(.*try model.predict"
    )
    with pytest.raises(ShapeError, match=message):
        getattr(make_model(), method)(images)


# --- saved and opened -----------------------------------------------------------------


def test_a_saved_model_comes_back_bit_for_bit(path, images):
    model, again = make_model(), load(path)
    assert again.class_names == model.class_names
    assert again.image_shape == model.image_shape
    assert again.info == model.info
    assert str(again.network) == str(model.network)
    assert again.network.params.keys() == model.network.params.keys()
    for name, p in model.network.params.items():
        assert again.network.params[name].tobytes() == p.tobytes()
    assert_array_equal(again.predict_proba(images), model.predict_proba(images))


def test_saving_an_opened_model_gives_the_same_file(path):
    copy = path.with_name("copy.safetensors")
    load(path).save(str(copy))
    assert copy.read_bytes() == path.read_bytes()


def test_a_model_without_a_story_has_an_empty_one():
    assert Model(make_model().network, ["a", "b", "c"], SHAPE).info == {}


def test_without_a_path_the_model_in_the_package_is_opened(tmp_path, monkeypatch):
    asked = []

    def files(package: str) -> Path:
        asked.append(package)
        return tmp_path

    monkeypatch.setattr(module.resources, "files", files)
    make_model().save(tmp_path / "models" / module.SHIPPED)
    assert load().info == INFO
    assert asked == ["byhand"]


def test_a_file_of_an_older_version_gives_what_it_gave_then():
    """Written and measured by the version before the header had its present words."""
    path = Path(__file__).parent / "data" / "model-of-format-1.safetensors"
    model = load(path)
    images = np.random.default_rng(6).integers(0, 256, (3, 8, 10)).astype(np.uint8)
    assert (model.class_names, model.image_shape) == (("a", "b", "ç"), (8, 10))
    assert model.has_reject_class
    assert model.calibration.temperature == 1.5
    expected = [
        [0.26468920707702637, 0.20570915937423706, 0.5296016335487366],
        [0.34194087982177734, 0.3004195988178253, 0.35763952136039734],
        [0.18472817540168762, 0.15107537806034088, 0.6641964316368103],
    ]
    assert_allclose(model.predict_proba(images), expected, rtol=1e-5)


@pytest.mark.parametrize("rejects", [False, True])
def test_the_header_says_whether_there_is_a_reject_class(rejects, path):
    network = build(ARCHITECTURE.replace("3", f"{3 + rejects}"), SHAPE)
    Model(network, "abc", SHAPE).save(path)
    header = tensors.read_header(path, "model")
    assert header["reject_class"] is rejects
    assert "something_else" not in header
    assert load(path).has_reject_class is rejects


# --- outputs and channels -------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        "pixels | flatten | dense 2",
        "pixels | flatten | dense 5",
        "pixels | conv 3 3x3",
        "pixels | conv 3 4x6",
        "pixels",
    ],
)
def test_a_network_with_other_outputs_is_refused(text):
    network = build(text, SHAPE)
    with pytest.raises(
        ShapeError, match=r"output for each of 3 classes, \(3,\), or one"
    ):
        Model(network, "abc", SHAPE)


def test_a_convolution_may_end_in_classes():
    network = build("pixels | conv 4 3x3 | globalpool", SHAPE)
    assert Model(network, "abc", SHAPE).has_reject_class
    assert not Model(network, "abcd", SHAPE).has_reject_class


COLOURS = {
    "dense": "pixels | flatten | dense 7 | relu | dense 4",
    "fused": "pixels | crop 1 | conv 8 3x3 pad 1 | relu | maxpool 2 | conv 8 3x3 pad 1 "
    "| batchnorm | relu | globalpool | dense 4",
    "plain": "pixels 1/255 -0.5 | conv 5 2x2 | batchnorm | relu | avgpool 2 | flatten "
    "| dropout 0.5 | dense 4",
}


@pytest.mark.parametrize("text", COLOURS.values(), ids=COLOURS)
@pytest.mark.parametrize("count", [3, CHUNK + 2])
def test_images_of_several_channels_go_through(text, count, rng, tmp_path):
    shape = (8, 9, 3)
    network = build(text, shape, rng=rng)
    images = rng.integers(0, 256, (count, *shape)).astype(np.uint8)
    plain = network.with_arrays(network.arrays)
    plain.stages = list(enumerate(plain.layers))
    passes = []
    for each in (network, plain):
        logits, caches = each.forward(images)
        labels = np.arange(count) % 4
        grads = each.backward(softmax_cross_entropy(logits, labels)[1], caches)
        passes.append({"logits": logits, **grads})
    for name, expected in passes[1].items():
        scale = np.abs(expected).max()
        assert_allclose(passes[0][name], expected, rtol=1e-3, atol=1e-4 * scale)

    model = Model(network, "abc", shape)
    model.save(tmp_path / "colours.safetensors")
    again = load(tmp_path / "colours.safetensors")
    assert again.image_shape == shape
    assert_array_equal(again.predict_proba(images), model.predict_proba(images))
    assert_allclose(model.scores(images), passes[1]["logits"], rtol=1e-3, atol=1e-5)
    images[0] = [9, 200, 30]  # one colour all over
    assert not model.is_digit(images)[0]
    assert model.is_digit(images)[1:].all()
    with pytest.raises(ShapeError, match=r"its own size, \(8, 9, 3\)"):
        model.predict(images[..., 0])
    with pytest.raises(ShapeError, match=r"grey images \(H, W\), got \(8, 9, 3\)"):
        assert model.grey_shape


# --- files that do not fit ------------------------------------------------------------


def changed(path: Path, change: Callable[[dict[str, Any], Any], object]) -> Path:
    """Write the model again with its header and arrays changed."""
    header: dict[str, Any] = {
        "format": 1,
        "kind": "model",
        "input": {"shape": [*SHAPE], "scaling": "pixels 1.0 0.0"},
        "architecture": "flatten | dense 5 | relu | dense 3",
        "class_names": ["a", "b", "c"],
        "info": {},
    }
    arrays = dict(make_model().network.params)
    change(header, arrays)
    save_file(arrays, path, metadata={"byhand": json.dumps(header)})
    return path


def test_a_file_written_as_the_format_says_is_a_model(path):
    assert load(changed(path, lambda header, arrays: None)).class_names == tuple("abc")


WRONG: dict[str, tuple[Callable[[Any, Any], object], str]] = {
    "no shape": (lambda h, a: h["input"].pop("shape"), "'shape'"),
    "no input": (lambda h, a: h.pop("input"), "'input'"),
    "no scaling": (lambda h, a: h["input"].pop("scaling"), "'scaling'"),
    "no architecture": (lambda h, a: h.pop("architecture"), "'architecture'"),
    "no class names": (lambda h, a: h.pop("class_names"), "'class_names'"),
    "no info": (lambda h, a: h.pop("info"), "'info'"),
    "input a list": (lambda h, a: h.update(input=[4, 6]), "TypeError"),
    "one side": (lambda h, a: h["input"].update(shape=[24]), "sides up to 1024"),
    "a side of 0": (lambda h, a: h["input"].update(shape=[0, 6]), "sides up to 1024"),
    "a side below 0": (
        lambda h, a: h["input"].update(shape=[4, -6]),
        "sides up to 1024",
    ),
    "a half side": (lambda h, a: h["input"].update(shape=[4.0, 6]), "sides up to 1024"),
    "a true side": (
        lambda h, a: h["input"].update(shape=[True, 6]),
        "sides up to 1024",
    ),
    "a huge side": (
        lambda h, a: h["input"].update(shape=[4, 10**12]),
        "sides up to 1024",
    ),
    "other sides": (
        lambda h, a: h["input"].update(shape=[4, 7]),
        "expected 2.w of shape",
    ),
    "no pixels": (
        lambda h, a: h["input"].update(scaling="relu"),
        "expected pixels fir",
    ),
    "no scale": (
        lambda h, a: h["input"].update(scaling="pixels 1/0"),
        "cannot read 'pi",
    ),
    "huge scale": (
        lambda h, a: h["input"].update(scaling="pixels 1e999"),
        "cannot read",
    ),
    "bad layer": (lambda h, a: h.update(architecture="flatten | magic"), "got 'magic'"),
    "a number": (lambda h, a: h.update(architecture=7), "expected one of"),
    "huge layer": (
        lambda h, a: h.update(architecture="flatten | dense 999999999999 | dense 3"),
        "expected 2.w of shape .*999999999999",
    ),
    "huger layer": (
        lambda h, a: h.update(architecture="flatten | dense 99999999999999999999"),
        "cannot read 'dense 9",
    ),
    "a class less": (lambda h, a: h.update(class_names=["a", "b"]), "expected 3 class"),
    "a class more": (
        lambda h, a: h.update(class_names=[*"abcd"]),
        "expected 3 class na",
    ),
    "numbered": (
        lambda h, a: h.update(class_names=[0, 1, 2]),
        "expected class names up to 255",
    ),
    "no list": (lambda h, a: h.update(class_names=3), "expected 3 class names, got 3"),
    "a dict": (
        lambda h, a: h.update(class_names=dict.fromkeys("abc")),
        "expected 3 class names, got {",
    ),
    "long names": (
        lambda h, a: h.update(class_names=["x" * 256, "b", "c"]),
        "expected class names up to 255",
    ),
    "info a list": (lambda h, a: h.update(info=[1, 2]), "expected info by names"),
    "too hot": (
        lambda h, a: h["info"].update(calibration={"temperature": 10**39}),
        "expected a temperature above 0",
    ),
    "too cold": (
        lambda h, a: h["info"].update(calibration={"temperature": 1e-300}),
        "expected a temperature above 0",
    ),
    "true temperature": (
        lambda h, a: h["info"].update(calibration={"temperature": True}),
        "expected a temperature above 0",
    ),
    "no calibration": (
        lambda h, a: h["info"].update(calibration=[1, 2]),
        "TypeError",
    ),
    "large scale": (
        lambda h, a: h["input"].update(scaling="pixels 1e300"),
        "cannot read 'pixels 1e300'",
    ),
    "an array less": (lambda h, a: a.pop("4.b"), "expected 4.b of shape"),
    "an array more": (lambda h, a: a.update(x=a["4.b"]), "expected x of shape None"),
    "transposed": (
        lambda h, a: a.update({"4.w": a["4.w"].T.copy()}),
        "expected 4.w of shape",
    ),
    "a row": (lambda h, a: a.update({"4.b": a["4.b"][None]}), "expected 4.b of shape"),
    "double": (
        lambda h, a: a.update({"4.b": np.zeros(3)}),
        "finite float16 or float32 in 4.b",
    ),
    "whole": (
        lambda h, a: a.update({"4.b": np.zeros(3, int)}),
        "finite float16 or float32 in 4.b",
    ),
    "nan": (
        lambda h, a: a.update({"4.b": np.array([0, np.nan, 0], np.float32)}),
        "expected finite float16 or float32 in 4.b",
    ),
    "infinite": (
        lambda h, a: a.update({"2.w": np.full((24, 5), np.inf, np.float32)}),
        "expected finite float16 or float32 in 2.w",
    ),
}


@pytest.mark.parametrize(("change", "message"), WRONG.values(), ids=WRONG)
def test_a_file_that_does_not_fit_is_refused_and_says_why(path, change, message):
    changed(path, change)
    with pytest.raises(ModelError, match=f"{path.name}: a model that does not fit: .*"):
        load(path)
    with pytest.raises(ModelError, match=message):
        load(path)


def test_a_message_stays_short_whatever_the_file_says(path):
    changed(path, lambda h, a: h.update(class_names=["x" * 10**6]))
    with pytest.raises(ModelError) as caught:
        load(path)
    assert len(str(caught.value)) <= 400 + len(str(path))


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path):
    with pytest.raises(
        ModelError, match="expected a model file, found none; check the"
    ):
        load(tmp_path / "nothing.safetensors")


@pytest.mark.parametrize("tenth", range(10))
def test_a_truncated_file_is_refused(path, tenth):
    content = path.read_bytes()
    path.write_bytes(content[: len(content) * tenth // 10])
    with pytest.raises(ModelError, match="expected a whole safetensors file"):
        load(path)


@pytest.fixture(scope="module")
def complete(tmp_path_factory: Any) -> bytes:
    path = tmp_path_factory.mktemp("whole") / "model.safetensors"
    make_model().save(path)
    return path.read_bytes()


@given(data=st.data())
@settings(max_examples=120)
def test_a_damaged_file_is_a_model_or_refused(tmp_path_factory, complete, data):
    path = tmp_path_factory.getbasetemp() / "damaged.safetensors"
    content = bytearray(complete)
    for place in data.draw(
        st.lists(st.integers(0, len(complete) - 1), min_size=1, max_size=3)
    ):
        content[place] = data.draw(st.integers(0, 255))
    path.write_bytes(content)
    try:
        assert isinstance(load(path), Model)
    except ModelError as error:
        assert "\n" not in str(error)


@given(st.binary(max_size=200))
@settings(max_examples=60)
def test_random_bytes_are_no_model(tmp_path_factory, content):
    path = tmp_path_factory.getbasetemp() / "random.safetensors"
    path.write_bytes(content)
    with pytest.raises(ModelError):
        load(path)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.text(max_size=3), inner, max_size=3)
    ),
    max_leaves=5,
)


@given(
    place=st.sampled_from(["input", "architecture", "class_names", "info"]),
    value=json_values,
)
@settings(max_examples=40)
def test_a_file_that_says_anything_is_a_model_or_refused(
    tmp_path_factory, place, value
):
    path = tmp_path_factory.getbasetemp() / "other.safetensors"
    changed(path, lambda header, arrays: header.update({place: value}))
    try:
        assert isinstance(load(path), Model)
    except ModelError as error:
        assert str(path) in str(error)
