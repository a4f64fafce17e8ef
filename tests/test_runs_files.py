"""Where a run keeps its files, and how a checkpoint leads back to them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from byhand.errors import ModelError
from byhand.runs import files as runfiles


def test_a_run_with_a_folder_of_its_own_gives_its_files_plain_names():
    files = runfiles.in_folder(Path("runs/mlp-0"))
    assert files.model == Path("runs/mlp-0/model.safetensors")
    assert files.checkpoint == Path("runs/mlp-0/checkpoint.safetensors")
    assert files.report == Path("runs/mlp-0/report")


def test_files_beside_a_model_bear_its_name():
    files = runfiles.beside(Path("models/best.v2.safetensors"))
    assert files.checkpoint == Path("models/best.v2.checkpoint.safetensors")
    assert files.report == Path("models/best.v2-report")


@pytest.mark.parametrize(
    "files",
    [
        runfiles.in_folder(Path("runs/classic-3")),
        runfiles.beside(Path("best.safetensors")),
        runfiles.beside(Path("deep/er/model.safetensors")),
    ],
)
def test_a_checkpoint_leads_back_to_its_run(files: runfiles.RunFiles):
    assert runfiles.of_checkpoint(files.checkpoint) == files


def test_a_checkpoint_that_was_renamed_leads_nowhere():
    assert runfiles.of_checkpoint(Path("copy.safetensors")) is None


def test_a_run_has_its_own_folder_unless_a_file_is_asked_for():
    files = runfiles.run_files(None, "mlp-3")
    assert files == runfiles.in_folder(Path("runs/mlp-3"))
    out = Path("best.safetensors")
    assert runfiles.run_files(out, "mlp-3") == runfiles.beside(out)


@pytest.mark.parametrize(
    ("data", "recipe", "changes", "expected"),
    [
        ("mnist", "standard", {}, "mnist-standard-1"),
        (
            "fashion-mnist",
            "fast",
            {"epochs": 2, "lr": 0.05},
            "fashion-mnist-fast-1-epochs-2-lr-0.05",
        ),
        ("/home/me/letters.v2/", "mlp", {}, "letters.v2-mlp-1"),
        ("toy.npz", "mlp", {"ema_decay": 0.9}, "toy-mlp-1-ema-decay-0.9"),
        ("mnist", "../../../etc/passwd", {}, "mnist-etc_passwd-1"),
        ("..", "..", {}, "data-recipe-1"),
        (".", "/", {}, "data-recipe-1"),
        ("a\\b:c*?", "x\ny", {}, "a_b_c-x_y-1"),
        ("Ziffern schön", "mlp", {}, "Ziffern_schön-mlp-1"),
        ("mnist", "mlp", {"augmentation.shift": 2}, "mnist-mlp-1-shift-2"),
        (
            "mnist",
            "mlp",
            {"architecture": "pixels 1/255 | flatten | dense 3"},
            "mnist-mlp-1-architecture-1314d2ce",
        ),
    ],
)
def test_a_run_is_named_by_data_recipe_seed_and_changes(
    data, recipe, changes, expected
):
    assert runfiles.run_name(data, recipe, 1, changes) == expected


def test_many_changes_are_in_the_name_as_eight_digits():
    def name(**changes: object) -> str:
        return runfiles.run_name("mnist", "mlp", 1, changes)

    many = {f"setting{n}": n for n in range(20)}
    assert re.fullmatch("mnist-mlp-1-changed-[0-9a-f]{8}", name(**many))
    assert name(**many) == name(**many) != name(**many | {"setting3": 4})


@pytest.mark.parametrize(
    "name",
    ["..", "../..", "/", "/etc", "a/../../b", "\\..\\x", "\0", "x" * 999, "写" * 999],
)
def test_no_name_leads_out_of_the_folder_of_all_runs(name, tmp_path):
    found = runfiles.run_name(name, name, 0, {"epochs": name})
    path = (tmp_path / found).resolve()
    assert path.parent == tmp_path
    path.mkdir()


def test_a_place_that_can_be_written_is_reserved(tmp_path):
    files = runfiles.in_folder(tmp_path / "deep" / "er")
    files.reserve()
    assert files.model.parent.is_dir()


def test_a_place_that_cannot_be_written_is_refused(tmp_path):
    with pytest.raises(ModelError, match="cannot be written; choose another file"):
        runfiles.beside(tmp_path).reserve()
