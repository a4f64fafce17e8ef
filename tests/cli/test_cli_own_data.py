"""What users have, and what the commands say of it."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from byhand import load, load_dataset
from byhand.cli import main

SHORT = ("--recipe", "mlp", "--steps", "2", "--no-report")


@pytest.fixture(scope="module")
def digits():
    """Return 60 digits of MNIST, six of each, and their labels."""
    images, labels = load_dataset("mnist").test
    chosen = np.concatenate([np.flatnonzero(labels == k)[:6] for k in range(10)])
    return images[chosen], labels[chosen]


def write_table(path, images, labels, separator=",", header=None, last=False):
    pixels = np.asarray(images).reshape(len(images), -1).astype(str)
    column = np.asarray(labels).astype(str)[:, None]
    rows = np.hstack([pixels, column] if last else [column, pixels])
    lines = [separator.join(row) for row in rows]
    path.write_text("\n".join([*([header] if header else []), *lines]))
    return path


def save_folders(folder, images, labels, names, draw=Image.fromarray):
    for number, (image, label) in enumerate(zip(images, labels, strict=True)):
        place = folder / names[label]
        place.mkdir(parents=True, exist_ok=True)
        draw(image).save(place / f"{number}.png")
    return folder


def warnings_of(err: str) -> list[str]:
    return [line for line in err.splitlines() if line.startswith("warning: ")]


def ink_on_nothing(image):
    """Return a drawing of black ink on a transparent canvas."""
    canvas = np.zeros((*image.shape, 4), np.uint8)
    canvas[..., 3] = image
    return Image.fromarray(canvas)


def scan(image):
    """Return a larger picture of dark ink on light paper."""
    return Image.fromarray(255 - image).resize((70, 70))


@pytest.mark.parametrize("separator", [";", "\t", "|", " "])
def test_every_command_says_what_was_done_to_the_data(
    byhand, tmp_path, digits, separator
):
    images, labels = digits
    data = write_table(
        tmp_path / "d.csv", images.swapaxes(1, 2) // 16, labels, separator, last=True
    )
    checked = byhand("data", "check", data, "--json")
    commands = [("evaluate",), ("train", *SHORT), ("compare", "shipped", "shipped")]
    said = warnings_of(checked.err)
    assert len(said) == 3
    assert "15 of 255" in said[1] or "15 of 255" in said[0]
    assert any("last column" in line for line in said)
    assert any("rows and columns exchanged" in line for line in said)
    assert [f"warning: {line}" for line in checked.json["warnings"]] == said
    for command in commands:
        ended = byhand(*command, "--data", data)
        assert ended.code == 0
        assert warnings_of(ended.err) == said
    assert byhand("evaluate", "--data", data, "--json").json["accuracy"] == 1
    stored = load(next(tmp_path.glob("runs/*/model.safetensors"))).info
    assert [f"warning: {line}" for line in stored["warnings"]] == said


def test_quiet_says_nothing(byhand, tmp_path, digits):
    data = write_table(tmp_path / "d.csv", digits[0] // 16, digits[1])
    assert byhand("data", "check", data, "--quiet").err == ""


@pytest.mark.parametrize("words", [False, True])
def test_some_of_the_models_classes_are_enough(byhand, tmp_path, digits, words):
    names = "zero one two three four five six seven eight nine".split()
    names = names if words else list("0123456789")
    images, labels = (part[digits[1] > 0] for part in digits)
    folder = save_folders(tmp_path / "d", images, labels, names)
    ended = byhand("evaluate", "--data", folder, "--json")
    assert ended.json["accuracy"] == 1
    assert len(ended.json["classes"]) == 10
    assert "9 of the model's 10 classes: no image of 0" in ended.err


def test_drawings_on_transparent_canvases_are_read(byhand, tmp_path, digits):
    folder = save_folders(
        tmp_path / "d", *digits, list("0123456789"), draw=ink_on_nothing
    )
    ended = byhand("evaluate", "--data", folder, "--json")
    assert ended.json["accuracy"] == 1
    assert "60 transparent pictures" in ended.err


def test_scans_are_prepared_if_asked_and_the_model_remembers(byhand, tmp_path, digits):
    folder = save_folders(tmp_path / "d", *digits, list("0123456789"), draw=scan)
    plain = byhand("data", "check", folder)
    assert "dark ink on light paper" in plain.err and "--prepare" in plain.err
    ended = byhand("evaluate", "--data", folder, "--prepare", "--json")
    assert ended.json["accuracy"] == 1
    assert "dark ink" not in ended.err
    out = tmp_path / "m.safetensors"
    trained = byhand("train", "--data", folder, "--prepare", *SHORT, "--out", out)
    assert trained.code == 0
    assert load(out).image_shape == (28, 28)
    assert load(out).info["dataset"]["loading"]["prepare"] is True
    assert byhand("evaluate", out).code == 0  # prepared again, without being asked


def test_labels_from_1_are_said_and_can_be_numbered_from_0(byhand, tmp_path, digits):
    data = write_table(tmp_path / "d.csv", digits[0], digits[1] + 1)
    assert "--first-label 1" in byhand("data", "check", data).err
    found = byhand("data", "check", data, "--first-label", "1", "--json")
    assert list(found.json["counts"]["train"]) == list("0123456789")
    assert found.err == ""
    ended = byhand("evaluate", "--data", data, "--first-label", "1", "--json")
    assert ended.json["accuracy"] == 1


def test_10_may_stand_for_0(byhand, tmp_path, digits):
    labels = np.where(digits[1] == 0, 10, digits[1])
    data = write_table(tmp_path / "d.csv", digits[0], labels)
    assert "class 0 has no image" in byhand("data", "check", data).err
    ended = byhand("evaluate", "--data", data, "--json")
    assert ended.json["accuracy"] == 1
    assert "10 was taken for the digit 0" in ended.err


def test_a_folder_of_kaggle_is_its_train_csv(byhand, tmp_path, digits):
    images, labels = digits
    folder = tmp_path / "kaggle"
    folder.mkdir()
    names = ",".join(f"pixel{i}" for i in range(784))
    write_table(folder / "train.csv", images, labels, header=f"label,{names}")
    rows = images[:5].reshape(5, -1)
    np.savetxt(folder / "test.csv", rows, "%d", ",", header=names, comments="")
    (folder / "sample_submission.csv").write_text("ImageId,Label\n1,0\n")
    found = byhand("data", "check", folder, "--json")
    assert sum(found.json["counts"]["train"].values()) == 50
    assert "train.csv is the data set: test.csv has no labels" in found.err
    assert byhand("evaluate", "--data", folder, "--json").json["accuracy"] == 1


def test_a_run_goes_on_with_the_same_reading_of_its_data(byhand, tmp_path, digits):
    data = write_table(tmp_path / "d.csv", digits[0], digits[1] + 1, last=True)
    out, every = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    options = ("--data", data, "--first-label", "1", "--label-column", "-1", *SHORT)
    assert byhand("train", *options, "--out", every).code == 0
    assert byhand("train", *options, "--out", out).code == 0
    checkpoint = next(tmp_path.glob("a*checkpoint*"), None)
    if checkpoint:  # else the run left none
        again = byhand("train", "--resume", checkpoint, "--out", tmp_path / "c")
        assert again.code == 0
    assert load(out).info["dataset"]["loading"]["label_column"] == "-1"


def test_many_classes_are_counted_in_a_short_table(byhand, tmp_path):
    labels = np.arange(3000)
    images = np.full((3000, 3, 3), 200, np.uint8)
    images[:, 0] = 0
    np.savez(tmp_path / "d.npz", x=images, y=labels)
    ended = byhand("data", "check", "d.npz")
    assert ended.code == 0 and ended.out.count("\n") < 110
    assert "and 2900 more" in ended.out
    np.savez(tmp_path / "d.npz", x=images, y=labels + 62_535)
    ended = byhand("data", "check", "d.npz")
    assert ended.code == 1 and "got 62535 to 65534" in ended.err


def test_a_single_class_is_refused(byhand, tmp_path, digits):
    data = write_table(tmp_path / "d.csv", digits[0], digits[1] * 0 + 7)
    for command in (("data", "check", data), ("train", *SHORT, "--data", data)):
        ended = byhand(*command)
        assert ended.code == 1
        assert "labels of two classes or more, got class 7 only" in ended.err
        assert len(ended.err.splitlines()) == 1


def test_the_options_are_refused_when_a_run_goes_on(byhand, tmp_path):
    ended = byhand("train", "--resume", "x", "--first-label", "1")
    assert ended.code == 2 and "--first-label" in ended.err


def test_json_of_a_check_has_the_warnings(byhand, tmp_path, digits):
    data = write_table(tmp_path / "d.csv", 255 - digits[0], digits[1])
    found = json.loads(byhand("data", "check", data, "--json").out)
    assert ["dark ink on light" in line for line in found["warnings"]] == [True]
    assert main(["data", "check", str(Path(data)), "--quiet"]) == 0
