"""byhand compare."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from byhand import evaluate, load, load_dataset
from byhand.cli.compare import outcome
from byhand.comparison import Comparison, compare


@pytest.fixture
def worse(trained: Path, tmp_path: Path) -> Path:
    """The trained model with its weights shaken until it errs."""
    model, rng = load(trained), np.random.default_rng(3)
    for p in model.network.params.values():
        p += (2 * p.std() * rng.standard_normal(p.shape)).astype(np.float32)
    model.save(tmp_path / "worse.safetensors")
    return tmp_path / "worse.safetensors"


def test_json_holds_what_the_library_measured(byhand, trained, worse, toy):
    answer = byhand("compare", trained, worse, "--json").json
    split = load_dataset(toy).test
    a, b = (evaluate(load(file), split) for file in (trained, worse))
    found = compare(split.labels, a.predictions, b.predictions)
    assert (answer["dataset"], answer["count"]) == (str(toy), 30)
    for who, file, scores in (("A", trained, a), ("B", worse, b)):
        assert answer["models"][who] == {
            "model": str(file),
            "correct": scores.correct,
            "accuracy": scores.accuracy,
            "interval": list(scores.interval),
        }
    assert answer["both_right"] == found.both
    assert (answer["only_a_right"], answer["only_b_right"]) == (
        found.only_a,
        found.only_b,
    )
    assert answer["both_wrong"] == found.neither
    assert (answer["p"], answer["outcome"]) == (found.p, outcome(found))
    assert answer["better"] == (found.better and found.better.upper())
    indices = [image["index"] for image in answer["differences"]]
    assert indices == found.differing.tolist() and len(indices) > 2
    first = answer["differences"][0]
    assert first["truth"] == str(split.labels[indices[0]])
    assert first["A"] == {
        "prediction": str(a.predictions[indices[0]]),
        "confidence": a.confidences[indices[0]],
    }
    assert first["B"]["prediction"] == str(b.predictions[indices[0]])


def test_the_text_has_scores_the_four_counts_the_outcome_and_differences(
    byhand, trained, worse, toy
):
    lines = byhand("compare", trained, worse, "--data", toy).out.splitlines()
    answer = byhand("compare", trained, worse, "--data", toy, "--json").json
    assert lines[0] == f"30 test images of {toy}"
    accuracy = f"{100 * answer['models']['A']['accuracy']:.2f}"
    assert lines[3].split()[:2] == ["A", accuracy]
    assert lines[4].split()[0] == "B" and lines[4].split()[-1] == str(worse)
    assert lines[6].split() == ["B", "right", "B", "wrong"]
    counts = [*map(str, (answer["both_right"], answer["only_a_right"]))]
    assert lines[7].split() == ["A", "right", *counts]
    counts = [*map(str, (answer["only_b_right"], answer["both_wrong"]))]
    assert lines[8].split() == ["A", "wrong", *counts]
    assert lines[10] == answer["outcome"]
    total = len(answer["differences"])
    assert lines[12].startswith(f"They differ on {total} image")
    listed = [line.split() for line in lines[14:]]
    shown = answer["differences"][:20]
    assert [int(cells[0]) for cells in listed] == [image["index"] for image in shown]
    for cells, image in zip(listed, shown, strict=True):
        right = [who for who in "AB" if image[who]["prediction"] == image["truth"]]
        assert cells[-1] == (right or ["–"])[0]
        assert cells[1] == image["truth"]


def test_no_more_than_twenty_are_listed(
    byhand, trained, worse, tmp_path, make_dataset, save_npz
):
    many = save_npz(tmp_path / "many.npz", make_dataset(test=300))
    answer = byhand("compare", trained, worse, "--data", many, "--json").json
    total = len(answer["differences"])
    out = byhand("compare", trained, worse, "--data", many).out
    listed = out.partition(f"They differ on {total} images; the first 20:\n")[2]
    assert total > 20
    assert len(listed.splitlines()) == 1 + 20


def test_a_model_is_as_good_as_itself(byhand, trained):
    ended = byhand("compare", trained, trained)
    assert "No significant difference on these images: p = 1" in ended.out
    assert ended.out.endswith("They give the same answer for every image.\n")
    answer = byhand("compare", trained, trained, "--json").json
    assert (answer["p"], answer["better"], answer["differences"]) == (1, None, [])


def test_shipped_is_the_model_in_the_package(byhand, trained, tmp_path, monkeypatch):
    named = {"shipped": trained}
    monkeypatch.setattr("byhand.model.load", lambda path: load(named.get(path, path)))
    answer = byhand("compare", "shipped", trained, "--json").json
    assert answer["models"]["A"]["model"] == "shipped"
    assert answer["differences"] == []


def test_the_pictures_go_into_a_folder(byhand, trained, worse):
    ended = byhand("compare", trained, worse, "--pictures", "drawn")
    picture = Path("drawn", "differences.png")
    assert picture.read_bytes().startswith(b"\x89PNG")
    assert ended.err == f"picture  {picture}\n"
    answer = byhand("compare", trained, worse, "--pictures", "drawn", "--json").json
    assert answer["pictures"] == [str(picture)]


@pytest.mark.parametrize(
    ("only_a", "only_b", "p", "sentence"),
    [
        (30, 11, 0.0044, "A is better: p = 0.0044"),
        (0, 9, 0.00390625, "B is better: p = 0.0039"),
        (100, 3, 1e-20, "A is better: p < 0.0001"),
        (5, 4, 1.0, "No significant difference on these images: p = 1"),
        (9, 2, 0.0654, "No significant difference on these images: p = 0.065"),
    ],
)
def test_the_outcome_is_a_plain_sentence(only_a, only_b, p, sentence):
    found = Comparison(50, only_a, only_b, 0, p, np.arange(0))
    assert outcome(found) == sentence


def test_models_of_other_images_are_refused(byhand, trained):
    ended = byhand("compare", trained, "shipped")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.count("\n") == 1


def test_a_missing_model_is_one_line(byhand, trained):
    ended = byhand("compare", trained, "none.safetensors")
    assert (ended.code, ended.out) == (1, "")
    assert "none.safetensors: expected a model file, found none" in ended.err
