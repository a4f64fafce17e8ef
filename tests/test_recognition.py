"""One picture of a character in, its class, confidence and reason of rejection out."""

from __future__ import annotations

import pickle
from dataclasses import FrozenInstanceError
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from byhand import load, load_dataset, nn, prepare
from byhand.errors import ModelError, PictureError
from byhand.model import Model
from byhand.nn.calibration import BASE_ERROR_RATE, digit_scores
from byhand.recognition import CUT_OFF, CUT_OFF_ERROR_RATE, DIGITS, recognise

SHAPE = (28, 28)


def untrained(
    class_names: tuple[str, ...] = DIGITS,
    shape: tuple[int, int] = SHAPE,
    reject_class: bool = False,
) -> Model:
    outputs = len(class_names) + reject_class
    text = f"pixels 1/255 | flatten | dense {outputs}"
    network = nn.build(text, shape, rng=np.random.default_rng(1))
    return Model(network, class_names, shape)


@pytest.fixture(scope="module")
def seven() -> Image.Image:
    """The first test image, a 7, larger and dark on light."""
    image = 255 - load_dataset("mnist").test.images[0]
    return Image.fromarray(image).resize((70, 70))


def test_a_digit_is_recognised_by_the_model_in_the_package(seven):
    found = recognise(seven)
    probabilities = load().predict_proba(prepare(seven)[None])[0]
    assert (found.digit, found.class_name, found.kind) == (7, "7", "digit")
    assert (found.rejected, found.reason) == (False, "")
    assert found.probabilities.tolist() == probabilities.tolist()
    assert found.confidence == pytest.approx(probabilities[7] * (1 - BASE_ERROR_RATE))
    assert found.confidence > 0.9
    assert found.image.tolist() == prepare(seven).tolist()


def test_alternatives_are_all_other_classes_the_likeliest_first(seven):
    found = recognise(seven, untrained())
    order = sorted(range(10), key=lambda k: -found.probabilities[k])
    assert found.digit == order[0]
    assert found.alternatives == tuple(
        (str(k), float(found.probabilities[k])) for k in order[1:]
    )


def test_of_equal_probabilities_the_first_class_is_taken_as_by_predict(seven):
    model = untrained()
    for p in model.network.params.values():
        p[...] = 0
    found = recognise(seven, model)
    assert found.digit == model.predict(found.image[None])[0] == 0
    assert [name for name, _ in found.alternatives] == list("123456789")


@pytest.mark.parametrize("reject_class", [False, True])
def test_the_network_runs_once_a_picture(seven, monkeypatch, reject_class: bool):
    model, calls = untrained(reject_class=reject_class), []
    scores = model.scores
    monkeypatch.setattr(
        model, "scores", lambda images: calls.append(len(images)) or scores(images)
    )
    found = recognise(seven, model)
    assert calls == [1]
    assert found.probabilities.shape == (10,)
    assert (found.probabilities == model.predict_proba(found.image[None])[0]).all()


@pytest.mark.parametrize(("margin", "rejected"), [(1e-3, False), (-1e-3, True)])
def test_what_does_not_look_like_a_digit_is_rejected(seven, margin, rejected):
    model = untrained()
    score = float(digit_scores(model.scores(prepare(seven)[None]), 10)[0])
    model = Model(
        model.network, DIGITS, SHAPE, {"calibration": {"threshold": score - margin}}
    )
    found = recognise(seven, model)
    assert found.rejected is rejected
    assert bool(model.is_digit(found.image[None])[0]) is not rejected
    if rejected:
        assert (found.digit, found.class_name) == (None, None)
        assert found.reason == "does not look like a digit"
        likely = found.probabilities.max() * (1 - BASE_ERROR_RATE)
        assert found.confidence == pytest.approx(likely)


def test_a_blank_picture_is_rejected_for_its_own_reason():
    found = recognise(np.full((30, 30), 255, np.uint8))
    assert (found.digit, found.reason) == (None, "nothing drawn")
    assert not found.image.any()
    assert len(found.alternatives) == 9


def test_other_classes_and_image_sizes_are_answered_by_name(seven):
    model = untrained(("cat", "dog", "owl"), (7, 6))
    model.info["calibration"] = {"threshold": 1e9}
    model = Model(model.network, model.class_names, (7, 6), model.info)
    found = recognise(seven, model)
    number = model.predict(prepare(seven, size=(7, 6))[None])[0]
    assert found.class_name == ("cat", "dog", "owl")[number]
    assert (found.digit, found.kind, found.image.shape) == (None, "class", (7, 6))
    assert not found.rejected  # the threshold is for digits only
    assert recognise(np.zeros((9, 9)), model).reason == "nothing drawn"


def test_digits_in_another_order_are_classes(seven):
    found = recognise(seven, untrained(tuple("1234567890")))
    assert found.kind == "class"
    assert found.digit is None and found.class_name in DIGITS


def test_a_model_may_be_given_by_its_file(tmp_path: Path, seven):
    untrained(("a", "b")).save(tmp_path / "m.safetensors")
    for file in (tmp_path / "m.safetensors", str(tmp_path / "m.safetensors")):
        assert recognise(seven, file).class_names == ("a", "b")


def test_an_answer_as_a_dict_has_digit_or_class_and_a_reason_only_if_rejected(seven):
    keys = ["confidence", "probabilities"]
    digit = recognise(seven).as_dict()
    assert list(digit) == ["digit", *keys] and digit["digit"] == 7
    named = recognise(seven, untrained(("a", "b"))).as_dict()
    assert list(named) == ["class", *keys] and named["class"] in ("a", "b")
    blank = recognise(np.zeros((9, 9))).as_dict()
    assert list(blank) == ["digit", "likeliest", "reason", *keys]
    assert blank["digit"] is blank["likeliest"] is None
    assert isinstance(blank["probabilities"], list)


def test_an_answer_can_be_pickled_but_not_changed(seven):
    found = recognise(seven)
    copy = pickle.loads(pickle.dumps(found))
    assert copy.as_dict() == found.as_dict()
    with pytest.raises(FrozenInstanceError):
        found.reason = "no"


def test_what_cannot_be_opened_raises(tmp_path: Path, seven):
    with pytest.raises(PictureError, match=r"none\.png"):
        recognise(tmp_path / "none.png")
    with pytest.raises(ModelError, match=r"none\.safetensors"):
        recognise(seven, tmp_path / "none.safetensors")


@pytest.mark.parametrize("side", ["left", "right", "top", "bottom"])
def test_a_digit_that_the_edge_cuts_off_is_said_and_less_sure(seven, side: str):
    sheet = Image.new("L", (110, 110), 255)
    sheet.paste(seven, (20, 20))
    x, y, right, bottom = ImageOps.invert(sheet).point(lambda v: v > 99).getbbox()
    edges = {
        "left": (x + 6, 0, 110, 110),
        "right": (0, 0, right - 6, 110),
        "top": (0, y + 4, 110, 110),
        "bottom": (0, 0, 110, bottom - 6),
    }[side]
    found = recognise(sheet.crop(edges), load())
    assert found.cut_off and found.warning == CUT_OFF
    assert found.as_dict()["warning"] == CUT_OFF
    likely = found.probabilities.max() * (1 - BASE_ERROR_RATE)
    assert found.confidence == pytest.approx(likely * (1 - CUT_OFF_ERROR_RATE))
    assert not recognise(sheet).cut_off


def test_of_other_classes_the_confidence_is_the_probability(seven):
    found = recognise(seven, untrained(("a", "b")))
    assert found.confidence == found.probabilities.max()


def test_the_test_digits_of_mnist_are_not_cut_off():
    images = load_dataset("mnist").test.images[:100]
    assert not any(found.cut_off for found in recognise(list(255 - images), load()))
