"""byhand predict."""

from __future__ import annotations

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from byhand import load, load_dataset, nn, prepare
from byhand.cli import predict
from byhand.data.idx import save_idx
from byhand.model import Model
from byhand.nn.calibration import BASE_ERROR_RATE, digit_scores
from byhand.recognition import CUT_OFF, DIGITS

SHAPE = (28, 28)


@pytest.fixture
def digits(tmp_path: Path) -> Path:
    """The file of a model of the ten digits that has learnt nothing."""
    rng = np.random.default_rng(1)
    text = "pixels 1/255 | flatten | dense 10"
    model = Model(nn.build(text, SHAPE, rng=rng), DIGITS, SHAPE)
    model.save(tmp_path / "digits.safetensors")
    return tmp_path / "digits.safetensors"


@pytest.fixture
def seven(tmp_path: Path) -> Path:
    """A picture of the first test image, a 7, larger and dark on light."""
    image = 255 - load_dataset("mnist").test.images[0]
    file = tmp_path / "seven.png"
    Image.fromarray(image).resize((70, 70)).save(file)
    return file


def plain(file: Path) -> Model:
    """A model that computes as `predict` does for a few pictures."""
    model = load(file)
    model.compiled = False
    return model


def test_json_is_a_list_with_digit_confidence_and_probabilities(byhand, digits, seven):
    [answer] = byhand("predict", "--model", digits, "seven.png", "--json").json
    expected = plain(digits).predict_proba(prepare(seven)[None])[0]
    assert list(answer) == ["file", "digit", "confidence", "probabilities"]
    assert answer["file"] == "seven.png"
    assert answer["digit"] == int(expected.argmax())
    assert max(answer["probabilities"]) == expected.max()
    likely = expected.max() * (1 - BASE_ERROR_RATE)
    assert answer["confidence"] == pytest.approx(likely)
    assert answer["probabilities"] == expected.tolist()


def test_other_classes_are_answered_by_name(byhand, trained, seven):
    model = load(trained)
    model.class_names = ("cat", "dog", "owl")
    model.save("animals.safetensors")
    [answer] = byhand("predict", "--model", "animals.safetensors", seven, "--json").json
    assert list(answer) == ["file", "class", "confidence", "probabilities"]
    number = model.predict(prepare(seven, size=(7, 6))[None])[0]
    assert answer["class"] == ("cat", "dog", "owl")[number]
    table = byhand("predict", "--model", "animals.safetensors", seven).out
    assert table.splitlines()[0].split() == ["file", "class", "confidence"]


def test_the_table_has_a_line_a_picture_in_order(byhand, digits, seven):
    Image.open(seven).rotate(180, fillcolor=255).save("rotated.png")
    ended = byhand("predict", "--model", digits, "rotated.png", "seven.png")
    assert (ended.code, ended.err) == (0, "")
    head, rotated, original = (line.split() for line in ended.out.splitlines())
    assert head == ["file", "digit", "confidence"]
    assert (rotated[0], original[0]) == ("rotated.png", "seven.png")
    proba = load(digits).predict_proba(prepare(seven)[None])[0]
    assert original[1] == str(proba.argmax())
    likely = proba.max() * (1 - BASE_ERROR_RATE)
    assert original[2:] == [f"{100 * likely:.2f}", "%"]


def test_one_bad_picture_leaves_the_others_answered(byhand, digits, seven):
    Path("notes.png").write_text("no picture")
    ended = byhand("predict", "--model", digits, "notes.png", "seven.png", "--json")
    bad, good = ended.json
    assert ended.code == 1
    assert list(bad) == ["file", "error"] and bad["file"] == "notes.png"
    assert "digit" in good
    assert ended.err == f"byhand: error: {bad['error']}\n"


def test_only_bad_pictures_leave_no_table(byhand, digits):
    ended = byhand("predict", "--model", digits, "none.png", "nor.png")
    assert (ended.code, ended.out) == (1, "")
    assert [line.split(":")[2].strip() for line in ended.err.splitlines()] == [
        "none.png",
        "nor.png",
    ]


def test_folders_and_patterns_stand_for_the_pictures_in_them(byhand, digits, seven):
    Path("in/deep").mkdir(parents=True)
    for name in ("in/b.png", "in/deep/a.png", "in/notes.txt"):
        Path(name).write_bytes(seven.read_bytes())
    for words in (["in"], ["in/*.png", "in/d*"], ["in/**/*.png"]):
        answers = byhand("predict", "--model", digits, *words, "--json").json
        assert [Path(a["file"]).as_posix() for a in answers] == [
            *("in/b.png", "in/deep/a.png")
        ]
    ended = byhand("predict", "--model", digits, "none/*.png")
    assert ended.code == 1
    assert "none/*.png: expected files that match this, got none" in ended.err


def test_standard_input_is_a_picture(byhand, digits, seven, monkeypatch):
    content = io.BytesIO(seven.read_bytes())
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(content))
    words = ("predict", "--model", digits, "-", "seven.png", "--json")
    given, named = byhand(*words).json
    assert given == {**named, "file": "-"}


def test_csv_has_a_row_for_each_picture(byhand, digits, seven):
    Image.new("L", (30, 30), 255).save("white.png")
    words = ("predict", "--model", digits, "seven.png", "white.png", "bad.png")
    ended = byhand(*words, "--csv")
    [answer, *_] = byhand(*words, "--json").json
    good, blank, bad = csv.DictReader(io.StringIO(ended.out))
    columns = "file image digit likeliest confidence reason warning error"
    assert list(good) == columns.split()
    assert (good["digit"], good["confidence"]) == (
        str(answer["digit"]), repr(answer["confidence"])
    )  # fmt: skip
    assert (blank["digit"], blank["reason"]) == ("", "nothing drawn")
    assert bad["error"].startswith("bad.png: expected") and ended.code == 1


@pytest.mark.parametrize("form", [[], ["--csv"]], ids=["json", "csv"])
def test_out_keeps_answers_and_a_second_run_goes_on(byhand, digits, seven, form):
    words = ["predict", "--model", digits, "a.png", "seven.png", *form, "--out", "x"]
    ended = byhand(*words)
    assert (ended.code, ended.out) == (1, "x: 1 read, 1 failed\n")
    seven.with_name("a.png").write_bytes(seven.read_bytes())
    ended = byhand(*words)
    assert (ended.code, ended.out) == (0, "x: 1 read, 0 failed, 1 done before\n")
    lines = Path("x").read_text().splitlines()[-2:]
    assert ["a.png" in line for line in lines] == [True, False]
    assert byhand(*words).out == "x: 0 read, 0 failed, 2 done before\n"


def data_files(images: np.ndarray) -> list[str]:
    """Write images as every kind of file of unlabelled rows."""
    rows = images.reshape(len(images), -1)
    head = ",".join(f"pixel{n}" for n in range(rows.shape[1]))
    np.savetxt("test.csv", rows, "%d", ",", header=head, comments="")
    np.savez("x.npz", x=images)
    np.save("x.npy", images)
    save_idx("t10k-images-idx3-ubyte.gz", images)
    save_idx("images.idx", images)
    return ["test.csv", "x.npz", "x.npy", "t10k-images-idx3-ubyte.gz", "images.idx"]


def test_unlabelled_images_of_data_files_are_answered(byhand, digits):
    images = np.array(load_dataset("mnist").test.images[:3])
    expected = load(digits).predict(images).tolist()
    for file in data_files(images):
        ended = byhand("predict", "--model", digits, file, "--csv")
        assert ended.code == 0, ended.err
        rows = list(csv.DictReader(io.StringIO(ended.out)))
        assert [(row["file"], row["image"]) for row in rows] == [
            *((file, str(n)) for n in range(3))
        ]
        assert [int(row["digit"] or row["likeliest"]) for row in rows] == expected
    answers = byhand("predict", "--model", digits, "x.npz", "--json").json
    assert [answer["image"] for answer in answers] == [0, 1, 2]


def test_a_data_file_goes_on_from_where_it_was(byhand, digits):
    data_files(np.array(load_dataset("mnist").test.images[:3]))
    words = ("predict", "--model", digits, "x.npz", "--csv", "--out", "x.csv")
    assert byhand(*words).out == "x.csv: 3 read, 0 failed\n"
    everything = Path("x.csv").read_text()
    Path("x.csv").write_text("".join(everything.splitlines(keepends=True)[:2]))
    assert byhand(*words).out == "x.csv: 2 read, 0 failed, 1 done before\n"
    assert Path("x.csv").read_text() == everything


def test_images_of_another_size_are_an_error_in_one_line(byhand, digits):
    np.savez("small.npz", x=np.zeros((3, 8, 8), np.uint8))
    ended = byhand("predict", "--model", digits, "small.npz", "--csv")
    assert ended.code == 1
    assert "small.npz: expected images of 28×28 pixels" in ended.err
    assert ended.err.count("\n") == 1


def test_an_empty_sheet_is_no_digit_and_no_error(byhand, digits):
    Image.new("L", (30, 30), 255).save("white.png")
    ended = byhand("predict", "--model", digits, "white.png", "--json")
    [answer] = ended.json
    assert (ended.code, ended.err) == (0, "")
    keys = ["file", "digit", "likeliest", "reason", "confidence", "probabilities"]
    assert list(answer) == keys
    assert (answer["digit"], answer["reason"]) == (None, "nothing drawn")
    assert answer["likeliest"] is None
    assert answer["confidence"] < max(answer["probabilities"])
    table = byhand("predict", "--model", digits, "white.png").out.splitlines()
    assert table[0].split() == ["file", "digit", "confidence", "reason"]
    assert table[1].split() == ["white.png", "none", "–", "nothing", "drawn"]


@pytest.fixture
def half(seven: Path) -> Path:
    """The same without its lower quarter."""
    Image.open(seven).crop((0, 0, 70, 46)).save("half.png")
    return Path("half.png")


def test_a_digit_that_is_cut_off_is_said(byhand, digits, seven, half):
    ended = byhand("predict", "--model", digits, "seven.png", "half.png")
    assert (ended.code, ended.err) == (0, f"half.png: {CUT_OFF}\n")
    ended = byhand("predict", "--model", digits, "half.png", "--json")
    assert (ended.json[0]["warning"], ended.err) == (CUT_OFF, "")
    ended = byhand("predict", "--model", digits, "seven.png", "half.png", "--csv")
    rows = csv.DictReader(io.StringIO(ended.out))
    assert [row["warning"] for row in rows] == ["", CUT_OFF]


def calibrated(file: Path, margin: float) -> Path:
    """Let a model accept what scores so much worse than the seven, or better."""
    model = load(file)
    score = digit_scores(model.scores(prepare("seven.png")[None]), 10)[0]
    model.info["calibration"] = {"threshold": float(score) - margin}
    model.save("calibrated.safetensors")
    return Path("calibrated.safetensors")


def test_what_a_calibrated_model_rejects_is_no_digit(byhand, digits, seven):
    model = calibrated(digits, margin=-1e-3)
    ended = byhand("predict", "--model", model, "seven.png", "--json")
    [answer] = ended.json
    assert (ended.code, ended.err) == (0, "")
    assert (answer["digit"], answer["reason"]) == (None, "does not look like a digit")
    expected = plain(model).predict_proba(prepare(seven)[None])[0]
    assert answer["probabilities"] == expected.tolist()
    likely = expected.max() * (1 - BASE_ERROR_RATE)
    assert answer["confidence"] == pytest.approx(likely)
    assert answer["likeliest"] == expected.argmax()
    table = byhand("predict", "--model", model, "seven.png").out.splitlines()
    perhaps = f"none; perhaps {expected.argmax()}"
    assert table[1].split("  ")[:2] == ["seven.png", perhaps]
    assert table[1].endswith("–  does not look like a digit")


def test_what_a_calibrated_model_accepts_is_answered_as_before(byhand, digits, seven):
    model = calibrated(digits, margin=1e-3)
    [answer] = byhand("predict", "--model", model, "seven.png", "--json").json
    assert list(answer) == ["file", "digit", "confidence", "probabilities"]
    assert answer["digit"] in range(10)


def test_a_digit_beside_none_has_no_reason(byhand, digits, seven):
    Image.new("L", (30, 30), 255).save("white.png")
    ended = byhand("predict", "--model", digits, "seven.png", "white.png")
    _, digit, none = (line.split() for line in ended.out.splitlines())
    assert digit[-1] == "%" and none[-1] == "drawn"


def test_of_other_classes_only_a_blank_is_rejected(byhand, digits, seven):
    """The threshold is for digits: other classes have nothing like it."""
    model = load(calibrated(digits, margin=-1e-3))
    model.class_names = tuple("abcdefghij")
    model.save("letters.safetensors")
    Image.new("L", (30, 30), 255).save("white.png")
    words = ("predict", "--model", "letters.safetensors", "--json")
    letter, blank = byhand(*words, "seven.png", "white.png").json
    assert letter["class"] in model.class_names
    assert (blank["class"], blank["reason"]) == (None, "nothing drawn")


def test_a_name_that_starts_with_a_dash_stands_after_two_of_them(byhand, digits, seven):
    seven.rename("-7.png")
    assert byhand("predict", "--model", digits, "--", "-7.png").code == 0
    assert byhand("predict", "--model", digits, "-7.png").code == 2


@pytest.mark.skipif(sys.platform != "linux", reason="file names are text elsewhere")
def test_a_name_that_is_not_text_can_be_printed(byhand, digits, seven):
    os.rename(seven, b"\xff\x1b.png")
    name = os.fsdecode(b"\xff\x1b.png")
    ended = byhand("predict", "--model", digits, name)
    assert ended.out.splitlines()[1].startswith("\\udcff\\x1b.png ")
    [answer] = byhand("predict", "--model", digits, name, "--json").json
    assert answer["file"] == name


def test_a_bad_model_file_is_one_line(byhand, seven):
    ended = byhand("predict", "--model", seven, seven)
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("\n") == 1


def test_a_few_pictures_are_answered_without_loading_kernels(digits, seven):
    program = (
        "import sys; from byhand.cli import main; main(sys.argv[1:]);"
        "print('numba' in sys.modules)"
    )
    command = [sys.executable, "-c", program, "predict", "--model", digits, seven]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "False", done.stderr


def test_many_pictures_are_answered_by_kernels(byhand, digits, seven, monkeypatch):
    used = []

    def watched(path):
        used.append(load(path))
        return used[-1]

    monkeypatch.setattr("byhand.model.load", watched)
    words = ("predict", "--model", digits, seven, seven, "--json")
    few = byhand(*words).json
    monkeypatch.setattr(predict, "FEW", 1)
    many = byhand(*words).json
    assert [model.compiled for model in used] == [False, True]
    for one, other in zip(few, many, strict=True):
        assert one["digit"] == other["digit"]
        assert one["probabilities"] == pytest.approx(other["probabilities"], abs=1e-6)
