"""byhand show."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from byhand import load, load_dataset, nn
from byhand.errors import ModelError
from byhand.model import Model
from byhand.nn.summary import first_weights
from byhand.training.recorded import recorded_history


def shown(what: str, trained: Path, toy: Path) -> list[str | Path]:
    """The words after `byhand show`, on the toy model and its data."""
    data = [] if what in ("weights", "history", "pages") else ["--data", toy]
    model = [] if what in ("data", "augment", "pages") else ["--model", trained]
    return [what, *(["4"] if what == "digit" else []), *data, *model]


EVERYTHING = ["data", "mistakes", "weights", "history", "augment", "pages", "digit"]


@pytest.mark.parametrize("what", EVERYTHING)
def test_out_saves_a_picture_and_prints_its_name(byhand, trained, toy, what: str):
    pytest.importorskip("matplotlib")
    ended = byhand("show", *shown(what, trained, toy), "--out", "deep/er.png")
    assert (ended.code, ended.out, ended.err) == (0, "deep/er.png\n", "")
    with Image.open("deep/er.png") as picture:
        assert min(picture.size) > 100


@pytest.mark.parametrize("what", EVERYTHING)
def test_without_a_display_it_is_drawn_in_plain_characters(
    byhand, trained, toy, what: str
):
    ended = byhand("show", *shown(what, trained, toy))
    assert (ended.code, ended.err) == (0, "")
    assert ended.out.strip()
    assert "\x1b" not in ended.out
    assert max(map(len, ended.out.splitlines())) <= 100
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("columns", [40, 80, 200])
@pytest.mark.parametrize("what", EVERYTHING)
def test_no_line_is_longer_than_the_terminal(
    byhand, trained, toy, monkeypatch, what: str, columns: int
):
    monkeypatch.setenv("COLUMNS", str(columns))
    ended = byhand("show", *shown(what, trained, toy))
    assert ended.code == 0
    assert 20 <= max(map(len, ended.out.splitlines())) <= columns


@pytest.mark.parametrize("recipe", ["mlp", "fast"])
def test_images_of_three_channels_are_shown(
    byhand, make_dataset, save_npz, tmp_path, recipe
):
    pytest.importorskip("matplotlib")
    data = save_npz(tmp_path / "colours.npz", make_dataset(shape=(9, 8, 3)))
    words = (
        "--recipe",
        recipe,
        "--steps",
        "3",
        "--lr",
        "0.01",
        "--out",
        "m.safetensors",
    )
    assert byhand("train", "--data", data, *words).code == 0
    for what in EVERYTHING:
        if what == "pages":  # they show no images of the data
            continue
        for out in ((), ("--out", "a.png")):
            ended = byhand("show", *shown(what, Path("m.safetensors"), data), *out)
            assert (ended.code, ended.err) == (0, "")


def test_a_drawing_says_what_is_seen(byhand, trained, toy):
    digit = byhand("show", *shown("digit", trained, toy)).out
    assert "test image 4: " in digit and "probability of each class" in digit
    weights = byhand("show", *shown("weights", trained, toy)).out
    assert "20 of 384 neurons, 7 × 6 pixels each" in weights
    assert "ink there raises the output" in weights
    history = byhand("show", *shown("history", trained, toy)).out
    assert "training loss, nats an image" in history
    assert "training accuracy, %" in history
    last = history.splitlines()[-1].split()
    assert last == ["1", "epoch", "60"]


@pytest.mark.parametrize("what", ["mistakes", "digit", "weights", "history"])
@pytest.mark.parametrize("out", ["picture.docx", "picture"])
def test_a_picture_that_cannot_be_is_refused_before_anything_is_computed(
    byhand, trained, toy, monkeypatch, what: str, out: str
):
    pytest.importorskip("matplotlib")
    monkeypatch.setattr("byhand.model.load", lambda *_: pytest.fail("it has begun"))
    ended = byhand("show", *shown(what, trained, toy), "--out", out)
    assert ended.code == 1 and "expected a name that ends in" in ended.err


def test_data_are_shown_with_their_classes(byhand, toy):
    out = byhand("show", "data", "--data", toy).out
    captions = [line.split() for line in out.splitlines()]
    first = next(words for words in captions if words and words[0].isdigit())
    assert first[:6] == ["0", "1", "2", "0", "1", "2"]


def test_mistakes_are_shown_with_number_prediction_and_truth(
    byhand, trained, make_dataset, save_npz, tmp_path
):
    data = make_dataset()
    labels = data.test.labels.copy()
    labels[7] = (labels[7] + 1) % 3
    wrong = replace(data, test=replace(data.test, labels=labels))
    file = save_npz(tmp_path / "wrong.npz", wrong)
    out = byhand("show", "mistakes", "--model", trained, "--data", file).out
    read = load(trained).predict(data.test.images[7:8])[0]
    assert f"7: {read}, is {labels[7]}" in out


def test_no_mistakes_are_said_to_be_none(
    byhand, trained, make_dataset, save_npz, tmp_path
):
    easy = save_npz(tmp_path / "easy.npz", make_dataset(noise=0))
    out = byhand("show", "mistakes", "--model", trained, "--data", easy).out
    assert out == "No mistakes.\n"


def test_a_digit_is_shown_with_truth_and_probabilities(byhand, trained, toy):
    out = byhand("show", "digit", "4", "--model", trained).out
    images = load_dataset(toy).test.images[4:5]
    probabilities = load(trained).predict_proba(images)[0]
    read = probabilities.argmax()
    assert out.splitlines()[0] == f"test image 4: 1, read as {read}"
    assert f"{100 * probabilities[read]:.1f} %" in out


def test_a_test_image_that_does_not_exist_is_an_error(byhand, trained):
    ended = byhand("show", "digit", "30", "--model", trained)
    assert ended.code == 1
    assert "expected 0 to 29" in ended.err and "got 30" in ended.err
    assert byhand("show", "digit", "-1").code == 2


def test_a_digit_of_other_classes_is_refused(
    byhand, trained, make_dataset, save_npz, tmp_path
):
    other = save_npz(tmp_path / "other.npz", make_dataset(classes=4))
    ended = byhand("show", "digit", "0", "--model", trained, "--data", other)
    assert ended.code == 1
    assert "expected the model's classes" in ended.err


def test_the_history_has_a_curve_for_each_measure(byhand, toy):
    words = ("--data", toy, "--steps", "8", "--no-report", "--out", "m.safetensors")
    byhand("train", *words, "--validation", "9")
    out = byhand("show", "history", "--model", "m.safetensors").out
    assert "validation loss, nats an image" in out
    assert "validation accuracy, %" in out
    byhand("train", *words, "--validation", "0")
    out = byhand("show", "history", "--model", "m.safetensors").out
    assert "training accuracy" in out and "validation" not in out


def test_another_suffix_is_refused(byhand, toy):
    pytest.importorskip("matplotlib")
    ended = byhand("show", "data", "--data", toy, "--out", "picture.docx")
    assert ended.code == 1
    assert "picture.docx" in ended.err


def model_of(text: str, shape: tuple[int, int]) -> Model:
    network = nn.build(text, shape, rng=np.random.default_rng(0))
    return Model(network, ("a", "b", "c"), shape)


def test_first_weights_of_a_dense_layer_have_the_shape_of_the_image():
    model = model_of("pixels 1/255 | flatten | dense 5 | relu | dense 3", (4, 6))
    w, shape = first_weights(model.network.layers, model.image_shape)
    assert shape == (4, 6)
    assert w is model.network.layers[2].params["w"]


def test_first_weights_of_a_convolution_are_its_windows():
    model = model_of("pixels 1/255 | conv 5 3x2 | flatten | dense 3", (6, 7))
    w, shape = first_weights(model.network.layers, model.image_shape)
    assert (w.shape, shape) == ((6, 5), (3, 2))
    full = model.network.layers[1].params["w"]  # (R, S, 1, F)
    assert np.array_equal(w[:, 4].reshape(shape), full[:, :, 0, 4])


def test_a_model_without_weights_has_none_to_show():
    with pytest.raises(ModelError, match="expected a first layer"):
        first_weights(model_of("pixels | flatten", (1, 3)).network.layers, (1, 3))


def test_a_model_without_history_has_none_to_show():
    model = model_of("pixels 1/255 | flatten | dense 3", (2, 2))
    with pytest.raises(ModelError, match="with a history, got one without"):
        recorded_history(model)
    model.info = {"history": [{"loss": 3}]}
    with pytest.raises(ModelError, match="damaged"):
        recorded_history(model)
    model.info = {"history": 3}
    with pytest.raises(ModelError, match="damaged"):
        recorded_history(model)
